/**
 * Page faults: from an access that the page table refuses to an entry, a signal, or a wait.
 *
 * Models     do_user_addr_fault (arch/x86/mm/fault.c), handle_mm_fault, do_pte_missing, do_fault (mm/memory.c, Linux 6.12)
 * Units      pages of the task's address space
 * Rule       a fault allocates nothing but frames and leaves; results stand in the context's one FaultOutcome
 */
import type { PageIndex, Pfn } from '../base/units.ts';
import { PAGE_FAULT_USER } from '../trace/events/mm.ts';
import { anonymousFault, ensureAnonVma, writeProtectFault } from './cow.ts';
import { NO_PFN, PG_ANON, PG_DIRTY, PG_EXCLUSIVE } from './page_frame.ts';
import { makePte, PTE_ACCESSED, PTE_DIRTY, PTE_PRESENT, PTE_WRITE } from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import { failsLeaf } from './pte_alloc.ts';
import { VM_ACCESS, VM_SHARED, VM_WRITE, type VmArea } from './vm_area.ts';
import type { FaultOutcome, VmFault, VmFaultReason } from './vm_fault.ts';
import { isSpecialEntry } from './zap.ts';

/** Pages around a read fault that are mapped too if they are in the page cache (fault_around_bytes). */
export const FAULT_AROUND_PAGES = 16;
const LEAF_MASK = 511;

/** Number of a reason in exceptions:page_fault_user. */
function reasonNumber(reason: VmFaultReason): number {
  switch (reason) {
    case 'NOPAGE':
      return 0;
    case 'DONE':
      return 1;
    case 'RETRY':
      return 2;
    case 'SIGBUS':
      return 3;
    case 'SIGSEGV':
      return 4;
    case 'OOM':
      return 5;
    case 'FALLBACK':
      return 6;
  }
}

/**
 * Handle a fault of the task. Emits exceptions:page_fault_user.
 *
 * @param page  page that was accessed
 * @param write the access was a store
 * @returns the context's outcome: NOPAGE (re-execute; if the entry still does not allow the access it faults again),
 *          RETRY (wait for outcome.waitFor, then re-execute), OOM (re-execute), SIGBUS or SIGSEGV with outcome.code
 */
export function handleMmFault(mm: ProcessMm, page: PageIndex, write: boolean): FaultOutcome {
  const { context } = mm;
  const { outcome } = context;
  outcome.code = null;
  outcome.ptesInserted = 0;
  outcome.waitFor = null;
  const vma = mm.findVma(page);
  if (vma === null) {
    outcome.reason = 'SIGSEGV';
    outcome.code = 'SEGV_MAPERR';
  } else if (write ? (vma.flags & VM_WRITE) === 0 : (vma.flags & VM_ACCESS) === 0) {
    outcome.reason = 'SIGSEGV';
    outcome.code = 'SEGV_ACCERR';
  } else {
    const reason = handleVmaFault(vma, page, write);
    mm.touch(page - FAULT_AROUND_PAGES, page + FAULT_AROUND_PAGES);
    outcome.reason = reason === 'DONE' ? 'NOPAGE' : reason;
    if (reason === 'SIGBUS') outcome.code ??= 'BUS_ADRERR';
    if (reason === 'RETRY') outcome.waitFor = context.vmf.waitFor;
  }
  context.trace.emit(
    PAGE_FAULT_USER,
    mm.id,
    page,
    write ? 1 : 0,
    reasonNumber(outcome.reason),
    outcome.ptesInserted,
  );
  return outcome;
}

/**
 * The part of a fault behind the permission check; also what populate and driver helpers use.
 * @param page must lie in the VMA, whose flags allow the access
 */
export function handleVmaFault(vma: VmArea, page: PageIndex, write: boolean): VmFaultReason {
  const { mm } = vma;
  const { vmf } = mm.context;
  vmf.vma = vma;
  vmf.page = page;
  vmf.pgoff = vma.pgoff + (page - vma.start);
  vmf.write = write;
  vmf.pfn = NO_PFN;
  vmf.waitFor = null;
  const word = mm.pageTable.get(page);
  if (word === 0 && failsLeaf(mm, page)) return 'OOM';
  if (word === 0) return vma.ops === null ? anonymousFault(vmf) : fileFault(vmf);
  if (write && (word & PTE_WRITE) === 0) return writeProtectFault(vmf, word);
  // Spurious: the entry allows the access by now.
  mm.pageTable.update(page, word | PTE_ACCESSED | (write ? PTE_DIRTY : 0));
  return 'NOPAGE';
}

/** Models do_fault(). */
function fileFault(vmf: VmFault): VmFaultReason {
  const { vma } = vmf;
  const ops = vma.ops!;
  if (ops.fault === undefined) return 'SIGBUS';
  if (!vmf.write) {
    if (ops.mapPages !== undefined && faultAround(vmf)) return 'NOPAGE';
    const reason = ops.fault(vmf);
    if (reason === 'DONE') finishFault(vmf, vmf.pfn, false);
    return reason;
  }
  if ((vma.flags & VM_SHARED) === 0) return copyFault(vmf);
  let reason = ops.fault(vmf);
  if (reason !== 'DONE') return reason;
  const { pfn } = vmf;
  if (ops.pageMkwrite !== undefined) {
    reason = ops.pageMkwrite(vmf);
    if (reason !== 'DONE' && reason !== 'NOPAGE') return reason;
  }
  finishFault(vmf, pfn, true);
  if (!isSpecialEntry(vma, pfn)) vma.mm.context.frames.setFlag(pfn, PG_DIRTY);
  return 'DONE';
}

/** Write to a page of a private file mapping that has no entry yet. Models do_cow_fault(). */
function copyFault(vmf: VmFault): VmFaultReason {
  const { vma } = vmf;
  const { context } = vma.mm;
  if (!ensureAnonVma(vma)) return 'OOM';
  const copy = context.frames.allocDirtyPage();
  if (copy === NO_PFN) return 'OOM';
  const reason = vma.ops!.fault!(vmf);
  if (reason !== 'DONE') {
    context.frames.put(copy);
    return reason;
  }
  if (context.sabotage !== 'forget-file-copy') context.copyForCow(vmf.pfn, copy);
  context.frames.mapFresh(copy, PG_ANON | PG_EXCLUSIVE);
  vma.mm.rssAnon++;
  vma.mm.pageTable.install(
    vmf.page,
    makePte(copy, PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_WRITE),
    context.nextPteSerial(),
  );
  context.outcome.ptesInserted++;
  return 'DONE';
}

/** Map a page that a handler found. Models finish_fault(), set_pte_range(). */
function finishFault(vmf: VmFault, pfn: Pfn, write: boolean): void {
  const { vma } = vmf;
  const { mm } = vma;
  if (mm.pageTable.get(vmf.page) !== 0) return;
  let flags = PTE_PRESENT | PTE_ACCESSED;
  if ((vma.flags & (VM_SHARED | VM_WRITE)) === (VM_SHARED | VM_WRITE)) {
    // A mapping that tracks writes installs clean entries read-only (vma_wants_writenotify).
    if (write || vma.ops!.pageMkwrite === undefined) flags |= PTE_WRITE;
  }
  if (write) {
    flags |= PTE_DIRTY;
    // Models fault_dirty_shared_page(): the page itself is dirty from the first write fault on.
    if (!isSpecialEntry(vma, pfn)) mm.context.frames.setFlag(pfn, PG_DIRTY);
  }
  mapFilePage(vma, vmf.page, pfn, flags);
}

/** Install an entry for a page-cache page and count it. */
export function mapFilePage(vma: VmArea, page: PageIndex, pfn: Pfn, flags: number): void {
  const { mm } = vma;
  const { context } = mm;
  if (!isSpecialEntry(vma, pfn)) {
    context.frames.map(pfn);
    mm.rssFile++;
  }
  mm.pageTable.install(page, makePte(pfn, flags), context.nextPteSerial());
  context.outcome.ptesInserted++;
}

/**
 * Map the pages around a read fault that are present: a window of 16 pages aligned by address, clamped to the page-table
 * leaf and the VMA, but 16 pages long from its clamped start. Models do_fault_around().
 * @returns true if the faulting page itself got an entry
 */
function faultAround(vmf: VmFault): boolean {
  const { vma, page } = vmf;
  const slot = page & LEAF_MASK;
  const leafStart = page - slot;
  const before = page - vma.start;
  const from = Math.max(slot & ~(FAULT_AROUND_PAGES - 1), slot - Math.min(slot, before));
  const to = Math.min(from + FAULT_AROUND_PAGES, LEAF_MASK + 1, slot + (vma.end - vma.start) - before) - 1;
  const firstPgoff = vmf.pgoff - (page - (leafStart + from));
  vma.ops!.mapPages!(vmf, firstPgoff, firstPgoff + (to - from));
  return vma.mm.pageTable.get(page) !== 0;
}
