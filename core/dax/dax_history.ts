/**
 * How the code of device-dax differed in its history, as fields: the patch of 2016 that began it had two defects that were
 * found later, and the module init of today has one.
 *
 * Source     seed 004 (fs/dax inode patch of August 2016); drivers/dax/super.c of 6.18
 */
import { snapshotConstant } from '../base/snapshot.ts';
import type { DaxStanding } from '../fs/kernel_era.ts';

export interface DaxHistory {
  readonly name: string;
  /** The inode is looked up before the device has its number: all hash the same garbage. */
  readonly inodeBeforeNumber: boolean;
  /** The key compared is the address of the cdev, which may come back; else the device number. */
  readonly keyIsCdev: boolean;
  /** Module exit waits for frees in flight before the slab goes. */
  readonly barrierAtExit: boolean;
  /** A failed init undoes everything and then reports success. */
  readonly failedInitReportsSuccess: boolean;
}

/** As it should be, and as 6.12 behaves except for the last field. */
export const DAX_TODAY: DaxHistory = snapshotConstant('dax.history.today', {
  name: 'today',
  inodeBeforeNumber: false,
  keyIsCdev: false,
  barrierAtExit: true,
  failedInitReportsSuccess: false,
});

/** The posted patch. */
export const DAX_SEED_004: DaxHistory = snapshotConstant('dax.history.seed004', {
  name: 'seed-004',
  inodeBeforeNumber: true,
  keyIsCdev: true,
  barrierAtExit: false,
  failedInitReportsSuccess: false,
});

/** 6.18: dax_core_init() returns 0 on its error path. */
export const DAX_6_18: DaxHistory = snapshotConstant('dax.history.6.18', {
  ...DAX_TODAY,
  name: 'linux-6.18',
  failedInitReportsSuccess: true,
});

/** The history of each standing that an era can have. */
export const DAX_HISTORIES: Readonly<Record<DaxStanding, DaxHistory>> = {
  today: DAX_TODAY,
  'seed-004': DAX_SEED_004,
  'linux-6.18': DAX_6_18,
};
