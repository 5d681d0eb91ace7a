/**
 * What happens at a moment of virtual time: entries in order of (time, order of scheduling), each fired once.
 *
 * Units      integer nanoseconds since boot
 * Invariants I1 no entry lies before the last moment that fired
 * Rule       targets are model state with a method, never closures, so the queue is part of a snapshot
 */
import { snapshotClass } from './snapshot.ts';
import type { Nanoseconds } from './units.ts';

/** What an entry wakes: a fence that signals, a flip that completes. */
export interface TimerTarget {
  /** The moment has come. */
  timerFired(): void;
}

/** One entry; opaque to callers. */
export interface TimerEntry {
  readonly time: Nanoseconds;
  readonly order: number;
  readonly target: TimerTarget;
}

export class TimerQueue {
  /** Ascending by (time, order). */
  private readonly entries: TimerEntry[] = [];
  private nextOrder = 0;

  /** Fire `target` at a moment of virtual time; equal moments fire in the order of scheduling. */
  schedule(time: Nanoseconds, target: TimerTarget): void {
    const entry = { time, order: this.nextOrder++, target };
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entries[middle]!.time <= time) low = middle + 1;
      else high = middle;
    }
    this.entries.splice(low, 0, entry);
  }

  /** Remove all entries of a target. */
  cancel(target: TimerTarget): void {
    for (let i = this.entries.length - 1; i >= 0; i--) {
      if (this.entries[i]!.target === target) this.entries.splice(i, 1);
    }
  }

  /** The next moment at which something happens, or null. */
  nextTime(): Nanoseconds | null {
    return this.entries[0]?.time ?? null;
  }

  /** When this target fires next, or null. */
  timeOf(target: TimerTarget): Nanoseconds | null {
    return this.entries.find(entry => entry.target === target)?.time ?? null;
  }

  /** Take the first entry if it is due at `now`; the caller fires it. */
  takeDue(now: Nanoseconds): TimerTarget | null {
    if (this.entries.length === 0 || this.entries[0]!.time > now) return null;
    return this.entries.shift()!.target;
  }

  get size(): number {
    return this.entries.length;
  }
}
snapshotClass(TimerQueue, 'base.TimerQueue');
