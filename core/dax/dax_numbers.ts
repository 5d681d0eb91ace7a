/** Numbers of device-dax: its major, and minors that are given out lowest first. Models dax_minor_ida (drivers/dax/super.c, Linux 6.12). */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';

/** What alloc_chrdev_region() gave at boot. */
export const DAX_MAJOR = 252;
/** Devices that the region of numbers has room for. */
export const NR_DAX = 256;

/** Small numbers, lowest free first (struct ida). */
export class NumberPool {
  private readonly taken = new Set<number>();

  /** @throws KernelError ENOSPC when all are taken */
  take(): number {
    let number = 0;
    while (this.taken.has(number)) number++;
    if (number >= NR_DAX) throw new KernelError('ENOSPC', 'dax', `All ${NR_DAX} numbers are taken.`);
    this.taken.add(number);
    return number;
  }

  release(number: number): void {
    invariant(this.taken.delete(number), () => `Number ${number} is released but was not taken.`);
  }

  get size(): number {
    return this.taken.size;
  }
}
snapshotClass(NumberPool, 'dax.NumberPool');
