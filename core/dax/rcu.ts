/**
 * Deferred work: callbacks that run once everybody who might still look has stopped looking.
 *
 * Models     call_rcu, rcu_barrier, kernel/rcu/tree.c (Linux 6.12), with one grace period of fixed length
 * Units      virtual nanoseconds
 * Invariants I1 no callback runs before its grace period is over
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Nanoseconds } from '../base/units.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';

/** From call_rcu() to the moment when the callback may run. */
export const GRACE_PERIOD_NS: Nanoseconds = 10_000_000;

/** What a callback does; a registered constant. */
export interface RcuOperations {
  readonly name: string;
  invoke(object: object): void;
}

interface RcuCallback {
  readonly readyAt: Nanoseconds;
  readonly ops: RcuOperations;
  readonly object: object;
}

export class RcuQueue {
  /** Oldest first. */
  private readonly callbacks: RcuCallback[] = [];

  constructor(private readonly trace: TraceBuffer) {}

  /** Callbacks whose grace period lasts or that nobody ran yet. */
  get pending(): number {
    return this.callbacks.length;
  }

  /** Objects that wait, oldest first; for checks. */
  *objects(): IterableIterator<object> {
    for (const { object } of this.callbacks) yield object;
  }

  /** Run a callback after a grace period. Models call_rcu(). */
  callAfterGracePeriod(ops: RcuOperations, object: object): void {
    this.callbacks.push({ readyAt: this.trace.now + GRACE_PERIOD_NS, ops, object });
  }

  /** Run what is due. @returns callbacks run */
  runDue(): number {
    let ran = 0;
    while (this.callbacks.length > 0 && this.callbacks[0]!.readyAt <= this.trace.now) {
      const { readyAt, ops, object } = this.callbacks.shift()!;
      invariant(readyAt <= this.trace.now, () => `A callback due at ${readyAt} runs at ${this.trace.now}.`);
      ops.invoke(object);
      ran++;
    }
    return ran;
  }

  /** Wait for all callbacks: virtual time goes on to the end of the last grace period. Models rcu_barrier(). @returns waited */
  barrier(): Nanoseconds {
    const before = this.trace.now;
    const last = this.callbacks[this.callbacks.length - 1];
    if (last) this.trace.now = Math.max(this.trace.now, last.readyAt);
    this.runDue();
    return this.trace.now - before;
  }
}
snapshotClass(RcuQueue, 'dax.RcuQueue');
