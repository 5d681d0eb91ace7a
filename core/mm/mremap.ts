/**
 * mremap: growing, shrinking and moving a mapping with its entries.
 *
 * Models     mremap, mremap_to, move_vma, vma_to_resize, copy_vma, move_page_tables (mm/mremap.c, Linux 6.12)
 * Residue    with MREMAP_FIXED the destination is unmapped before the source is looked at
 */
import { KernelError } from '../base/errno.ts';
import {
  type Bytes,
  isPageAligned,
  PAGE_SIZE,
  type PageIndex,
  type Pages,
  pagesUp,
  type VirtAddr,
} from '../base/units.ts';
import { MREMAP_MOVE } from '../trace/events/mm.ts';
import { cloneAnonVmas, unlinkAnonVmas } from './anon_vma.ts';
import { findUnmappedArea } from './mmap.ts';
import { isUserRange, unmapPages } from './munmap.ts';
import { LEAF_PAGES, TASK_PAGES } from './page_table.ts';
import { populateRange } from './populate.ts';
import type { ProcessMm } from './process_mm.ts';
import { failsLeaf } from './pte_alloc.ts';
import { VM_DONTEXPAND, VM_LOCKED, VM_MAYSHARE, VM_PFNMAP, VM_SHARED, type VmArea } from './vm_area.ts';
import { dupVma, insertVma, linkFile } from './vma_link.ts';
import { mergeNewRange } from './vma_merge.ts';
import { checkMapCount } from './vma_split.ts';

export const MREMAP_MAYMOVE = 1;
export const MREMAP_FIXED = 2;
export const MREMAP_DONTUNMAP = 4;

const OP = 'mremap';

/**
 * Resize or move a mapping.
 *
 * @param addr    byte address of the old range, on a page boundary
 * @param oldLen  bytes, rounded up; 0 makes a second mapping of shared memory
 * @param newLen  bytes, rounded up
 * @param flags   MREMAP_* bits
 * @param newAddr byte address for MREMAP_FIXED
 * @returns byte address of the mapping
 * @throws KernelError as mremap(2)
 */
export function doMremap(
  mm: ProcessMm,
  addr: VirtAddr,
  oldLen: Bytes,
  newLen: Bytes,
  flags: number,
  newAddr: VirtAddr = 0,
): VirtAddr {
  const fixed = (flags & MREMAP_FIXED) !== 0;
  const mayMove = (flags & MREMAP_MAYMOVE) !== 0;
  const dontUnmap = (flags & MREMAP_DONTUNMAP) !== 0;
  if ((flags & ~7) !== 0) throw refuse('EINVAL', `The flags ${flags} are not known.`);
  if (fixed && !mayMove) throw refuse('EINVAL', 'A fixed destination needs MREMAP_MAYMOVE.');
  if (dontUnmap && (!mayMove || oldLen !== newLen)) {
    throw refuse('EINVAL', 'MREMAP_DONTUNMAP moves without resizing and needs MREMAP_MAYMOVE.');
  }
  if (!isPageAligned(addr)) throw refuse('EINVAL', `Address ${addr} is inside a page.`);
  const oldPages = pagesUp(oldLen);
  const newPages = pagesUp(newLen);
  if (newPages === 0) throw refuse('EINVAL', 'The new length is 0.');
  const start = mm.pageOfAddress(addr);
  const vma = mm.findVma(start);
  if (vma === null) throw refuse('EFAULT', `Nothing is mapped at page ${start}.`);
  if (fixed || dontUnmap) return mm.addressOf(moveTo(mm, start, oldPages, newPages, flags, newAddr));
  if (oldPages >= newPages) {
    if (oldPages > newPages) unmapTail(mm, start + newPages, start + oldPages);
    return addr;
  }
  checkResize(vma, start, oldPages, newPages, flags);
  if (start + oldPages === vma.end && isExpandable(vma, newPages - oldPages)) {
    growInPlace(mm, vma, newPages - oldPages);
    return addr;
  }
  if (!mayMove)
    throw refuse('ENOMEM', `The mapping at page ${start} cannot grow to ${newPages} pages where it is.`);
  const to = findUnmappedArea(mm, null, newPages, OP);
  moveVma(mm, vma, start, oldPages, newPages, to, false);
  return mm.addressOf(to);
}

function refuse(errno: 'EINVAL' | 'EFAULT' | 'ENOMEM', detail: string): KernelError {
  return new KernelError(errno, OP, detail);
}

function unmapTail(mm: ProcessMm, first: PageIndex, end: PageIndex): void {
  if (end > TASK_PAGES) throw refuse('EINVAL', `Page ${end} is not in the address space.`);
  unmapPages(mm, first, end, OP);
}

/** Models vma_to_resize(). */
function checkResize(vma: VmArea, start: PageIndex, oldPages: Pages, newPages: Pages, flags: number): void {
  if (oldPages === 0 && (vma.flags & (VM_SHARED | VM_MAYSHARE)) === 0) {
    throw refuse('EINVAL', 'An old length of 0 is for shared mappings only.');
  }
  const rigid = (vma.flags & (VM_DONTEXPAND | VM_PFNMAP)) !== 0;
  if ((flags & MREMAP_DONTUNMAP) !== 0 && rigid) {
    throw refuse('EINVAL', 'MREMAP_DONTUNMAP is not for device mappings.');
  }
  if (oldPages > vma.end - start) {
    throw refuse(
      'EFAULT',
      `${oldPages} pages from page ${start} reach beyond the mapping, which ends at ${vma.end}.`,
    );
  }
  if (newPages === oldPages) return;
  if (rigid) throw refuse('EFAULT', `The mapping at page ${vma.start} may not be resized.`);
}

function isExpandable(vma: VmArea, delta: Pages): boolean {
  const { mm, end } = vma;
  return end + delta <= TASK_PAGES && mm.firstOverlap(end, end + delta) === null;
}

/** Models vma_merge_extend(). */
function growInPlace(mm: ProcessMm, vma: VmArea, delta: Pages): void {
  const { end } = vma;
  const grown = mergeNewRange(
    {
      start: end,
      end: end + delta,
      pgoff: vma.pgoff + (end - vma.start),
      flags: vma.flags,
      file: vma.file,
      anonVma: vma.anonVma,
    },
    vma,
    mm.neighbours(vma).next,
  );
  if (grown === null) throw refuse('ENOMEM', `The mapping at page ${vma.start} cannot be extended.`);
  if ((grown.flags & VM_LOCKED) !== 0) {
    mm.lockedPages += delta;
    populateRange(mm, end, end + delta, true);
  }
}

/** Models mremap_to(). */
function moveTo(
  mm: ProcessMm,
  start: PageIndex,
  oldPages: Pages,
  newPages: Pages,
  flags: number,
  newAddr: VirtAddr,
): PageIndex {
  if (!isPageAligned(newAddr)) throw refuse('EINVAL', `The destination ${newAddr} is inside a page.`);
  const fixed = (flags & MREMAP_FIXED) !== 0;
  let to = mm.pageOfAddress(newAddr);
  if (fixed && !isUserRange(mm, newAddr, newPages * PAGE_SIZE)) {
    throw refuse('EINVAL', `${newPages} pages at ${newAddr} are not in the address space.`);
  }
  if (start + oldPages > to && to + newPages > start) {
    throw refuse('EINVAL', `The old range from page ${start} and the new one from page ${to} overlap.`);
  }
  const first = mm.findVma(start);
  if (first !== null) checkMapCount(first, 5, OP);
  if (fixed) unmapPages(mm, to, to + newPages, OP);
  let moved = oldPages;
  if (oldPages > newPages) {
    unmapTail(mm, start + newPages, start + oldPages);
    moved = newPages;
  }
  const vma = mm.findVma(start);
  if (vma === null) throw refuse('EFAULT', `Nothing is mapped at page ${start}.`);
  checkResize(vma, start, moved, newPages, flags);
  if (!fixed) to = findUnmappedArea(mm, newAddr === 0 ? null : to, newPages, OP);
  moveVma(mm, vma, start, moved, newPages, to, (flags & MREMAP_DONTUNMAP) !== 0);
  return to;
}

/** Models move_vma(). `to` must be free. */
function moveVma(
  mm: ProcessMm,
  source: VmArea,
  start: PageIndex,
  oldPages: Pages,
  newPages: Pages,
  to: PageIndex,
  dontUnmap: boolean,
): void {
  checkMapCount(source, 3, OP);
  const end = start + oldPages;
  for (const page of [start, end]) {
    if (page !== source.start && page !== source.end && source.ops?.maySplit?.(source, page) === false) {
      throw refuse('EINVAL', `The mapping at page ${source.start} may not be split at page ${page}.`);
    }
  }
  const flags = source.flags;
  checkPageTables(mm, start, to, oldPages);
  const copy = copyVma(source, start, to, newPages);
  // An untouched anonymous source may have been merged into the copy.
  const vma = mm.findVma(start)!;
  const moved = movePageTables(mm, start, to, oldPages);
  mm.context.trace.emit(MREMAP_MOVE, mm.id, start, to, oldPages, moved);
  copy.ops?.mremap?.(copy);
  if (dontUnmap) {
    if ((vma.flags & VM_LOCKED) !== 0) {
      vma.flags &= ~VM_LOCKED;
    }
    if (copy !== vma && vma.start === start && vma.end === end) unlinkAnonVmas(vma);
    return;
  }
  // An old length of 0 made a second mapping; there is nothing to remove.
  if (end > start) unmapPages(mm, start, end, OP);
  if ((flags & VM_LOCKED) !== 0) {
    mm.lockedPages += newPages;
    if (newPages > oldPages) populateRange(mm, to + oldPages, to + newPages, true);
  }
}

/** The VMA at the destination: a neighbour grown over it, or a copy. Models copy_vma(). */
function copyVma(source: VmArea, start: PageIndex, to: PageIndex, nrPages: Pages): VmArea {
  const { mm } = source;
  let pgoff = source.pgoff + (start - source.start);
  // Memory that nobody touched may take the page offset of its new place, which lets it merge there.
  if (source.isAnonymous && source.anonVma === null) pgoff = to;
  const index = mm.indexOfFirstEndingAfter(to);
  const merged = mergeNewRange(
    { start: to, end: to + nrPages, pgoff, flags: source.flags, file: source.file, anonVma: source.anonVma },
    mm.vmas[index - 1] ?? null,
    mm.vmas[index] ?? null,
  );
  if (merged !== null) {
    if (((source.bornSerial - merged.bornSerial) | 0) < 0) merged.bornSerial = source.bornSerial;
    return merged;
  }
  if (source.anonChain !== null) mm.context.faults.slab(OP, 'the links to its anon_vmas');
  const copy = dupVma(source, mm);
  copy.start = to;
  copy.end = to + nrPages;
  copy.pgoff = pgoff;
  copy.pageDelta = pgoff - to;
  copy.anonVma = source.anonVma;
  cloneAnonVmas(copy, source);
  copy.ops?.open?.(copy);
  insertVma(copy);
  linkFile(copy);
  return copy;
}

/** Memory for the page tables of the new place: the kernel moves the entries back without it. @throws KernelError ENOMEM */
function checkPageTables(mm: ProcessMm, from: PageIndex, to: PageIndex, nrPages: Pages): void {
  const { faults } = mm.context;
  if (!faults.armed) return;
  let checked = -1;
  for (let i = 0; i < nrPages; i++) {
    const leaf = Math.floor((to + i) / LEAF_PAGES);
    if (leaf === checked || mm.pageTable.get(from + i) === 0) continue;
    checked = leaf;
    if (failsLeaf(mm, to + i)) throw refuse('ENOMEM', `No page table for page ${to + i}.`);
  }
}

/** Move the entries; they keep their rights, marks and generation. @returns entries moved */
function movePageTables(mm: ProcessMm, from: PageIndex, to: PageIndex, nrPages: Pages): Pages {
  const table = mm.pageTable;
  if (table.nrPtes === 0) return 0;
  let moved = 0;
  for (let i = 0; i < nrPages; i++) {
    const leaf = table.leafOf(from + i);
    if (leaf === null || leaf.nrPtes === 0) {
      i += LEAF_PAGES - 1 - ((from + i) & (LEAF_PAGES - 1));
      continue;
    }
    const isWholeLeaf =
      leaf.huge &&
      ((from + i) & (LEAF_PAGES - 1)) === 0 &&
      ((to + i) & (LEAF_PAGES - 1)) === 0 &&
      i + LEAF_PAGES <= nrPages;
    const count = isWholeLeaf ? LEAF_PAGES : 1;
    for (let k = 0; k < count; k++) {
      const generation = table.generationOf(from + i + k);
      const word = table.clear(from + i + k);
      if (word === 0) continue;
      table.install(to + i + k, word, generation);
      moved++;
    }
    if (isWholeLeaf) table.leafOf(to + i)!.huge = true;
    i += count - 1;
  }
  if (moved > 0) {
    mm.context.nextPteSerial();
    mm.touch(from, from + nrPages);
    mm.touch(to, to + nrPages);
  }
  return moved;
}
