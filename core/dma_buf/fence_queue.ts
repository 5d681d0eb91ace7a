/**
 * All fences that have not signalled, by the moment at which they will; the kernel's clock works it off.
 *
 * Models     what interrupts of the engines do; there is one queue per kernel
 * Held       fences of requests whose end an answer of the machine decides: they, and whatever is due behind them, signal once the
 *            answer has been looked at; that happens at input boundaries and in waits, so no slice length shows
 * Invariants I1 ordered by (signalAt, order of emission), so equal moments have one order on every machine
 */
import type { Errno } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Nanoseconds } from '../base/units.ts';
import { DMA_FENCE_EMIT, DMA_FENCE_INIT } from '../trace/events/dma_buf.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import { DmaFence, FenceContext } from './dma_fence.ts';

export class FenceQueue {
  private nextContextId = 1;
  /** Ascending by (signalAt, order of emission). */
  private readonly pending: DmaFence[] = [];

  constructor(readonly trace: TraceBuffer) {}

  /** A new timeline. */
  newContext(driver: number, timeline: number): FenceContext {
    return new FenceContext(this.nextContextId++, driver, timeline);
  }

  /**
   * Make and emit the next fence of a timeline.
   *
   * @param signalAt virtual time, not before now
   * @param held     not before release()
   */
  emit(context: FenceContext, signalAt: Nanoseconds, held = false): DmaFence {
    invariant(
      signalAt >= this.trace.now,
      () => `A fence cannot signal at ${signalAt} ns: it is ${this.trace.now} ns.`,
    );
    const fence = new DmaFence(context, context.nextSeqno++, signalAt);
    fence.held = held;
    this.trace.emit(DMA_FENCE_INIT, context.driver, context.timeline, context.id, fence.seqno);
    this.trace.emit(DMA_FENCE_EMIT, context.driver, context.timeline, context.id, fence.seqno);
    let at = this.pending.length;
    while (at > 0 && this.pending[at - 1]!.signalAt > signalAt) at--;
    this.pending.splice(at, 0, fence);
    return fence;
  }

  /** Number of fences that have not signalled. */
  get nrPending(): number {
    return this.pending.length;
  }

  /** The moment of the next signal, or Infinity. */
  get nextSignalAt(): Nanoseconds {
    return this.pending.length > 0 ? this.pending[0]!.signalAt : Number.POSITIVE_INFINITY;
  }

  /** The held fence whose time has come and that holds up all others due, or null. */
  get heldDue(): DmaFence | null {
    const first = this.pending[0];
    return first?.held && first.signalAt <= this.trace.now ? first : null;
  }

  /** A held fence signals as soon as its time has come. @param error why the work failed, or null */
  release(fence: DmaFence, error: Errno | null): void {
    if (fence.signalled || !fence.held) return;
    if (error !== null) fence.setError(error);
    fence.held = false;
  }

  /** Nobody looks at answers any more (shutdown): time signals every fence. */
  releaseAll(): void {
    for (const fence of this.pending) fence.held = false;
  }

  /**
   * Let time go on to `time`: every fence due on the way signals at its own moment, those behind a held one wait for it, and
   * `trace.now` ends at `time`.
   */
  advanceTo(time: Nanoseconds): void {
    const { trace, pending } = this;
    const task = trace.currentTask;
    while (pending.length > 0 && pending[0]!.signalAt <= time && !pending[0]!.held) {
      const fence = pending.shift()!;
      trace.now = Math.max(trace.now, fence.signalAt);
      trace.currentTask = 0;
      fence.signal(trace);
    }
    trace.currentTask = task;
    trace.now = Math.max(trace.now, time);
  }

  /** The hardware of a timeline is gone: its fences signal now, in order, with an error. */
  forceSignal(context: FenceContext, error: Errno): void {
    const dead = this.pending.filter(fence => fence.context === context);
    for (const fence of dead) {
      this.pending.splice(this.pending.indexOf(fence), 1);
      fence.setError(error);
      fence.signal(this.trace);
    }
  }

  /** Fences that have not signalled, next first; for checks and views. */
  list(): readonly DmaFence[] {
    return this.pending;
  }
}
snapshotClass(FenceQueue, 'dma_buf.FenceQueue');
