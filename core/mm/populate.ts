/**
 * Faulting pages in without an access: MAP_POPULATE, mlock, madvise(POPULATE_*).
 *
 * Models     __mm_populate, populate_vma_page_range, faultin_page_range (mm/gup.c, Linux 6.12)
 */
import type { Errno } from '../base/errno.ts';
import type { PageIndex } from '../base/units.ts';
import { PTE_PRESENT, PTE_WRITE } from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import { VM_ACCESS, VM_IO, VM_PFNMAP, VM_READ, VM_SHARED, VM_WRITE, type VmArea } from './vm_area.ts';
import { handleVmaFault } from './vm_fault_handler.ts';

/** Faults that one page may take before the kernel is taken to be stuck. */
const MAX_TRIES = 8;

/** Make one page of the VMA accessible. @returns null, or why not: EFAULT for a signal, ENOMEM without memory */
function faultIn(vma: VmArea, page: PageIndex, write: boolean): Errno | null {
  const needed = PTE_PRESENT | (write ? PTE_WRITE : 0);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if ((vma.mm.pageTable.get(page) & needed) === needed) return null;
    const reason = handleVmaFault(vma, page, write);
    if (reason === 'SIGBUS' || reason === 'SIGSEGV') return 'EFAULT';
    if (reason === 'OOM') return 'ENOMEM';
  }
  return 'EFAULT';
}

/**
 * Fault in what mlock and MAP_POPULATE want: private writable memory by writing, the rest by reading; VM_IO and PFN
 * mappings are passed over.
 *
 * @param ignoreErrors go on with the next VMA after a failure (MAP_POPULATE); else stop
 * @returns the first error, or null
 */
export function populateRange(
  mm: ProcessMm,
  first: PageIndex,
  end: PageIndex,
  ignoreErrors: boolean,
): Errno | null {
  for (let index = mm.indexOfFirstEndingAfter(first); index < mm.vmas.length; index++) {
    const vma = mm.vmas[index]!;
    if (vma.start >= end) break;
    if ((vma.flags & (VM_IO | VM_PFNMAP)) !== 0) continue;
    const error = populateVma(vma, Math.max(first, vma.start), Math.min(end, vma.end));
    if (error !== null && !ignoreErrors) return error;
  }
  return null;
}

function populateVma(vma: VmArea, first: PageIndex, end: PageIndex): Errno | null {
  if ((vma.flags & VM_ACCESS) === 0) return 'EFAULT';
  const write = (vma.flags & (VM_WRITE | VM_SHARED)) === VM_WRITE;
  for (let page = first; page < end; page++) {
    const error = faultIn(vma, page, write);
    if (error !== null) return error;
  }
  return null;
}

/**
 * madvise(POPULATE_READ / POPULATE_WRITE): stops at the first page that cannot be had (in 6.1 it goes on behind holes); what
 * was done stays.
 * @returns ENOMEM at a hole, EINVAL where the VMA forbids it, EFAULT for a signal; null when all is there
 */
export function populateForAccess(
  mm: ProcessMm,
  first: PageIndex,
  end: PageIndex,
  write: boolean,
): Errno | null {
  let missing: Errno | null = null;
  for (let page = first; page < end; page++) {
    const vma = mm.findVma(page);
    if (vma === null) {
      missing = 'ENOMEM';
      const next = mm.context.era.populateReadPassesHoles ? mm.firstOverlap(page, end) : null;
      if (next === null) break;
      page = next.start - 1;
      continue;
    }
    if ((vma.flags & (VM_IO | VM_PFNMAP)) !== 0) return 'EINVAL';
    if ((vma.flags & (write ? VM_WRITE : VM_READ)) === 0) return 'EINVAL';
    const error = faultIn(vma, page, write);
    if (error !== null) return error;
  }
  return missing;
}
