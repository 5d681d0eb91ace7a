/**
 * Clearing page-table entries of a range inside one VMA.
 *
 * Models     zap_page_range_single, zap_pte_range, unmap_vmas (mm/memory.c, Linux 6.12)
 * Units      pages of the task's address space
 * Rule       the dirty bit of a page-cache page's entry moves to the frame; that of a special entry is lost
 */

import type { PageIndex, Pages, Pfn } from '../base/units.ts';
import { pageOfPfn, REGION_RAM, regionOfPfn } from '../hw/region.ts';
import { PG_ANON, PG_DIRTY, ZERO_PFN } from './page_frame.ts';
import { isPtePresent, isPteSwap, LEAF_PAGES, PTE_DIRTY, PTE_SHIFT } from './page_table.ts';
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
    if (leaf === null || leaf.nrPtes === 0) {
      page = leafEnd;
      continue;
    }
    const words = leaf.words;
    let inLeaf = 0;
    for (; page < leafEnd; page++) {
      const slot = page & (LEAF_PAGES - 1);
      const word = words[slot]!;
      if (word === 0) continue;
      if (!special) {
        const pfn = word >>> PTE_SHIFT;
        if (isPteSwap(word)) {
          if (!evenCows) continue;
        } else if (pfn !== ZERO_PFN && pageOfPfn(pfn) === pfn) {
          if (frames.hasFlag(pfn, PG_ANON)) {
            if (!evenCows) continue;
            mm.rssAnon--;
          } else {
            if ((word & PTE_DIRTY) !== 0) frames.setFlag(pfn, PG_DIRTY);
            mm.rssFile--;
          }
          if (mm.context.sabotage !== 'leak-frame') frames.unmap(pfn);
        }
      }
      words[slot] = 0;
      inLeaf++;
      if (inLeaf === leaf.nrPtes) {
        page = leafEnd;
        break;
      }
    }
    leaf.nrPtes -= inLeaf;
    if (inLeaf > 0) leaf.huge = false;
    cleared += inLeaf;
  }
  table.nrPtes -= cleared;
  return cleared;
}

/** Entries of [first, end) that hold a frame, accessible or not; swap slots are not counted. */
export function countPresent(vma: VmArea, first: PageIndex, end: PageIndex): Pages {
  let count = 0;
  for (let page = first; page < end; page++) if (isPtePresent(vma.mm.pageTable.get(page))) count++;
  return count;
}
