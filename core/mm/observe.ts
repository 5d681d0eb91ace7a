/**
 * Looking at page tables page by page: the characters that the transcripts and the inspector show.
 *
 * Models     /proc/self/pagemap, and a walk of the tables that sees device entries too
 * Units      pages of the task's address space
 */
import type { PageIndex, Pages, Pfn } from '../base/units.ts';
import { REGION_RAM, REGION_VRAM, regionOfPfn } from '../hw/region.ts';
import { PG_ANON, ZERO_PFN } from './page_frame.ts';
import {
  isPtePresent,
  LEAF_PAGES,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_PRESENT,
  PTE_WRITE,
  pfnOfPte,
} from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import { VM_PFNMAP, type VmArea } from './vm_area.ts';

/** The frame behind a page, or null without an entry; PROT_NONE entries have one. */
export function frameOf(mm: ProcessMm, page: PageIndex): Pfn | null {
  const word = mm.pageTable.get(page);
  return isPtePresent(word) ? pfnOfPte(word) : null;
}

/** Where the entry points: `.` none, `r` system RAM, `v` VRAM, `d` device-dax memory, `z` the zero page. */
export function whereOf(mm: ProcessMm, page: PageIndex): string {
  const word = mm.pageTable.get(page);
  if (!isPtePresent(word)) return '.';
  const pfn = pfnOfPte(word);
  if (pfn === ZERO_PFN) return 'z';
  if (regionOfPfn(pfn) === REGION_VRAM) return 'v';
  return pfn >= mm.context.frames.nrPages ? 'd' : 'r';
}

/** Rights of the entry: `.` none, `w`, `r`, `n` kept but inaccessible; capitals within a 2 MiB entry. */
export function permOf(mm: ProcessMm, page: PageIndex): string {
  const leaf = mm.pageTable.leafOf(page);
  const word = leaf === null ? 0 : leaf.words[page & (LEAF_PAGES - 1)]!;
  if (!isPtePresent(word)) return '.';
  if ((word & PTE_PRESENT) === 0) return 'n';
  const letter = (word & PTE_WRITE) !== 0 ? 'w' : 'r';
  return leaf!.huge ? letter.toUpperCase() : letter;
}

/** Marks of the entry: `.` none, `d` dirty, `a` accessed only, `-` neither. */
export function markOf(mm: ProcessMm, page: PageIndex): string {
  const word = mm.pageTable.get(page);
  if (!isPtePresent(word)) return '.';
  if ((word & PTE_DIRTY) !== 0) return 'd';
  return (word & PTE_ACCESSED) !== 0 ? 'a' : '-';
}

/**
 * What /proc/self/pagemap tells: `.` nothing (also for every PFN mapping), `z` the zero page, `f` a page of a file or
 * shared memory, `a` anonymous.
 */
export function pagemapKindOf(mm: ProcessMm, page: PageIndex): string {
  const word = mm.pageTable.get(page);
  if (!isPtePresent(word)) return '.';
  const vma = mm.findVma(page);
  if (vma === null || (vma.flags & VM_PFNMAP) !== 0) return '.';
  const pfn = pfnOfPte(word);
  if (pfn === ZERO_PFN) return 'z';
  return regionOfPfn(pfn) === REGION_RAM && mm.context.frames.hasFlag(pfn, PG_ANON) ? 'a' : 'f';
}

/** One character per page of a range, by one of the functions above. */
export function lineOf(
  mm: ProcessMm,
  first: PageIndex,
  nrPages: Pages,
  letter: (mm: ProcessMm, page: PageIndex) => string,
): string {
  let line = '';
  for (let i = 0; i < nrPages; i++) line += letter(mm, first + i);
  return line;
}

/** VMAs that overlap [first, end), in order: rows of /proc/<pid>/maps. */
export function vmasIn(mm: ProcessMm, first: PageIndex, end: PageIndex): VmArea[] {
  const rows: VmArea[] = [];
  for (let i = mm.indexOfFirstEndingAfter(first); i < mm.vmas.length && mm.vmas[i]!.start < end; i++) {
    rows.push(mm.vmas[i]!);
  }
  return rows;
}

/** The file page that maps shows: 0 for anonymous memory. */
export function shownPgoff(vma: VmArea): PageIndex {
  return vma.file === null ? 0 : vma.pgoff;
}
