/**
 * A reservation object: the fences of one buffer by what they mean, and the lock of whoever changes its placement.
 *
 * Models     struct dma_resv, drivers/dma-buf/dma-resv.c (Linux 6.12)
 * Usage      KERNEL < WRITE < READ < BOOKKEEP; asking for a class gives that class and all lower ones
 * Invariants I1 a fence is added only while the lock is held and into a slot reserved before
 *            I2 a fence may be promoted to a stronger (lower) class, never demoted
 * Left out   wound/wait: calls are whole steps, so a lock is contended only between objects of one call
 */
import type { FaultAttr } from '../base/fault_attr.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { RESV_ADD_FENCE } from '../trace/events/dma_buf.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import type { DmaFence } from './dma_fence.ts';

/** Memory management itself: moves and clears. Everyone waits for these. */
export const USAGE_KERNEL = 0;
/** Implicit write. */
export const USAGE_WRITE = 1;
/** Implicit read. */
export const USAGE_READ = 2;
/** Anything that only keeps the memory in place. */
export const USAGE_BOOKKEEP = 3;
/** Slots of the first list: what fits the smallest allocation. */
const FIRST_SLOTS = 4;
export type ResvUsage = 0 | 1 | 2 | 3;

/** What a new access must wait for: a write waits for all reads, a read for all writes. Models dma_resv_usage_rw(). */
export function usageToWaitFor(write: boolean): ResvUsage {
  return write ? USAGE_READ : USAGE_WRITE;
}

/** One fence in its class. */
export interface ResvEntry {
  fence: DmaFence;
  usage: ResvUsage;
}

export class DmaResv {
  /** Slots in use, in order of addition. */
  private readonly entries: ResvEntry[] = [];
  /** Slots that may still be added before the lock is dropped. */
  private reservedSlots = 0;
  /** Slots that there is memory for. */
  private capacity = 0;
  /** Ticket of the holder of the lock; 0 when it is free. */
  heldBy = 0;

  /** @param objectId the object these fences are of; for events */
  constructor(readonly objectId: number) {}

  /** Take the lock if it is free. @param ticket number above 0 of the acquire context */
  tryLock(ticket: number): boolean {
    invariant(ticket > 0, () => `Ticket ${ticket} is no acquire context.`);
    if (this.heldBy !== 0) return false;
    this.heldBy = ticket;
    return true;
  }

  /** Drop the lock; reserved slots that were not used are gone. */
  unlock(): void {
    invariant(this.heldBy !== 0, () => `The reservation of object ${this.objectId} is not held.`);
    this.heldBy = 0;
    this.reservedSlots = 0;
  }

  /**
   * Make sure `count` fences can be added before the lock is dropped; signalled ones make room.
   *
   * @throws KernelError ENOMEM when the list must grow; as it was then
   */
  reserveFences(count: number, faults: FaultAttr | null = null): void {
    invariant(this.heldBy !== 0, () => `Slots of object ${this.objectId} are reserved without the lock.`);
    this.prune();
    const needed = this.entries.length + count;
    if (needed > this.capacity) {
      faults?.slab('dma_resv_reserve_fences', 'slots for fences');
      this.capacity = Math.max(FIRST_SLOTS, this.capacity * 2, needed);
    }
    this.reservedSlots = Math.max(this.reservedSlots, count);
  }

  /** Put a fence into a slot: over a signalled one, over an older one of its context and no stronger class, or a new one. */
  addFence(trace: TraceBuffer, fence: DmaFence, usage: ResvUsage): void {
    invariant(this.heldBy !== 0, () => `A fence is added to object ${this.objectId} without the lock.`);
    invariant(
      this.reservedSlots > 0,
      () => `A fence is added to object ${this.objectId} without a reserved slot.`,
    );
    for (const entry of this.entries) {
      const replaces =
        entry.fence.signalled ||
        (entry.fence.context === fence.context && entry.usage >= usage && fence.isLaterOrSame(entry.fence));
      if (!replaces) continue;
      entry.fence = fence;
      entry.usage = usage;
      trace.emit(RESV_ADD_FENCE, this.objectId, fence.context.id, fence.seqno, usage, 1);
      return;
    }
    this.reservedSlots--;
    this.entries.push({ fence, usage });
    trace.emit(RESV_ADD_FENCE, this.objectId, fence.context.id, fence.seqno, usage, 0);
  }

  /** True when every fence of the class and below has signalled. */
  testSignaled(usage: ResvUsage): boolean {
    for (const entry of this.entries) if (entry.usage <= usage && !entry.fence.signalled) return false;
    return true;
  }

  /** The fence of the class and below that signals last, or null when all have signalled. */
  lastUnsignaled(usage: ResvUsage): DmaFence | null {
    let last: DmaFence | null = null;
    for (const { fence, usage: has } of this.entries) {
      if (has > usage || fence.signalled) continue;
      if (last === null || fence.signalAt > last.signalAt) last = fence;
    }
    return last;
  }

  /** Fences and classes, in slot order; for checks and views. */
  list(): readonly ResvEntry[] {
    return this.entries;
  }

  private prune(): void {
    let kept = 0;
    for (const entry of this.entries) if (!entry.fence.signalled) this.entries[kept++] = entry;
    this.entries.length = kept;
  }
}
snapshotClass(DmaResv, 'dma_buf.DmaResv', 2);
