/**
 * Anonymous pages: the zero page, first writes, and copy on write with reuse by the last owner.
 *
 * Models     do_anonymous_page, do_wp_page, wp_page_copy, wp_can_reuse_anon_folio, wp_pfn_shared (mm/memory.c, Linux 6.12)
 */
import { COW } from '../trace/events/mm.ts';
import { prepareAnonVma } from './anon_vma.ts';
import { NO_PFN, PG_ANON, PG_DIRTY, PG_EXCLUSIVE, ZERO_PFN } from './page_frame.ts';
import { makePte, PTE_ACCESSED, PTE_DIRTY, PTE_PRESENT, PTE_WRITE, pfnOfPte } from './page_table.ts';
import { VM_ACCESS, VM_MAYSHARE, VM_SHARED, VM_SOFTDIRTY, type VmArea } from './vm_area.ts';
import type { VmFault, VmFaultReason } from './vm_fault.ts';
import { isSpecialEntry } from './zap.ts';

/** The VMA is about to get its first anonymous page. @returns false without memory (VM_FAULT_OOM) */
export function ensureAnonVma(vma: VmArea): boolean {
  if (vma.anonVma !== null) return true;
  const { faults } = vma.mm.context;
  if (faults.failSlab('the links to its anon_vmas') || faults.failSlab('an anon_vma')) return false;
  const { prev, next } = vma.mm.neighbours(vma);
  prepareAnonVma(vma, prev, next, VM_ACCESS | VM_SOFTDIRTY);
  return true;
}

/** No entry in anonymous memory: the zero page for a read, a frame of zeros for a write. */
export function anonymousFault(vmf: VmFault): VmFaultReason {
  const { vma, page } = vmf;
  const { mm } = vma;
  const { context } = mm;
  if (!vmf.write) {
    mm.pageTable.install(page, makePte(ZERO_PFN, PTE_PRESENT | PTE_ACCESSED), context.nextPteSerial());
    context.outcome.ptesInserted++;
    return 'DONE';
  }
  if (!ensureAnonVma(vma)) return 'OOM';
  const pfn = context.frames.allocPage();
  if (pfn === NO_PFN) return 'OOM';
  context.frames.mapFresh(pfn, PG_ANON | PG_EXCLUSIVE);
  mm.rssAnon++;
  mm.pageTable.install(
    page,
    makePte(pfn, PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_WRITE),
    context.nextPteSerial(),
  );
  context.outcome.ptesInserted++;
  return 'DONE';
}

/** Write through an entry that is there but read-only, in a VMA that may be written. */
export function writeProtectFault(vmf: VmFault, word: number): VmFaultReason {
  const { vma, page } = vmf;
  const { mm } = vma;
  const { context } = mm;
  const { frames } = context;
  const pfn = pfnOfPte(word);
  const special = isSpecialEntry(vma, pfn);
  const writable = word | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY;
  if ((vma.flags & (VM_SHARED | VM_MAYSHARE)) !== 0) {
    const notify = special ? vma.ops?.pfnMkwrite : vma.ops?.pageMkwrite;
    if (notify !== undefined) {
      vmf.pfn = pfn;
      const reason = special ? vma.ops!.pfnMkwrite!(vmf) : vma.ops!.pageMkwrite!(vmf);
      if (reason !== 'DONE' && reason !== 'NOPAGE') return reason;
      if (mm.pageTable.get(page) !== word) return 'NOPAGE';
    }
    mm.pageTable.update(page, writable);
    if (!special) frames.setFlag(pfn, PG_DIRTY);
    return 'DONE';
  }
  if (
    !special &&
    frames.hasFlag(pfn, PG_ANON) &&
    (frames.hasFlag(pfn, PG_EXCLUSIVE) || frames.refCount(pfn) === 1)
  ) {
    frames.setFlag(pfn, PG_EXCLUSIVE);
    mm.pageTable.update(page, writable);
    context.trace.emit(COW, mm.id, page, pfn, pfn, 1);
    return 'DONE';
  }
  return copyPage(vmf, word);
}

/** Replace the entry by a writable copy. Models wp_page_copy(). */
function copyPage(vmf: VmFault, word: number): VmFaultReason {
  const { vma, page } = vmf;
  const { mm } = vma;
  const { context } = mm;
  const { frames } = context;
  const pfn = pfnOfPte(word);
  if (!ensureAnonVma(vma)) return 'OOM';
  const fromZero = pfn === ZERO_PFN;
  const copy = fromZero ? frames.allocPage() : frames.allocDirtyPage();
  if (copy === NO_PFN) return 'OOM';
  if (!fromZero) context.copyForCow(pfn, copy);
  frames.mapFresh(copy, PG_ANON | PG_EXCLUSIVE);
  mm.rssAnon++;
  const entry = makePte(copy, PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_WRITE);
  mm.pageTable.replace(page, entry, context.nextPteSerial());
  if (!isSpecialEntry(vma, pfn)) {
    if (frames.hasFlag(pfn, PG_ANON)) mm.rssAnon--;
    else {
      if ((word & PTE_DIRTY) !== 0) frames.setFlag(pfn, PG_DIRTY);
      mm.rssFile--;
    }
    frames.unmap(pfn);
  }
  context.outcome.ptesInserted++;
  context.trace.emit(COW, mm.id, page, pfn, copy, 0);
  return 'DONE';
}
