/**
 * An address_space: the pages of one inode as seen by everyone, and the tree of all ranges that map them.
 *
 * Models     struct address_space, mm/interval_tree.c (Linux 6.12)
 * Units      pages; the tree's key is the closed interval [pgoff, lastPage] of each mapped range
 * Invariants I1 the tree holds exactly the VMAs whose file's f_mapping is this address_space
 * Not for    clearing entries (mm/unmap_mapping.ts) or finding page-cache pages (mm/shmem.ts)
 */
import { IntervalTree } from '../base/interval_tree.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { PageIndex, Pages } from '../base/units.ts';
import type { Inode } from './inode.ts';

/** What hangs in the tree: declared here, implemented by mm/vm_area.ts, walked by mm/unmap_mapping.ts. */
export interface MappedRange {
  /** Total order among ranges with equal interval; dense, never reused. */
  readonly id: number;
  /** First page of the file that is mapped. */
  pgoff: PageIndex;
  /** Number of pages mapped. */
  readonly nrPages: Pages;
}

export class AddressSpace {
  /** Every mapped range of the pages below, across all processes. */
  readonly mmapTree = new IntervalTree<MappedRange>();
  /** Shared mappings that may write; negative while writing is denied (seals). Models i_mmap_writable. */
  mmapWritable = 0;
  /** The page cache of this inode, if it has one (shmem); mm/ puts it here. */
  pages: object | null = null;
  /** A driver holds the pages: memory pressure leaves them alone (AS_UNEVICTABLE). */
  unevictable = false;

  /**
   * @param id   dense number, shown in events
   * @param host the inode whose pages these are
   */
  constructor(
    readonly id: number,
    readonly host: Inode,
  ) {}
}
snapshotClass(AddressSpace, 'fs.AddressSpace');
