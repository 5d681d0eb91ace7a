/**
 * mprotect: new rights for a range, in VMAs and in the entries that are there.
 *
 * Models     do_mprotect_pkey, mprotect_fixup, change_protection, can_change_pte_writable (mm/mprotect.c, Linux 6.12)
 * Residue    over a hole or a VMA that refuses, what lies before is changed already
 */
import { KernelError } from '../base/errno.ts';
import { type Bytes, isPageAligned, type PageIndex, pagesUp, type VirtAddr } from '../base/units.ts';
import { MPROTECT } from '../trace/events/mm.ts';
import { isUserRange } from './munmap.ts';
import { PG_ANON, PG_EXCLUSIVE } from './page_frame.ts';
import { isPteSwap, LEAF_PAGES, PTE_DIRTY, PTE_PRESENT, PTE_WRITE, pfnOfPte } from './page_table.ts';
import { populateRange } from './populate.ts';
import type { ProcessMm } from './process_mm.ts';
import {
  VM_ACCESS,
  VM_ACCOUNT,
  VM_LOCKED,
  VM_NORESERVE,
  VM_SHARED,
  VM_WRITE,
  type VmArea,
} from './vm_area.ts';
import { modifyVma } from './vma_merge.ts';
import { isSpecialEntry } from './zap.ts';

/**
 * Change the rights of whole pages. Emits lab_mm:mprotect for each VMA that changes.
 *
 * @param addr   byte address, on a page boundary
 * @param length bytes, rounded up; 0 does nothing
 * @param prot   PROT_* bits
 * @throws KernelError EINVAL for an unaligned address, ENOMEM at a hole or over the map count, EACCES for rights that the
 *         file does not give; what lies before the refusal is changed
 */
export function doMprotect(mm: ProcessMm, addr: VirtAddr, length: Bytes, prot: number): void {
  if (!isPageAligned(addr)) throw new KernelError('EINVAL', 'mprotect', `Address ${addr} is inside a page.`);
  if (length === 0) return;
  if (!isUserRange(mm, addr, length)) {
    throw new KernelError('ENOMEM', 'mprotect', `${length} bytes at ${addr} are not in the address space.`);
  }
  const start = mm.pageOfAddress(addr);
  const end = start + pagesUp(length);
  let from = start;
  let vma = mm.vmas[mm.indexOfFirstEndingAfter(start)];
  if (vma === undefined || vma.start > start) throw hole(start);
  while (from < end) {
    if (vma === undefined || vma.start > from) throw hole(from);
    const flags = (vma.flags & ~VM_ACCESS) | (prot & VM_ACCESS);
    if ((flags & ~(flags >> 4) & VM_ACCESS) !== 0) {
      throw new KernelError(
        'EACCES',
        'mprotect',
        `The mapping at page ${vma.start} may not get the rights ${prot}.`,
      );
    }
    const changed: VmArea = protectVma(vma, from, Math.min(vma.end, end), flags);
    // A merge may have taken in what follows, which then has the new rights already.
    from = changed.end;
    vma = mm.vmas[mm.indexOfFirstEndingAfter(from)];
  }
}

function hole(page: PageIndex): KernelError {
  return new KernelError('ENOMEM', 'mprotect', `Nothing is mapped at page ${page}.`);
}

/** Models mprotect_fixup(). @returns the VMA that now covers the range */
function protectVma(vma: VmArea, start: PageIndex, end: PageIndex, wanted: number): VmArea {
  const oldFlags = vma.flags;
  let flags = wanted;
  if (flags === oldFlags) return vma;
  if ((flags & VM_WRITE) !== 0) {
    if ((oldFlags & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE)) === 0) flags |= VM_ACCOUNT;
  } else if ((oldFlags & VM_ACCOUNT) !== 0 && vma.isAnonymous && vma.anonVma === null) {
    flags &= ~VM_ACCOUNT;
  }
  const changed = modifyVma(vma, start, end, flags, 'mprotect');
  changed.flags = flags;
  changeProtection(changed, start, end);
  changed.mm.context.trace.emit(MPROTECT, changed.mm.id, start, end, flags & VM_ACCESS);
  if ((oldFlags & (VM_WRITE | VM_SHARED | VM_LOCKED)) === VM_LOCKED && (flags & VM_WRITE) !== 0) {
    populateRange(changed.mm, start, end, true);
  }
  return changed;
}

/** Give the entries of [start, end) the rights of the VMA's flags. */
function changeProtection(vma: VmArea, start: PageIndex, end: PageIndex): void {
  const table = vma.mm.pageTable;
  if (table.nrPtes === 0) return;
  for (let page = start; page < end; page++) {
    const leaf = table.leafOf(page);
    if (leaf === null || leaf.nrPtes === 0) {
      page |= LEAF_PAGES - 1;
      continue;
    }
    const slot = page & (LEAF_PAGES - 1);
    const word = leaf.words[slot]!;
    if (word !== 0 && !isPteSwap(word)) leaf.words[slot] = protectedWord(vma, word);
  }
}

/** The entry with the rights of its VMA. A private one becomes writable only if it is this task's own copy. */
export function protectedWord(vma: VmArea, word: number): number {
  const { flags } = vma;
  const kept = word & ~(PTE_PRESENT | PTE_WRITE);
  if ((flags & VM_ACCESS) === 0) return kept;
  if ((flags & VM_WRITE) === 0) return kept | PTE_PRESENT;
  if ((flags & VM_SHARED) !== 0) {
    const tracksWrites = vma.ops?.pageMkwrite !== undefined || vma.ops?.pfnMkwrite !== undefined;
    return kept | PTE_PRESENT | (!tracksWrites || (word & PTE_DIRTY) !== 0 ? PTE_WRITE : 0);
  }
  const pfn = pfnOfPte(word);
  const { frames } = vma.mm.context;
  const isOwn =
    !isSpecialEntry(vma, pfn) && frames.hasFlag(pfn, PG_ANON) && frames.hasFlag(pfn, PG_EXCLUSIVE);
  return kept | PTE_PRESENT | (isOwn ? PTE_WRITE : 0);
}
