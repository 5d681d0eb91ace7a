/**
 * A fence: work that is over at a known moment of virtual time. It signals once, when time has come there.
 *
 * Models     struct dma_fence, drivers/dma-buf/dma-fence.c (Linux 6.12)
 * Units      virtual nanoseconds
 * Invariants I1 seqnos of one context rise by one, and later ones never signal earlier
 *            I2 a fence signals at most once; its error is set before and never changes after
 *            I3 callbacks run once, in the order they were added
 *            I4 a held fence signals at its moment or, when the machine's answer comes later in virtual time, after it
 * Left out   software signalling on demand (enable_signaling): the moment is known from the machine description
 */
import { ERRNO, type Errno } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Nanoseconds } from '../base/units.ts';
import { DMA_FENCE_SIGNALED } from '../trace/events/dma_buf.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';

/** One timeline: fences of a context signal in the order of their seqnos. */
export class FenceContext {
  nextSeqno = 1;

  /**
   * @param id       dense number, never reused
   * @param driver   index into FENCE_DRIVERS
   * @param timeline index into FENCE_TIMELINES
   */
  constructor(
    readonly id: number,
    readonly driver: number,
    readonly timeline: number,
  ) {}
}
snapshotClass(FenceContext, 'dma_buf.FenceContext');

/** What runs when a fence signals; a module-level constant registered with snapshotConstant. */
export interface FenceCallbackOps {
  readonly name: string;
  signalled(subject: object, fence: DmaFence, trace: TraceBuffer): void;
}

interface FenceCallback {
  readonly ops: FenceCallbackOps;
  readonly subject: object;
}

/** Has a timeline that is at `current` passed `wanted`? By signed 32-bit distance, so that seqnos may wrap. */
export function seqnoPassed(current: number, wanted: number): boolean {
  return ((current - wanted) | 0) >= 0;
}

export class DmaFence {
  signalled = false;
  /** Why the work failed; set before the signal. */
  error: Errno | null = null;
  /** It waits for an answer of the machine: time alone does not signal it (FenceQueue.release()). */
  held = false;
  private callbacks: FenceCallback[] = [];

  /**
   * @param context  its timeline
   * @param seqno    its place there
   * @param signalAt virtual time at which the work is over
   */
  constructor(
    readonly context: FenceContext,
    readonly seqno: number,
    readonly signalAt: Nanoseconds,
  ) {}

  /** Run `ops.signalled(subject)` at the signal. @returns false when it has signalled already (ENOENT): nothing is kept */
  addCallback(ops: FenceCallbackOps, subject: object): boolean {
    if (this.signalled) return false;
    this.callbacks.push({ ops, subject });
    return true;
  }

  /** Record why the work failed. */
  setError(errno: Errno): void {
    invariant(
      !this.signalled,
      () => `Fence ${this.context.id}:${this.seqno} signalled before its error ${errno} was set.`,
    );
    invariant(ERRNO[errno] > 0, () => `${errno} is no error.`);
    this.error = errno;
  }

  /** Signal. @returns false when it had signalled before (EINVAL): nothing happens */
  signal(trace: TraceBuffer): boolean {
    if (this.signalled) return false;
    this.signalled = true;
    trace.emit(DMA_FENCE_SIGNALED, this.context.driver, this.context.timeline, this.context.id, this.seqno);
    const callbacks = this.callbacks;
    this.callbacks = [];
    for (const callback of callbacks) callback.ops.signalled(callback.subject, this, trace);
    return true;
  }

  /** True when this fence is at or behind `other` on their common timeline; seqnos compare as signed 32-bit distance. */
  isLaterOrSame(other: DmaFence): boolean {
    invariant(this.context === other.context, () => 'Only fences of one context can be compared.');
    return seqnoPassed(this.seqno, other.seqno);
  }
}
snapshotClass(DmaFence, 'dma_buf.DmaFence');
