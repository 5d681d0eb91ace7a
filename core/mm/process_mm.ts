/**
 * The address space of one task: its VMAs in order and its page table.
 *
 * Models     struct mm_struct, mm/mmap.c lookups (Linux 6.12)
 * Units      pages relative to `base`, below TASK_PAGES; byte addresses are (base + page) * 4096
 * Invariants I1 vmas are disjoint and ascending
 *            I2 every page-table entry lies inside one VMA
 * Not for    changing VMAs (vma_link.ts, vma_split.ts, vma_merge.ts)
 */
import { snapshotClass } from '../base/snapshot.ts';
import { PAGE_SIZE, type PageIndex, type Pages, type VirtAddr } from '../base/units.ts';
import type { MmContext } from './mm_context.ts';
import { PageTable, TASK_PAGES } from './page_table.ts';
import type { VmArea } from './vm_area.ts';

/** First page of every task's address space: 4 TiB below the end of x86-64 user space. */
export const USER_BASE_PAGE: PageIndex = 0x7c0000000;
/** Mappings without a wish are placed below this page, from high to low. */
export const MMAP_TOP: PageIndex = TASK_PAGES - 0x10000;
/** Nothing is placed below this page without a wish. */
export const MMAP_BOTTOM: PageIndex = TASK_PAGES / 2;

export class ProcessMm {
  readonly base: PageIndex = USER_BASE_PAGE;
  /** All VMAs, ascending. Changed by vma_link.ts only. */
  readonly vmas: VmArea[] = [];
  readonly pageTable = new PageTable();
  /** Pages of VMAs with VM_LOCKED. */
  lockedPages: Pages = 0;
  /** Resident pages that count: file and shared memory, anonymous. Special entries count nowhere. */
  rssFile: Pages = 0;
  rssAnon: Pages = 0;
  /** exit has run; nothing is mapped any more. */
  exited = false;
  /** The VMA found last. */
  lastHit: VmArea | null = null;
  /** For checks of single steps: pages around which something changed since the last check; empty when first >= end. */
  touchedFirst: PageIndex = TASK_PAGES;
  touchedEnd: PageIndex = 0;

  constructor(
    readonly id: number,
    readonly context: MmContext,
  ) {
    context.mms.set(id, this);
  }

  /** Page-table entries of this mm. */
  get nrPtes(): Pages {
    return this.pageTable.nrPtes;
  }

  /** The VMA that contains the page, or null. Models vma_lookup(). */
  findVma(page: PageIndex): VmArea | null {
    const hit = this.lastHit;
    if (hit !== null && page >= hit.start && page < hit.end) return hit;
    const vmas = this.vmas;
    let low = 0;
    let high = vmas.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (vmas[middle]!.end > page) high = middle;
      else low = middle + 1;
    }
    if (low === vmas.length) return null;
    const vma = vmas[low]!;
    if (vma.start > page) return null;
    this.lastHit = vma;
    return vma;
  }

  /** Index of the first VMA that ends behind the page; vmas.length if none does. Models find_vma(). */
  indexOfFirstEndingAfter(page: PageIndex): number {
    const vmas = this.vmas;
    let low = 0;
    let high = vmas.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (vmas[middle]!.end > page) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The first VMA that overlaps [first, end), or null. Models find_vma_intersection(). */
  firstOverlap(first: PageIndex, end: PageIndex): VmArea | null {
    const vma = this.vmas[this.indexOfFirstEndingAfter(first)];
    return vma !== undefined && vma.start < end ? vma : null;
  }

  /** The neighbours of a VMA of this mm. */
  neighbours(vma: VmArea): { prev: VmArea | null; next: VmArea | null } {
    const index = this.indexOfFirstEndingAfter(vma.start);
    return { prev: this.vmas[index - 1] ?? null, next: this.vmas[index + 1] ?? null };
  }

  /** Something changed in [first, end). */
  touch(first: PageIndex, end: PageIndex): void {
    if (first < this.touchedFirst) this.touchedFirst = first;
    if (end > this.touchedEnd) this.touchedEnd = end;
  }

  /** Forget what was touched: it has been checked. */
  clearTouched(): void {
    this.touchedFirst = TASK_PAGES;
    this.touchedEnd = 0;
  }

  /** Byte address of a page. */
  addressOf(page: PageIndex): VirtAddr {
    return (this.base + page) * PAGE_SIZE;
  }

  /** Page of a byte address; outside [0, TASK_PAGES) for an address that is not in this address space. */
  pageOfAddress(address: VirtAddr): PageIndex {
    return Math.floor(address / PAGE_SIZE) - this.base;
  }
}
snapshotClass(ProcessMm, 'mm.ProcessMm', 1, {
  transient: ['touchedFirst', 'touchedEnd', 'lastHit'],
  rebuild: mm => {
    mm.lastHit = null;
    mm.clearTouched();
  },
});
