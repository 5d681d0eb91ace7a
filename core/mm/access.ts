/**
 * One access of a task to a page: what the processor does with the entry, and faults until it may.
 *
 * Models     the x86 page walk with accessed and dirty bits, exc_page_fault, mm_account_fault (Linux 6.12)
 */
import type { PageIndex, Pfn } from '../base/units.ts';
import { LEAF_PAGES, PTE_ACCESSED, PTE_DIRTY, PTE_PRESENT, PTE_SHIFT, PTE_WRITE } from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import type { SignalCode } from './vm_fault.ts';
import { handleMmFault } from './vm_fault_handler.ts';

/** Faults of one access before the model calls it stuck; OOM and lost races re-execute. */
const MAX_FAULTS = 64;

/** How an access ended; the caller owns and reuses it. */
export class AccessResult {
  /** The frame that was accessed; valid when `stop` is null. */
  pfn: Pfn = 0;
  /** Faults the kernel took for this access. */
  faults = 0;
  /** Why it stopped: a signal, a wait for `waitFor`, or OOM that does not end. */
  stop: 'SIGSEGV' | 'SIGBUS' | 'RETRY' | 'OOM' | null = null;
  code: SignalCode | null = null;
  waitFor: object | null = null;
}

/**
 * Access a page: on success the entry's accessed (and dirty) bit is set and `result.pfn` is the frame.
 * @param result filled in; `faults` counts up from what it was, so that a retried access goes on counting
 */
export function accessPage(
  mm: ProcessMm,
  page: PageIndex,
  write: boolean,
  result: AccessResult,
): AccessResult {
  const needed = PTE_PRESENT | (write ? PTE_WRITE : 0);
  const marks = PTE_ACCESSED | (write ? PTE_DIRTY : 0);
  result.stop = null;
  result.code = null;
  for (let tries = 0; tries < MAX_FAULTS; tries++) {
    const leaf = mm.pageTable.leafOf(page);
    if (leaf !== null) {
      const slot = page & (LEAF_PAGES - 1);
      const word = leaf.words[slot]!;
      if ((word & needed) === needed) {
        leaf.words[slot] = word | marks;
        result.pfn = word >>> PTE_SHIFT;
        return result;
      }
    }
    const outcome = handleMmFault(mm, page, write);
    const { reason } = outcome;
    if (reason === 'SIGSEGV' || reason === 'SIGBUS') {
      result.stop = reason;
      result.code = outcome.code;
      return result;
    }
    if (reason === 'RETRY') {
      result.stop = 'RETRY';
      result.waitFor = outcome.waitFor;
      return result;
    }
    if (reason !== 'OOM') result.faults++;
  }
  result.stop = 'OOM';
  return result;
}
