/** Memory for page tables. Models pte_alloc(), mm/memory.c (Linux 6.12). */
import type { PageIndex } from '../base/units.ts';
import type { ProcessMm } from './process_mm.ts';

/** True when an entry for the page needs a new leaf and there is no memory for it. Asked before anything is changed. */
export function failsLeaf(mm: ProcessMm, page: PageIndex): boolean {
  const { faults } = mm.context;
  return faults.armed && mm.pageTable.leafOf(page) === null && faults.failPage('a page table');
}
