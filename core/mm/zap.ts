/**
 * Clearing page-table entries of a range inside one VMA.
 *
 * Models     zap_page_range_single, zap_pte_range, unmap_vmas (mm/memory.c, Linux 6.12)
 * Units      pages of the task's address space
 * Rule       the dirty bit of a page-cache page's entry moves to the frame; that of a special entry is lost
 */

import type { PageIndex, Pages, Pfn } from '../base/units.ts';
import { type PageFrames, ZERO_PFN } from './page_frame.ts';
import { LEAF_PAGES } from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import { VM_MIXEDMAP, VM_PFNMAP, type VmArea } from './vm_area.ts';

/**
 * True when the entry maps no counted page: every entry of a PFN mapping, the zero page, device memory.
 * Models vm_normal_page() yielding nothing.
 */
export function isSpecialEntry(vma: VmArea, pfn: Pfn): boolean {
  return (
    (vma.flags & (VM_PFNMAP | VM_MIXEDMAP)) !== 0 || pfn === ZERO_PFN || pfn >= vma.mm.context.frames.nrPages
  );
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
  const isUncounted = (vma.flags & (VM_PFNMAP | VM_MIXEDMAP)) !== 0 || mm.context.sabotage === 'leak-frame';
  let cleared = 0;
  let page = first;
  while (page < end) {
    const leaf = table.leafOf(page);
    const leafEnd = Math.min((page | (LEAF_PAGES - 1)) + 1, end);
    if (leaf !== null && leaf.nrPtes > 0) {
      const from = page & (LEAF_PAGES - 1);
      const to = from + (leafEnd - page);
      const inLeaf = isUncounted
        ? clearSpecial(leaf.words, from, to)
        : clearNormal(mm, frames, leaf.words, from, to, evenCows);
      leaf.nrPtes -= inLeaf;
      if (inLeaf > 0) leaf.huge = false;
      cleared += inLeaf;
    }
    page = leafEnd;
  }
  if (cleared > 0) {
    table.nrPtes -= cleared;
    mm.context.nextPteSerial();
    mm.touch(first, end);
  }
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
  // The values of PTE_SHIFT, PTE_PRESENT | PTE_WRITE, PTE_WRITE, PTE_DIRTY, ZERO_PFN + 1, PG_ANON, PG_DIRTY and
  // MAP_COUNT as literals (bench_workloads.test.ts compares): once bundled, a module's constants are loaded at each use, which doubles
  // the time of this loop.
  const shift = 4;
  const swapMask = 3;
  const swapWord = 2;
  const dirtyEntry = 8;
  const firstCounted = 2;
  // Frames of other regions and of device-dax memory have higher numbers.
  const ramEnd = frames.nrPages;
  const anonFlag = 0x4000_0000;
  const dirtyFlag = 0x2000_0000;
  const countMask = 0xfff_ffff;
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
