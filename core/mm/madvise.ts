/**
 * madvise: dropping, fetching and marking ranges.
 *
 * Models     mm/madvise.c (Linux 6.12)
 * Residue    over a hole the answer is ENOMEM, but every mapped part is done (POPULATE_* stops there instead)
 * Left out   KSM, huge pages, COLD and PAGEOUT (accepted, no effect without reclaim), poison
 */
import { KernelError } from '../base/errno.ts';
import {
  type Bytes,
  isPageAligned,
  PAGE_SIZE,
  type PageIndex,
  pagesUp,
  type VirtAddr,
} from '../base/units.ts';
import { getFile, putFile } from '../fs/open_file.ts';
import { isUserRange } from './munmap.ts';
import { PTE_ACCESSED, PTE_DIRTY, PTE_PRESENT } from './page_table.ts';
import { populateForAccess } from './populate.ts';
import type { ProcessMm } from './process_mm.ts';
import { vfsFallocate } from './vfs_space.ts';
import {
  VM_DONTCOPY,
  VM_DONTDUMP,
  VM_IO,
  VM_LOCKED,
  VM_PFNMAP,
  VM_SHARED,
  VM_SPECIAL,
  VM_WIPEONFORK,
  type VmArea,
} from './vm_area.ts';
import { modifyVma } from './vma_merge.ts';
import { zapRange } from './zap.ts';

/** Advice by name; the numbers of include/uapi/asm-generic/mman-common.h. */
export const MADV = {
  normal: 0,
  random: 1,
  sequential: 2,
  willneed: 3,
  dontneed: 4,
  free: 8,
  remove: 9,
  dontfork: 10,
  dofork: 11,
  dontdump: 16,
  dodump: 17,
  wipeonfork: 18,
  keeponfork: 19,
  cold: 20,
  pageout: 21,
  populate_read: 22,
  populate_write: 23,
} as const;
export type Advice = keyof typeof MADV;

const OP = 'madvise';
/** VM_SEQ_READ and VM_RAND_READ. */
const VM_SEQ_READ = 0x8000;
const VM_RAND_READ = 0x10000;

/**
 * Advise about whole pages.
 *
 * @param addr   byte address, on a page boundary
 * @param length bytes, rounded up; 0 does nothing
 * @throws KernelError EINVAL for an unknown advice, an unaligned address or a VMA that the advice is not for (VMAs before
 *         are done), ENOMEM over a hole (all mapped parts are done), EAGAIN without memory for a VMA, EACCES, EFAULT, and what
 *         fallocate refuses
 */
export function doMadvise(mm: ProcessMm, addr: VirtAddr, length: Bytes, advice: Advice): void {
  if (MADV[advice] === undefined)
    throw new KernelError('EINVAL', OP, `The advice ${String(advice)} is not known.`);
  if (!isPageAligned(addr)) throw new KernelError('EINVAL', OP, `Address ${addr} is inside a page.`);
  if (length < 0) throw new KernelError('EINVAL', OP, `The length ${length} is negative.`);
  if (length === 0) return;
  if (!isUserRange(mm, addr, length)) throw hole(mm.pageOfAddress(addr));
  const start = mm.pageOfAddress(addr);
  const end = start + pagesUp(length);
  if (advice === 'populate_read' || advice === 'populate_write') {
    const error = populateForAccess(mm, start, end, advice === 'populate_write');
    if (error !== null)
      throw new KernelError(error, OP, `Not all of pages ${start} to ${end} could be populated.`);
    return;
  }
  walkVmas(mm, start, end, advice);
}

function hole(page: PageIndex): KernelError {
  return new KernelError('ENOMEM', OP, `Nothing is mapped at page ${page}.`);
}

/** Models madvise_walk_vmas(). */
function walkVmas(mm: ProcessMm, first: PageIndex, end: PageIndex, advice: Advice): void {
  let from = first;
  let firstHole = -1;
  while (from < end) {
    const vma = mm.vmas[mm.indexOfFirstEndingAfter(from)];
    if (vma === undefined) throw hole(firstHole === -1 ? from : firstHole);
    if (from < vma.start) {
      if (firstHole === -1) firstHole = from;
      from = vma.start;
      if (from >= end) break;
    }
    from = adviseVma(vma, from, Math.min(vma.end, end), advice);
  }
  if (firstHole !== -1) throw hole(firstHole);
}

/** @returns the page at which to go on */
function adviseVma(vma: VmArea, start: PageIndex, end: PageIndex, advice: Advice): PageIndex {
  switch (advice) {
    case 'remove':
      removePages(vma, start, end);
      return end;
    case 'willneed':
      return end;
    case 'dontneed':
    case 'free':
    case 'cold':
    case 'pageout':
      dropPages(vma, start, end, advice);
      return end;
    default:
      return Math.max(end, setFlags(vma, start, end, newFlags(vma, advice)).end);
  }
}

function notFor(vma: VmArea, advice: Advice): KernelError {
  return new KernelError(
    'EINVAL',
    OP,
    `The mapping at page ${vma.start} does not take the advice ${advice}.`,
  );
}

function newFlags(vma: VmArea, advice: Advice): number {
  const { flags } = vma;
  switch (advice) {
    case 'normal':
      return flags & ~(VM_SEQ_READ | VM_RAND_READ);
    case 'sequential':
      return (flags & ~VM_RAND_READ) | VM_SEQ_READ;
    case 'random':
      return (flags & ~VM_SEQ_READ) | VM_RAND_READ;
    case 'dontfork':
      return flags | VM_DONTCOPY;
    case 'dofork':
      if ((flags & VM_IO) !== 0) throw notFor(vma, advice);
      return flags & ~VM_DONTCOPY;
    case 'wipeonfork':
      if (vma.file !== null || (flags & VM_SHARED) !== 0) throw notFor(vma, advice);
      return flags | VM_WIPEONFORK;
    case 'keeponfork':
      return flags & ~VM_WIPEONFORK;
    case 'dontdump':
      return flags | VM_DONTDUMP;
    case 'dodump':
      if ((flags & VM_SPECIAL) !== 0) throw notFor(vma, advice);
      return flags & ~VM_DONTDUMP;
    default:
      return flags;
  }
}

function setFlags(vma: VmArea, start: PageIndex, end: PageIndex, flags: number): VmArea {
  if (flags === vma.flags) return vma;
  let changed: VmArea;
  try {
    changed = modifyVma(vma, start, end, flags, OP);
  } catch (refusal) {
    // Memory for a VMA may be there at the next try; the call says so (madvise_vma_behavior()).
    if (!(refusal instanceof KernelError) || refusal.errno !== 'ENOMEM') throw refusal;
    throw new KernelError('EAGAIN', OP, refusal.detail);
  }
  changed.flags = flags;
  return changed;
}

/** Models madvise_remove(). */
function removePages(vma: VmArea, start: PageIndex, end: PageIndex): void {
  const { file } = vma;
  if ((vma.flags & VM_LOCKED) !== 0 || file === null) throw notFor(vma, 'remove');
  if (!vma.isSharedMayWrite) {
    throw new KernelError('EACCES', OP, `The mapping at page ${vma.start} is not shared and writable.`);
  }
  const offset = (vma.pgoff + (start - vma.start)) * PAGE_SIZE;
  getFile(file);
  try {
    vfsFallocate(file, 'punch', offset, (end - start) * PAGE_SIZE);
  } finally {
    putFile(file);
  }
}

/** Models madvise_dontneed_free(), madvise_cold(). */
function dropPages(vma: VmArea, start: PageIndex, end: PageIndex, advice: Advice): void {
  if ((vma.flags & (VM_LOCKED | VM_PFNMAP)) !== 0) throw notFor(vma, advice);
  if (advice === 'dontneed') {
    zapRange(vma, start, end, true);
    return;
  }
  if (advice !== 'free') return;
  if (!vma.isAnonymous) throw notFor(vma, advice);
  // Lazily free: the pages stay until memory is short; a write before that keeps them.
  const table = vma.mm.pageTable;
  for (let page = start; page < end; page++) {
    const word = table.get(page);
    if ((word & PTE_PRESENT) !== 0) table.update(page, word & ~(PTE_DIRTY | PTE_ACCESSED));
  }
}
