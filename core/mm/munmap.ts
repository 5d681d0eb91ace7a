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
import { putFile } from '../fs/open_file.ts';
import { VMA_CLOSE } from '../trace/events/mm.ts';
import { unlinkAnonVmas } from './anon_vma.ts';
import { TASK_PAGES } from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import { VM_LOCKED, type VmArea } from './vm_area.ts';
import { detachVmaAt, unlinkFile } from './vma_link.ts';
import { checkMapCount, splitVmaUnlimited } from './vma_split.ts';
import { zapRange } from './zap.ts';

/** VMAs taken out of an mm, on their way out. */
export interface DetachedRange {
  readonly vmas: readonly VmArea[];
  /** Entries cleared of each VMA; null until that is done, with the close hooks. */
  cleared: Pages[] | null;
}

/**
 * Split at both ends of [first, end), so that only whole VMAs lie in it.
 * @returns index of the first one in mm.vmas, or -1 when nothing is mapped there
 * @throws KernelError ENOMEM over the map count, EINVAL when a split is refused; a split at the start stays then
 */
function splitEnds(mm: ProcessMm, first: PageIndex, end: PageIndex, op: string): number {
  let index = mm.indexOfFirstEndingAfter(first);
  const { vmas } = mm;
  if (index === vmas.length) return -1;
  const vma = vmas[index]!;
  if (vma.start >= end) return -1;
  if (vma.start < first) {
    if (end < vma.end) checkMapCount(vma, 0, op);
    splitVmaUnlimited(vma, first, true, op);
    index++;
  }
  for (let i = index; i < vmas.length && vmas[i]!.start < end; i++) {
    if (vmas[i]!.end > end) splitVmaUnlimited(vmas[i]!, end, false, op);
  }
  return index;
}

/**
 * Take the VMAs of [first, end) off the list, split at both ends; entries, trees and references are untouched.
 * @returns null when nothing is mapped there
 * @throws KernelError as splitEnds
 */
export function detachRange(
  mm: ProcessMm,
  first: PageIndex,
  end: PageIndex,
  op: string,
): DetachedRange | null {
  const index = splitEnds(mm, first, end, op);
  if (index === -1) return null;
  let behind = index;
  while (behind < mm.vmas.length && mm.vmas[behind]!.start < end) behind++;
  mm.lastHit = null;
  return { vmas: mm.vmas.splice(index, behind - index), cleared: null };
}

/** Clear the entries of a detached VMA and take it out of its trees; its hook and file reference remain. */
function clearVma(vma: VmArea): Pages {
  const { mm, start, end } = vma;
  let cleared = 0;
  mm.touch(start, end);
  if (mm.pageTable.nrPtes > 0 && mm.context.sabotage !== 'unmap-keeps-entries') {
    cleared = zapRange(vma, start, end, true);
  }
  if (vma.anonChain !== null) unlinkAnonVmas(vma);
  unlinkFile(vma);
  return cleared;
}

/** A VMA is gone: count it out, tell, and drop its file. Emits lab_mm:vma_close. */
function forgetVma(vma: VmArea, cleared: Pages): void {
  const { mm, start } = vma;
  const nrPages = vma.end - start;
  if ((vma.flags & VM_LOCKED) !== 0) mm.lockedPages -= nrPages;
  mm.context.trace.emit(VMA_CLOSE, mm.id, vma.id, start, nrPages, cleared);
  if (vma.file !== null) putFile(vma.file);
}

/** Clear the entries and run the close hooks, before what replaces them is made. Models vms_clean_up_area(). */
export function cleanDetached(mm: ProcessMm, range: DetachedRange): void {
  if (range.cleared !== null) return;
  const { vmas } = range;
  range.cleared = vmas.map(clearVma);
  mm.pageTable.freeEmptyLeaves(vmas[0]!.start, vmas[vmas.length - 1]!.end);
  for (const vma of vmas) vma.ops?.close?.(vma);
}

/** Finish: entries, trees, hooks, references. @returns entries cleared */
export function completeDetached(mm: ProcessMm, range: DetachedRange): Pages {
  cleanDetached(mm, range);
  let sum = 0;
  range.vmas.forEach((vma, i) => {
    sum += range.cleared![i]!;
    forgetVma(vma, range.cleared![i]!);
  });
  return sum;
}

/** Unmap whole pages. @throws KernelError as splitEnds */
export function unmapPages(mm: ProcessMm, first: PageIndex, end: PageIndex, op: string): void {
  const index = splitEnds(mm, first, end, op);
  if (index === -1) return;
  const next = mm.vmas[index + 1];
  if (next !== undefined && next.start < end) {
    completeDetached(mm, detachRange(mm, first, end, op)!);
    return;
  }
  // One VMA, the usual case: nothing to gather.
  const vma = mm.vmas[index]!;
  detachVmaAt(mm, index);
  const cleared = clearVma(vma);
  mm.pageTable.freeEmptyLeaves(vma.start, vma.end);
  const { ops } = vma;
  if (ops !== null && ops.close !== undefined) ops.close(vma);
  forgetVma(vma, cleared);
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
