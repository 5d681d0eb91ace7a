/**
 * A dax_device: the inode that stands for all nodes of one device number, and whether the device is alive.
 *
 * Models     struct dax_device, kill_dax, run_dax, dax_alive, drivers/dax/super.c (Linux 6.12)
 * Invariants I1 its mapping outlives every VMA that is linked in it: open files hold the device, the device its inode
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Inode } from '../fs/inode.ts';
import type { DaxFs } from './dax_fs.ts';
import type { SlabObject } from './slab_cache.ts';

/** Number of a device, as user space sees it. */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

export class DaxDevice {
  /** Faults may install entries (DAXDEV_ALIVE). */
  alive = false;
  /** Just inserted; only the one who inserted it may use it (I_NEW). */
  isNew = false;
  /** In the hash table under this value; null when unhashed. */
  hashedAt: number | null = null;
  /** Its device number, once it has one (i_rdev). */
  devt: DeviceNumber | null = null;
  /** What seed 004 compared instead of the number: the address of the cdev. */
  cdevKey: object | null = null;
  /** Faults in progress under the SRCU read lock. */
  srcuReaders = 0;

  constructor(
    readonly fs: DaxFs,
    readonly inode: Inode,
    /** The memory that it lives in. */
    readonly memory: SlabObject,
  ) {}
}
snapshotClass(DaxDevice, 'dax.DaxDevice');

/** Faults succeed from now on. Models run_dax(). */
export function runDax(device: DaxDevice): void {
  device.alive = true;
}

/**
 * No fault that begins from now on succeeds, and those that began have finished. Models kill_dax(): clear ALIVE, then
 * synchronize_srcu(). Entries are taken away by the caller, afterwards: the other way round a late fault would put one back.
 */
export function killDax(device: DaxDevice): void {
  device.alive = false;
  // A fault is one indivisible step here, so nobody can be in one while the kernel does this.
  invariant(
    device.srcuReaders === 0,
    () => `${device.srcuReaders} faults of the dax device are in progress while it is killed.`,
  );
}
