/**
 * Inodes and super blocks: identity, type and permission bits, size, link and reference counts.
 *
 * Models     struct inode, struct super_block, fs/inode.c (Linux 6.12)
 * Units      sizeBytes in bytes; blocks of 512 bytes
 * Invariants I1 `mapping` is `data` unless a driver switched it (device-dax)
 *            I2 `count` = directory entries that name it + open files + kernel holders; at 0 it is evicted
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { AddressSpace } from './address_space.ts';
import type { CharDevice } from './char_device.ts';

/** File type bits of st_mode; anonymous inodes and dma-bufs have none. */
export type InodeType = 'reg' | 'dir' | 'chr' | 'sock' | 'fifo' | 'lnk' | 'none';

export class SuperBlock {
  /** Number of the mount that fdinfo shows; 0 while it is not mounted. */
  mntId = 0;
  /** Next inode number of this file system (tmpfs counts for itself). */
  nextIno = 1;
  /** Inodes that exist; teardown expects 0 before the unmount. */
  liveInodes = 0;

  /**
   * @param dev   device number of the file system (st_dev), unique among super blocks
   * @param name  type name, `tmpfs`, `drm`, `dmabuf`
   * @param magic f_type
   */
  constructor(
    readonly dev: number,
    readonly name: string,
    readonly magic: number,
  ) {}
}
snapshotClass(SuperBlock, 'fs.SuperBlock');

/** What a file system does with an inode; a module-level constant registered with snapshotConstant. */
export interface InodeOperations {
  readonly name: string;
  /** The last reference is gone: pages are returned. */
  evict?(inode: Inode): void;
}

export class Inode {
  /** The inode's own pages (i_data). */
  readonly data: AddressSpace;
  /** The pages that opens use (i_mapping); equals `data` unless switched. */
  mapping: AddressSpace;
  /** References (i_count); at 0 the inode is evicted. */
  count = 1;
  nlink = 1;
  sizeBytes = 0;
  /** Blocks of 512 bytes in use. */
  blocks = 0;
  /** Device number of a character device node, `major:minor`; null for others. */
  rdev: { readonly major: number; readonly minor: number } | null = null;
  /** What the file system or driver hangs here (i_private). */
  privateData: object | null = null;
  /** The character device that an open found for this node (i_cdev); stays after the device's removal. */
  cdev: CharDevice | null = null;
  /** Pages are the device's own memory, not a copy of it (S_DAX). */
  isDax = false;
  /** What the file system does with its inodes; a registered constant. */
  ops: InodeOperations | null = null;

  constructor(
    readonly superBlock: SuperBlock,
    readonly ino: number,
    readonly type: InodeType,
    /** Permission bits, 0o600. */
    public perm: number,
    mappingId: number,
  ) {
    this.data = new AddressSpace(mappingId, this);
    this.mapping = this.data;
    superBlock.liveInodes++;
  }
}
snapshotClass(Inode, 'fs.Inode');

/** Take a reference. Models ihold(). */
export function holdInode(inode: Inode): Inode {
  invariant(
    inode.count > 0,
    () => `Inode ${inode.ino} of ${inode.superBlock.name} is held after its eviction.`,
  );
  inode.count++;
  return inode;
}

/** Drop a reference; at 0 the inode is evicted (directory entries hold references, so it has no name either). Models iput(). */
export function putInode(inode: Inode): void {
  inode.count--;
  invariant(
    inode.count >= 0,
    () => `Inode ${inode.ino} of ${inode.superBlock.name} is dropped once too often.`,
  );
  if (inode.count > 0) return;
  inode.superBlock.liveInodes--;
  inode.cdev?.forget(inode);
  inode.ops?.evict?.(inode);
}
