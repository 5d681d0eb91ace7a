/**
 * Shared memory: the page cache of one inode that lives in RAM (memfd, tmpfs files, GEM objects).
 *
 * Models     mm/shmem.c: shmem_get_folio, shmem_undo_range, shmem inode counters (Linux 6.12)
 * Units      pages of the file
 * Invariants I1 a page is absent, in the cache (nrPages) or in swap (nrSwapped)
 *            I2 the cache holds one reference of each of its frames
 *            I3 inode.blocks = 8 * (nrPages + nrSwapped)
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { PAGE_SHIFT, PAGE_SIZE, type PageIndex, type Pages, type Pfn } from '../base/units.ts';
import type { Inode } from '../fs/inode.ts';
import { SHMEM_ALLOC, SHMEM_TRUNCATE } from '../trace/events/mm.ts';
import type { MmContext } from './mm_context.ts';
import { NO_PFN, PG_DIRTY } from './page_frame.ts';

const CHUNK_PAGES = 512;
const CHUNK_SHIFT = 9;
const PFN_SHIFT = 4;
/** The word holds a frame. */
const IN_CACHE = 1;
/** Its bytes are valid; a page that fallocate reserved is not until first use. */
const UPTODATE = 2;
/** The word holds a swap slot. */
const IN_SWAP = 4;

/** Brings pages back from swap and takes them there; a registered object hung on ShmemPages by the swap code. */
export interface ShmemSwap {
  /** Read a slot back into a fresh frame with one reference and free the slot. @returns NO_PFN without memory */
  swapIn(pages: ShmemPages, pgoff: PageIndex, slot: number): Pfn;
  freeSlot(slot: number): void;
}

export class ShmemPages {
  /** Pages in the cache. */
  nrPages: Pages = 0;
  nrSwapped: Pages = 0;
  /** F_SEAL_* bits. */
  seals = 0;
  swap: ShmemSwap | null = null;
  /** Chunks of 512 words by page >>> 9; bits 0-3 state, bits 4-31 frame or slot. */
  private readonly chunks = new Map<number, Int32Array>();
  private cachedIndex = -1;
  private cachedChunk: Int32Array | null = null;

  constructor(
    readonly context: MmContext,
    readonly inode: Inode,
  ) {}

  private wordOf(pgoff: PageIndex): number {
    const index = Math.floor(pgoff / CHUNK_PAGES);
    if (index !== this.cachedIndex) {
      const chunk = this.chunks.get(index);
      if (chunk === undefined) return 0;
      this.cachedIndex = index;
      this.cachedChunk = chunk;
    }
    return this.cachedChunk![pgoff & (CHUNK_PAGES - 1)]!;
  }

  private setWord(pgoff: PageIndex, word: number): void {
    const index = Math.floor(pgoff / CHUNK_PAGES);
    if (index !== this.cachedIndex) {
      let chunk = this.chunks.get(index);
      if (chunk === undefined) {
        chunk = new Int32Array(CHUNK_PAGES);
        this.chunks.set(index, chunk);
      }
      this.cachedIndex = index;
      this.cachedChunk = chunk;
    }
    this.cachedChunk![pgoff & (CHUNK_PAGES - 1)] = word;
  }

  private countBlocks(): void {
    this.inode.blocks = (this.nrPages + this.nrSwapped) * 8;
  }

  /** Pages of the file by its size, a last part counted whole. */
  get sizePages(): Pages {
    return Math.ceil(this.inode.sizeBytes / PAGE_SIZE);
  }

  /** The frame of a page that is in the cache, else NO_PFN. */
  findPage(pgoff: PageIndex): Pfn {
    const word = this.wordOf(pgoff);
    return (word & IN_CACHE) !== 0 ? word >>> PFN_SHIFT : NO_PFN;
  }

  /** The frame of a page that is in the cache with valid bytes, else NO_PFN. */
  findUptodatePage(pgoff: PageIndex): Pfn {
    const word = this.wordOf(pgoff);
    return (word & (IN_CACHE | UPTODATE)) === (IN_CACHE | UPTODATE) ? word >>> PFN_SHIFT : NO_PFN;
  }

  /** True when the page holds data: in the cache with valid bytes, or in swap. */
  hasData(pgoff: PageIndex): boolean {
    return (this.wordOf(pgoff) & (UPTODATE | IN_SWAP)) !== 0;
  }

  /**
   * The frame of a page, from the cache, from swap, or fresh with zeros. The size of the file is not looked at.
   * @returns NO_PFN without memory
   */
  getPage(pgoff: PageIndex): Pfn {
    const word = this.wordOf(pgoff);
    if ((word & IN_CACHE) !== 0) {
      if ((word & UPTODATE) === 0) this.setWord(pgoff, word | UPTODATE);
      return word >>> PFN_SHIFT;
    }
    if ((word & IN_SWAP) !== 0) {
      const pfn = this.swap!.swapIn(this, pgoff, word >>> PFN_SHIFT);
      if (pfn === NO_PFN) return NO_PFN;
      this.nrSwapped--;
      this.addToCache(pgoff, pfn, UPTODATE);
      return pfn;
    }
    if (this.failsNode(pgoff)) return NO_PFN;
    const pfn = this.context.frames.allocPage();
    if (pfn !== NO_PFN) this.addToCache(pgoff, pfn, UPTODATE);
    return pfn;
  }

  /** Reserve a page for fallocate: in the cache, not yet data. @returns NO_PFN without memory */
  reservePage(pgoff: PageIndex): Pfn {
    const word = this.wordOf(pgoff);
    if ((word & IN_CACHE) !== 0) return word >>> PFN_SHIFT;
    if ((word & IN_SWAP) !== 0) return this.getPage(pgoff);
    const { frames } = this.context;
    if (this.failsNode(pgoff)) return NO_PFN;
    const pfn = frames.allocPage();
    if (pfn === NO_PFN) return NO_PFN;
    frames.setFlag(pfn, PG_DIRTY);
    this.addToCache(pgoff, pfn, 0);
    return pfn;
  }

  /** Frames of a huge page become its pages from `first` on; none of those may be in the cache. The references go over. */
  addRun(first: PageIndex, pfns: readonly Pfn[]): void {
    pfns.forEach((pfn, i) => {
      invariant(
        this.wordOf(first + i) === 0,
        () => `Page ${first + i} of mapping ${this.inode.mapping.id} is there already.`,
      );
      this.addToCache(first + i, pfn, UPTODATE);
    });
  }

  /** True when the cache must grow a node for the page and there is no memory for it. */
  private failsNode(pgoff: PageIndex): boolean {
    const { faults } = this.context;
    if (!faults.armed || this.chunks.has(Math.floor(pgoff / CHUNK_PAGES))) return false;
    return faults.failSlab('a node of the page cache');
  }

  private addToCache(pgoff: PageIndex, pfn: Pfn, state: number): void {
    this.setWord(pgoff, (pfn << PFN_SHIFT) | IN_CACHE | state);
    this.nrPages++;
    this.countBlocks();
    this.context.trace.emit(SHMEM_ALLOC, this.inode.mapping.id, pgoff, pfn, this.nrPages);
  }

  /** The page left for swap: its frame leaves the cache, the slot stays in its place. The caller has zapped its entries. */
  moveToSwap(pgoff: PageIndex, slot: number): void {
    const pfn = this.findPage(pgoff);
    invariant(pfn !== NO_PFN, () => `Page ${pgoff} of mapping ${this.inode.mapping.id} is not in the cache.`);
    this.setWord(pgoff, (slot << PFN_SHIFT) | IN_SWAP);
    this.nrPages--;
    this.nrSwapped++;
    this.context.frames.put(pfn);
  }

  /**
   * Drop all bytes of [firstByte, endByte): whole pages leave the cache, parts of pages become zero. Entries that map the
   * whole pages must be gone before. Models shmem_undo_range().
   * @param endByte Infinity for everything behind firstByte
   */
  truncateRange(firstByte: number, endByte: number): void {
    const first = Math.ceil(firstByte / PAGE_SIZE);
    const end = Math.floor(endByte / PAGE_SIZE);
    const freed = end > first ? this.dropPages(first, end) : 0;
    if (freed > 0) {
      const { mapping } = this.inode;
      const shownEnd = end === Infinity ? 0xffffffff : end;
      this.context.trace.emit(SHMEM_TRUNCATE, mapping.id, first, shownEnd, freed, this.nrPages);
    }
    const headPage = Math.floor(firstByte / PAGE_SIZE);
    const tailPage = Math.floor(endByte / PAGE_SIZE);
    if (headPage === tailPage) {
      this.zeroPart(headPage, firstByte % PAGE_SIZE, endByte % PAGE_SIZE);
      return;
    }
    if (firstByte % PAGE_SIZE !== 0) this.zeroPart(headPage, firstByte % PAGE_SIZE, PAGE_SIZE);
    if (endByte !== Infinity && endByte % PAGE_SIZE !== 0) this.zeroPart(tailPage, 0, endByte % PAGE_SIZE);
  }

  private zeroPart(pgoff: PageIndex, from: number, to: number): void {
    const word = this.wordOf(pgoff);
    if (from >= to || word === 0) return;
    const pfn = (word & IN_SWAP) !== 0 ? this.getPage(pgoff) : word >>> PFN_SHIFT;
    if (pfn === NO_PFN) return;
    this.context.frames.setFlag(pfn, PG_DIRTY);
    this.context.plane.fillBytes(pfn, from, to - from, 0);
  }

  private dropPages(first: PageIndex, end: PageIndex): Pages {
    let freed = 0;
    const indexes = [...this.chunks.keys()].filter(
      index => index >= Math.floor(first / CHUNK_PAGES) && index * CHUNK_PAGES < end,
    );
    indexes.sort((a, b) => a - b);
    for (const index of indexes) {
      const chunk = this.chunks.get(index)!;
      const from = Math.max(first - index * CHUNK_PAGES, 0);
      const to = Math.min(end - index * CHUNK_PAGES, CHUNK_PAGES);
      for (let slot = from; slot < to; slot++) {
        const word = chunk[slot]!;
        if (word === 0) continue;
        chunk[slot] = 0;
        freed++;
        if ((word & IN_CACHE) !== 0) {
          this.nrPages--;
          this.context.frames.put(word >>> PFN_SHIFT);
        } else {
          this.nrSwapped--;
          this.swap!.freeSlot(word >>> PFN_SHIFT);
        }
      }
      if (from === 0 && to === CHUNK_PAGES) {
        this.chunks.delete(index);
        if (index === this.cachedIndex) this.cachedIndex = -1;
      }
    }
    this.countBlocks();
    return freed;
  }

  /** Drop every page: the inode is going away. */
  evict(): void {
    this.dropPages(0, Infinity);
  }

  /** Visit every page in the cache in page order; for checks and views. */
  forEachPage(visit: (pgoff: PageIndex, pfn: Pfn) => void): void {
    const indexes = [...this.chunks.keys()].sort((a, b) => a - b);
    for (const index of indexes) {
      const chunk = this.chunks.get(index)!;
      for (let slot = 0; slot < CHUNK_PAGES; slot++) {
        const word = chunk[slot]!;
        if ((word & IN_CACHE) !== 0) visit((index << CHUNK_SHIFT) + slot, word >>> PFN_SHIFT);
      }
    }
  }

  /** First position at or behind `offset`, up to the size, with data (or, `hole`, without). Models mapping_seek_hole_data(). */
  seek(offset: number, hole: boolean): number {
    const size = this.inode.sizeBytes;
    let pgoff = Math.floor(offset / PAGE_SIZE);
    const endPage = Math.ceil(size / PAGE_SIZE);
    while (pgoff < endPage && this.hasData(pgoff) === hole) pgoff++;
    return Math.min(Math.max(offset, pgoff * (1 << PAGE_SHIFT)), size);
  }
}
snapshotClass(ShmemPages, 'mm.ShmemPages', 1, {
  transient: ['cachedIndex', 'cachedChunk'] as unknown as readonly (keyof ShmemPages)[],
  rebuild: pages => {
    Object.assign(pages, { cachedIndex: -1, cachedChunk: null });
  },
});

/** Give an inode a shared-memory page cache. @param seals F_SEAL_* it starts with */
export function attachShmemPages(context: MmContext, inode: Inode, seals: number): ShmemPages {
  const pages = new ShmemPages(context, inode);
  pages.seals = seals;
  inode.data.pages = pages;
  return pages;
}

/** The shared-memory pages of an inode, or null if it has none. */
export function shmemPagesOf(inode: Inode): ShmemPages | null {
  return inode.data.pages instanceof ShmemPages ? inode.data.pages : null;
}
