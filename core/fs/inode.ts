/**
 * Inodes and super blocks: identity, type and permission bits, size, link and reference counts.
 *
 * Models     struct inode, struct super_block, fs/inode.c (Linux 6.12)
 * Units      sizeBytes in bytes; blocks of 512 bytes
 * Invariants I1 `mapping` is `data` unless a driver switched it (device-dax)
 */
import { snapshotClass } from '../base/snapshot.ts';
import { AddressSpace } from './address_space.ts';

/** File type bits of st_mode; anonymous inodes and dma-bufs have none. */
export type InodeType = 'reg' | 'dir' | 'chr' | 'sock' | 'fifo' | 'lnk' | 'none';

export class SuperBlock {
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

export class Inode {
  /** The inode's own pages (i_data). */
  readonly data: AddressSpace;
  /** The pages that opens use (i_mapping); equals `data` unless switched. */
  mapping: AddressSpace;
  /** References (i_count); at 0 with nlink 0 the inode is evicted. */
  count = 1;
  nlink = 1;
  sizeBytes = 0;
  /** Blocks of 512 bytes in use. */
  blocks = 0;
  /** Device number of a character device node, `major:minor`; null for others. */
  rdev: { readonly major: number; readonly minor: number } | null = null;
  /** What the file system or driver hangs here (i_private). */
  privateData: object | null = null;

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
  }
}
snapshotClass(Inode, 'fs.Inode');
