/**
 * munmap, and the clearing of a range that MAP_FIXED and mremap do first.
 *
 * Models     do_vmi_munmap, vms_gather_munmap_vmas, vms_complete_munmap_vmas (mm/vma.c, Linux 6.12)
 * Order      splits, then entries, then trees, then close hooks and file references
 */
import { KernelError } from '../base/errno.ts';
import {
  type Bytes,
  isPageAligned,
  type PageIndex,
  type Pages,
  pagesUp,
  type VirtAddr,
} from '../base/units.ts';
import { MUNMAP, VMA_CLOSE } from '../trace/events/mm.ts';
import { unlinkAnonVmas } from './anon_vma.ts';
import { TASK_PAGES } from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import { VM_LOCKED, type VmArea } from './vm_area.ts';
import { releaseVma, unlinkFile } from './vma_link.ts';
import { checkMapCount, splitVmaUnlimited } from './vma_split.ts';
import { zapRange } from './zap.ts';

/** VMAs taken out of an mm, on their way out. */
export interface DetachedRange {
  readonly vmas: readonly VmArea[];
  readonly first: PageIndex;
  readonly end: PageIndex;
  /** Entries and close hooks are done. */
  cleaned: boolean;
}

const nothing: readonly VmArea[] = [];

/**
 * Split at both ends and take the VMAs of [first, end) off the list; entries, trees and references are untouched.
 * @throws KernelError ENOMEM over the map count, EINVAL when a split is refused; a split at the start stays then
 */
export function detachRange(mm: ProcessMm, first: PageIndex, end: PageIndex, op: string): DetachedRange {
  let index = mm.indexOfFirstEndingAfter(first);
  let vma = mm.vmas[index];
  if (vma === undefined || vma.start >= end) return { vmas: nothing, first, end, cleaned: true };
  if (vma.start < first) {
    if (end < vma.end) checkMapCount(vma, 0, op);
    splitVmaUnlimited(vma, first, true, op);
    index++;
  }
  let behind = index;
  for (; behind < mm.vmas.length; behind++) {
    vma = mm.vmas[behind]!;
    if (vma.start >= end) break;
    if (vma.end > end) splitVmaUnlimited(vma, end, false, op);
  }
  mm.lastHit = null;
  return { vmas: mm.vmas.splice(index, behind - index), first, end, cleaned: false };
}

/** Clear the entries and run the close hooks while the VMAs are still in their trees. Models vms_clean_up_area(). */
export function cleanDetached(mm: ProcessMm, range: DetachedRange): Pages {
  if (range.cleaned) return 0;
  range.cleaned = true;
  let cleared = 0;
  if (mm.context.sabotage !== 'unmap-keeps-entries') {
    for (const vma of range.vmas) cleared += zapRange(vma, vma.start, vma.end, true);
  }
  for (const vma of range.vmas) {
    unlinkAnonVmas(vma);
    unlinkFile(vma);
  }
  mm.pageTable.freeEmptyLeaves(range.first, range.end);
  for (const vma of range.vmas) vma.ops?.close?.(vma);
  return cleared;
}

/** Put detached VMAs back: the call failed before anything was cleared. */
export function reattachRange(mm: ProcessMm, range: DetachedRange): void {
  if (range.vmas.length > 0) mm.vmas.splice(mm.indexOfFirstEndingAfter(range.first), 0, ...range.vmas);
}

/** Finish: entries, trees, hooks, references. Emits lab_mm:vma_close for each VMA. */
export function completeDetached(mm: ProcessMm, range: DetachedRange): Pages {
  const cleared = cleanDetached(mm, range);
  for (const vma of range.vmas) {
    if ((vma.flags & VM_LOCKED) !== 0) mm.lockedPages -= vma.end - vma.start;
    mm.context.trace.emit(VMA_CLOSE, mm.id, vma.id, vma.start, vma.end, vma.file?.id ?? 0);
    releaseVma(vma, true);
  }
  return cleared;
}

/** Unmap whole pages. Emits lab_mm:munmap if something was mapped. @throws KernelError as detachRange */
export function unmapPages(mm: ProcessMm, first: PageIndex, end: PageIndex, op: string): void {
  const range = detachRange(mm, first, end, op);
  if (range.vmas.length === 0) return;
  const cleared = completeDetached(mm, range);
  mm.context.trace.emit(MUNMAP, mm.id, first, end - first, cleared);
}

/** True for a byte range that lies in the task's address space. */
export function isUserRange(mm: ProcessMm, addr: VirtAddr, length: Bytes): boolean {
  const first = mm.pageOfAddress(addr);
  return first >= 0 && first + pagesUp(length) <= TASK_PAGES;
}

/**
 * Remove all mappings of whole pages in a range; nothing mapped there is no error.
 *
 * @param addr   byte address, on a page boundary
 * @param length bytes, rounded up to pages
 * @throws KernelError EINVAL for an unaligned start, length 0, a range outside the address space or a refused split
 *         (a split at the start stays), ENOMEM over the map count
 */
export function doMunmap(mm: ProcessMm, addr: VirtAddr, length: Bytes): void {
  if (!isPageAligned(addr)) throw new KernelError('EINVAL', 'munmap', `Address ${addr} is inside a page.`);
  if (!isUserRange(mm, addr, length)) {
    throw new KernelError('EINVAL', 'munmap', `${length} bytes at ${addr} are not in the address space.`);
  }
  if (pagesUp(length) === 0) throw new KernelError('EINVAL', 'munmap', 'The length is 0.');
  const first = mm.pageOfAddress(addr);
  unmapPages(mm, first, first + pagesUp(length), 'munmap');
}
