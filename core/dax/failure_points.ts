/** Places where an operation may run out of memory, counted; tests make the n-th of them fail. */
import { KernelError } from '../base/errno.ts';
import { snapshotClass } from '../base/snapshot.ts';

export class FailurePoints {
  /** Places passed so far. */
  passed = 0;
  /** The place that fails, counted from 1; null = none. */
  failAt: number | null = null;

  /** @param op the operation, @param what is allocated; @throws KernelError ENOMEM at the chosen place */
  pass(op: string, what: string): void {
    this.passed++;
    if (this.passed === this.failAt) throw new KernelError('ENOMEM', op, `There is no memory for ${what}.`);
  }
}
snapshotClass(FailurePoints, 'dax.FailurePoints');
