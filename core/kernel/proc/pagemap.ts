/**
 * /proc/<pid>/pagemap, and what the page tables themselves say about each page of a range.
 *
 * Models     fs/proc/task_mmu.c: pagemap_pmd_range (Linux 6.12); the page-table walk of the transcripts' `ptes`
 * Rule       pagemap shows nothing of a VM_PFNMAP mapping, whatever is in the page tables
 */
import type { PageIndex, Pages, Pfn } from '../../base/units.ts';
import { REGION_RAM, REGION_VRAM, regionOfPfn } from '../../hw/region.ts';
import { PG_ANON, ZERO_PFN } from '../../mm/page_frame.ts';
import {
  isPtePresent,
  LEAF_PAGES,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_PRESENT,
  PTE_WRITE,
  pfnOfPte,
} from '../../mm/page_table.ts';
import type { ProcessMm } from '../../mm/process_mm.ts';
import { VM_PFNMAP } from '../../mm/vm_area.ts';

/** What lies behind one page as pagemap with kind tells it: none, file, anonymous, the zero page. */
export type PagemapKind = '.' | 'f' | 'a' | 'z';

/** One letter per page, from pagemap: special mappings show nothing. */
export function pagemapKinds(mm: ProcessMm, first: PageIndex, count: Pages): PagemapKind[] {
  const kinds: PagemapKind[] = [];
  for (let page = first; page < first + count; page++) kinds.push(kindOf(mm, page));
  return kinds;
}

function kindOf(mm: ProcessMm, page: PageIndex): PagemapKind {
  const word = mm.pageTable.get(page);
  if (!isPtePresent(word)) return '.';
  const vma = mm.findVma(page);
  if (vma === null || vma.flags & VM_PFNMAP) return '.';
  const pfn = pfnOfPte(word);
  if (pfn === ZERO_PFN) return 'z';
  return regionOfPfn(pfn) === REGION_RAM && mm.context.frames.hasFlag(pfn, PG_ANON) ? 'a' : 'f';
}

/** Letter of the memory a frame lies in: RAM, zero page, device memory. */
export function memoryLetter(pfn: Pfn): 'r' | 'z' | 'v' {
  if (pfn === ZERO_PFN) return 'z';
  return regionOfPfn(pfn) === REGION_VRAM ? 'v' : 'r';
}

/** Letter of an entry's permission: `.` none, `w`, `r`, `n` kept but inaccessible; capitals in a 2 MiB entry. */
export function permissionLetter(mm: ProcessMm, page: PageIndex): string {
  const leaf = mm.pageTable.leafOf(page);
  const word = leaf === null ? 0 : leaf.words[page & (LEAF_PAGES - 1)]!;
  if (leaf === null || !isPtePresent(word)) return '.';
  if ((word & PTE_PRESENT) === 0) return 'n';
  const letter = word & PTE_WRITE ? 'w' : 'r';
  return leaf.huge ? letter.toUpperCase() : letter;
}

/** Letter of an entry's bits: `d` dirty, `a` accessed only, `-` neither, `.` no entry. */
export function accessLetter(mm: ProcessMm, page: PageIndex): string {
  const word = mm.pageTable.get(page);
  if (!isPtePresent(word)) return '.';
  if (word & PTE_DIRTY) return 'd';
  return word & PTE_ACCESSED ? 'a' : '-';
}
