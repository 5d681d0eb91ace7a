/**
 * /proc/<pid>/pagemap as one letter per page. Models fs/proc/task_mmu.c: pagemap_pmd_range (Linux 6.12).
 *
 * Rule       nothing is shown of a VM_PFNMAP mapping, whatever is in the page tables (mm/observe.ts sees those)
 */
import type { PageIndex, Pages } from '../../base/units.ts';
import { lineOf, pagemapKindOf, whereOf } from '../../mm/observe.ts';
import type { ProcessMm } from '../../mm/process_mm.ts';

/** `1` present, `0` not. */
export function pagemapPresent(mm: ProcessMm, first: PageIndex, count: Pages): string {
  return lineOf(mm, first, count, (of, page) => (pagemapKindOf(of, page) === '.' ? '0' : '1'));
}

/**
 * Where the pages lie: `r` RAM, `z` the zero page, `v` device memory, `.` nothing shown.
 *
 * @param kind split RAM into `f` (page of a file or shared memory) and `a` (anonymous)
 */
export function pagemapWhere(mm: ProcessMm, first: PageIndex, count: Pages, kind: boolean): string {
  if (kind) return lineOf(mm, first, count, pagemapKindOf);
  return lineOf(mm, first, count, (of, page) => (pagemapKindOf(of, page) === '.' ? '.' : whereOf(of, page)));
}
