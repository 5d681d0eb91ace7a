/**
 * Fault injection: a chosen allocation finds no memory. One per kernel; every place that allocates asks it.
 *
 * Models     struct fault_attr, should_fail (lib/fault-inject.c), failslab (mm/failslab.c), fail_page_alloc (Linux 6.12)
 * Cost       one comparison while it is not armed
 * Left out   probability, space, stack filters: a run is a list of inputs, and chance would be one more
 */
import { KernelError } from './errno.ts';
import { snapshotClass } from './snapshot.ts';

/** Which allocations count: those of objects (failslab), of page frames (fail_page_alloc), or both. */
export const FAULT_KINDS = ['any', 'slab', 'page'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export class FaultAttr {
  /** Allocations up to and with the next that fails; 0 while it is not armed. */
  private countdown = 0;
  /** Allocations that still fail, one after the other; below 0: all from the n-th on (`times`). */
  private timesLeft = 0;
  private kind: FaultKind = 'any';
  /** Allocations that were made to fail since boot. */
  nrFailed = 0;
  /** What the last of them was for. */
  lastFailed = '';

  /**
   * Let the n-th allocation from now fail, and the `times - 1` that follow it.
   *
   * @param n     counted from 1; 0 disarms
   * @param times -1 for all that follow
   */
  arm(n: number, times = 1, kind: FaultKind = 'any'): void {
    this.countdown = n;
    this.timesLeft = n === 0 ? 0 : times;
    this.kind = kind;
  }

  /** True while an allocation is still to fail. */
  get armed(): boolean {
    return this.countdown !== 0;
  }

  /** True once every allocation fails: who waits for memory waits for ever. */
  get failsForEver(): boolean {
    return this.timesLeft < 0 && this.countdown === 1;
  }

  /** An object is allocated; true when there is no memory for it. @param what an inode, a mapping, ... */
  failSlab(what: string): boolean {
    return this.countdown !== 0 && this.count('slab', what);
  }

  /** Page frames are allocated; true when there are none. A run of frames counts as one. */
  failPage(what: string): boolean {
    return this.countdown !== 0 && this.count('page', what);
  }

  /** An object is allocated. @param op the call, @param what an inode, a mapping, ...; @throws KernelError ENOMEM */
  slab(op: string, what: string): void {
    if (this.countdown !== 0 && this.count('slab', what))
      throw new KernelError('ENOMEM', op, `There is no memory for ${what}.`);
  }

  private count(kind: FaultKind, what: string): boolean {
    if (this.kind !== 'any' && this.kind !== kind) return false;
    if (this.countdown > 1) {
      this.countdown--;
      return false;
    }
    if (this.timesLeft > 0) this.timesLeft--;
    if (this.timesLeft === 0) this.countdown = 0;
    this.nrFailed++;
    this.lastFailed = what;
    return true;
  }
}
snapshotClass(FaultAttr, 'base.FaultAttr');
