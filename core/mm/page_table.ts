/**
 * Page tables: for each page of a task's address space one 32-bit word, in typed leaves of 512 under a directory.
 *
 * Models     pte_t, pmd_t, mm/pgtable-generic.c; x86 bits present, writable, accessed, dirty (Linux 6.12)
 * Units      pages relative to the task's base, 30 bits
 * Word       bits 0-3 flags, bits 4-31 the Pfn; 0 = no entry. Without PTE_PRESENT a word that is not 0 is either kept but
 *            inaccessible (PROT_NONE) or, with PTE_WRITE set, a swap slot
 * Generation parallel word: serial number of the install, from MmContext.pteSerial; an entry older than the last
 *            shoot-down of what it maps is stale
 * Invariants I1 nrPtes = words that are not 0; a leaf without entries may be released
 *            I2 a huge leaf has 512 entries with consecutive frames
 */
import { snapshotClass } from '../base/snapshot.ts';
import type { PageIndex, Pages, Pfn } from '../base/units.ts';

/** The processor may use the entry. */
export const PTE_PRESENT = 1;
export const PTE_WRITE = 2;
export const PTE_ACCESSED = 4;
export const PTE_DIRTY = 8;
export const PTE_FLAGS = 15;
export const PTE_SHIFT = 4;

/** Entries in a leaf. */
export const LEAF_PAGES = 512;
const LEAF_SHIFT = 9;
const SEGMENT_LEAVES = 2048;
/** Pages of a task's address space. */
export const TASK_PAGES = 1 << 30;
const SEGMENTS = TASK_PAGES >>> 20;

/** The frame an entry maps. */
export function pfnOfPte(word: number): Pfn {
  return word >>> PTE_SHIFT;
}

/** An entry for a frame. */
export function makePte(pfn: Pfn, flags: number): number {
  return (pfn << PTE_SHIFT) | flags;
}

/** True for entries that hold a frame: usable ones and those of PROT_NONE; false for none and swap. */
export function isPtePresent(word: number): boolean {
  return (word & PTE_PRESENT) !== 0 || (word !== 0 && (word & PTE_WRITE) === 0);
}

/** True for an entry that names a swap slot. */
export function isPteSwap(word: number): boolean {
  return (word & (PTE_PRESENT | PTE_WRITE)) === PTE_WRITE;
}

export class PteLeaf {
  readonly words = new Int32Array(LEAF_PAGES);
  readonly generations = new Uint32Array(LEAF_PAGES);
  /** Words that are not 0. */
  nrPtes: Pages = 0;
  /** One 2 MiB entry stands for all 512. */
  huge = false;
}
snapshotClass(PteLeaf, 'mm.PteLeaf');

type Segment = (PteLeaf | null)[];

export class PageTable {
  /** Entries that are not none. */
  nrPtes: Pages = 0;
  private segments: (Segment | null)[] = new Array<Segment | null>(SEGMENTS).fill(null);
  private cachedIndex = -1;
  private cachedLeaf: PteLeaf | null = null;

  /** The leaf that covers a page, or null. */
  leafOf(page: PageIndex): PteLeaf | null {
    const index = page >>> LEAF_SHIFT;
    if (index === this.cachedIndex) return this.cachedLeaf;
    const segment = this.segments[page >>> 20]!;
    if (segment === null) return null;
    const leaf = segment[index & (SEGMENT_LEAVES - 1)]!;
    if (leaf !== null) {
      this.cachedIndex = index;
      this.cachedLeaf = leaf;
    }
    return leaf;
  }

  /** The leaf that covers a page, made if need be. */
  ensureLeaf(page: PageIndex): PteLeaf {
    const known = this.leafOf(page);
    if (known !== null) return known;
    let segment = this.segments[page >>> 20]!;
    if (segment === null) {
      segment = new Array<PteLeaf | null>(SEGMENT_LEAVES).fill(null);
      this.segments[page >>> 20] = segment;
    }
    const index = page >>> LEAF_SHIFT;
    const leaf = new PteLeaf();
    segment[index & (SEGMENT_LEAVES - 1)] = leaf;
    this.cachedIndex = index;
    this.cachedLeaf = leaf;
    return leaf;
  }

  /** The entry of a page; 0 = none. */
  get(page: PageIndex): number {
    const leaf = this.leafOf(page);
    return leaf === null ? 0 : leaf.words[page & (LEAF_PAGES - 1)]!;
  }

  /** Serial number of the install of a page's entry. */
  generationOf(page: PageIndex): number {
    const leaf = this.leafOf(page);
    return leaf === null ? 0 : leaf.generations[page & (LEAF_PAGES - 1)]!;
  }

  /** Install an entry where there is none. */
  install(page: PageIndex, word: number, generation: number): void {
    const leaf = this.ensureLeaf(page);
    const slot = page & (LEAF_PAGES - 1);
    leaf.words[slot] = word;
    leaf.generations[slot] = generation;
    leaf.nrPtes++;
    this.nrPtes++;
  }

  /** Replace an entry that is there by another that is not none; the generation stays. */
  update(page: PageIndex, word: number): void {
    this.leafOf(page)!.words[page & (LEAF_PAGES - 1)] = word;
  }

  /** Replace an entry that is there by one for another frame. */
  replace(page: PageIndex, word: number, generation: number): void {
    const leaf = this.leafOf(page)!;
    const slot = page & (LEAF_PAGES - 1);
    leaf.words[slot] = word;
    leaf.generations[slot] = generation;
  }

  /** Remove the entry of a page. @returns the word it had */
  clear(page: PageIndex): number {
    const leaf = this.leafOf(page);
    if (leaf === null) return 0;
    const slot = page & (LEAF_PAGES - 1);
    const word = leaf.words[slot]!;
    if (word !== 0) {
      leaf.words[slot] = 0;
      leaf.nrPtes--;
      leaf.huge = false;
      this.nrPtes--;
    }
    return word;
  }

  /** Release leaves of [first, end) that hold no entry any more. Models free_pgtables(). */
  freeEmptyLeaves(first: PageIndex, end: PageIndex): void {
    for (let page = first & ~(LEAF_PAGES - 1); page < end; page += LEAF_PAGES) {
      const segment = this.segments[page >>> 20]!;
      if (segment === null) {
        page |= 0xffe00;
        continue;
      }
      const index = page >>> LEAF_SHIFT;
      const leaf = segment[index & (SEGMENT_LEAVES - 1)]!;
      if (leaf === null || leaf.nrPtes > 0) continue;
      segment[index & (SEGMENT_LEAVES - 1)] = null;
      if (this.cachedIndex === index) {
        this.cachedIndex = -1;
        this.cachedLeaf = null;
      }
    }
  }

  /** Visit every entry of [first, end) in page order; for checks. */
  forEachPte(
    visit: (page: PageIndex, word: number, generation: number) => void,
    first: PageIndex = 0,
    end: PageIndex = TASK_PAGES,
  ): void {
    this.forEachLeaf(
      ({ words, generations }, base, from, to) => {
        for (let slot = from; slot < to; slot++) {
          const word = words[slot]!;
          if (word !== 0) visit(base + slot, word, generations[slot]!);
        }
      },
      first,
      end,
    );
  }

  /** Visit every leaf that has entries, with its first page and the slots [from, to) that lie in [first, end); for checks. */
  forEachLeaf(
    visit: (leaf: PteLeaf, base: PageIndex, from: number, to: number) => void,
    first: PageIndex = 0,
    end: PageIndex = TASK_PAGES,
  ): void {
    if (this.nrPtes === 0) return;
    for (let page = first; page < end; page = (page | (LEAF_PAGES - 1)) + 1) {
      if (this.segments[page >>> 20] === null) {
        page |= 0xfffff;
        continue;
      }
      const leaf = this.leafOf(page);
      if (leaf === null || leaf.nrPtes === 0) continue;
      const base = page & ~(LEAF_PAGES - 1);
      visit(leaf, base, page - base, Math.min(end - base, LEAF_PAGES));
    }
  }
}
snapshotClass(PageTable, 'mm.PageTable');
