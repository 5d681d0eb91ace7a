/**
 * Clearing page-table entries of a range inside one VMA.
 *
 * Models     zap_page_range_single, zap_pte_range, unmap_vmas (mm/memory.c, Linux 6.12)
 * Units      pages of the task's address space
 * Rule       the dirty bit of a page-cache page's entry moves to the frame; that of a special entry is lost
 */

import type { PageIndex, Pages, Pfn } from '../base/units.ts';
import { REGION_PAGES, REGION_RAM, regionOfPfn } from '../hw/region.ts';
import { MAP_COUNT, type PageFrames, PG_ANON, PG_DIRTY, ZERO_PFN } from './page_frame.ts';
import { isPtePresent, LEAF_PAGES, PTE_DIRTY, PTE_PRESENT, PTE_SHIFT, PTE_WRITE } from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import { VM_MIXEDMAP, VM_PFNMAP, type VmArea } from './vm_area.ts';

/**
 * True when the entry maps no counted page: every entry of a PFN mapping, the zero page, device memory.
 * Models vm_normal_page() yielding nothing.
 */
export function isSpecialEntry(vma: VmArea, pfn: Pfn): boolean {
  return (vma.flags & (VM_PFNMAP | VM_MIXEDMAP)) !== 0 || pfn === ZERO_PFN || regionOfPfn(pfn) !== REGION_RAM;
}

/**
 * Clear the entries of [first, end), which lies inside the VMA.
 * @param evenCows false leaves private anonymous copies in place
 * @returns entries cleared
 */
export function zapRange(vma: VmArea, first: PageIndex, end: PageIndex, evenCows: boolean): Pages {
  const { mm } = vma;
  const table = mm.pageTable;
  if (table.nrPtes === 0) return 0;
  const { frames } = mm.context;
  const special = (vma.flags & (VM_PFNMAP | VM_MIXEDMAP)) !== 0;
  let cleared = 0;
  let page = first;
  while (page < end) {
    const leaf = table.leafOf(page);
    const leafEnd = Math.min((page | (LEAF_PAGES - 1)) + 1, end);
    if (leaf !== null && leaf.nrPtes > 0) {
      const from = page & (LEAF_PAGES - 1);
      const to = from + (leafEnd - page);
      const inLeaf = special
        ? clearSpecial(leaf.words, from, to)
        : clearNormal(mm, frames, leaf.words, from, to, evenCows);
      leaf.nrPtes -= inLeaf;
      if (inLeaf > 0) leaf.huge = false;
      cleared += inLeaf;
    }
    page = leafEnd;
  }
  table.nrPtes -= cleared;
  return cleared;
}

function clearSpecial(words: Int32Array, from: number, to: number): Pages {
  let cleared = 0;
  for (let slot = from; slot < to; slot++) {
    if (words[slot] === 0) continue;
    words[slot] = 0;
    cleared++;
  }
  return cleared;
}

function clearNormal(
  mm: ProcessMm,
  frames: PageFrames,
  words: Int32Array,
  from: number,
  to: number,
  evenCows: boolean,
): Pages {
  const { states } = frames;
  // A module's constants are loaded at each use once bundled; in this loop that is half of the time.
  const shift = PTE_SHIFT;
  const swapMask = PTE_PRESENT | PTE_WRITE;
  const swapWord = PTE_WRITE;
  const dirtyEntry = PTE_DIRTY;
  const firstCounted = ZERO_PFN + 1;
  const ramEnd = mm.context.sabotage === 'leak-frame' ? 0 : REGION_PAGES;
  const anonFlag = PG_ANON;
  const dirtyFlag = PG_DIRTY;
  const countMask = MAP_COUNT;
  let cleared = 0;
  let anon = 0;
  let file = 0;
  for (let slot = from; slot < to; slot++) {
    const word = words[slot]!;
    if (word === 0) continue;
    const pfn = word >>> shift;
    if ((word & swapMask) === swapWord) {
      if (!evenCows) continue;
    } else if (pfn < ramEnd && pfn >= firstCounted) {
      let state = states[pfn]!;
      if ((state & anonFlag) !== 0) {
        if (!evenCows) continue;
        anon++;
      } else {
        if ((word & dirtyEntry) !== 0) state |= dirtyFlag;
        file++;
      }
      states[pfn] = state - 1;
      if (((state - 1) & countMask) === 0) frames.unmapped(pfn);
    }
    words[slot] = 0;
    cleared++;
  }
  mm.rssAnon -= anon;
  mm.rssFile -= file;
  return cleared;
}

/** Entries of [first, end) that hold a frame, accessible or not; swap slots are not counted. */
export function countPresent(vma: VmArea, first: PageIndex, end: PageIndex): Pages {
  let count = 0;
  for (let page = first; page < end; page++) if (isPtePresent(vma.mm.pageTable.get(page))) count++;
  return count;
}
