/**
 * The directory entry of a file on a pseudo file system: nameless in the tree, alive while a file or an O_PATH descriptor holds it.
 *
 * Models     d_alloc_pseudo, dput, dentry_operations, fs/dcache.c (Linux 6.12)
 * Invariants I1 `count` = files that hold it, O_PATH ones included; at 0 the inode's reference goes, then `release` runs, once
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { type Inode, putInode } from './inode.ts';

/** What a pseudo file system does with its entries; a module-level constant registered with snapshotConstant. */
export interface PseudoDentryOperations {
  readonly name: string;
  /** What links and maps print (d_dname). */
  path(dentry: PseudoDentry): string;
  /** Nobody holds the entry any more (d_release). */
  release?(dentry: PseudoDentry): void;
}

export class PseudoDentry {
  /** References (d_count). */
  count = 1;

  /**
   * @param inode       the entry takes over one reference
   * @param privateData what the operations work on (d_fsdata)
   */
  constructor(
    readonly inode: Inode,
    readonly ops: PseudoDentryOperations,
    readonly privateData: object,
  ) {}
}
snapshotClass(PseudoDentry, 'fs.PseudoDentry');

/** Take a reference. Models dget(). */
export function getPseudoDentry(dentry: PseudoDentry): PseudoDentry {
  invariant(dentry.count > 0, () => `An entry of inode ${dentry.inode.ino} is held after its release.`);
  dentry.count++;
  return dentry;
}

/** Drop a reference. Models dput(). */
export function putPseudoDentry(dentry: PseudoDentry): void {
  dentry.count--;
  invariant(dentry.count >= 0, () => `An entry of inode ${dentry.inode.ino} is dropped once too often.`);
  if (dentry.count > 0) return;
  putInode(dentry.inode);
  dentry.ops.release?.(dentry);
}
