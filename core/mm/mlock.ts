/**
 * mlock, munlock, msync and mincore: calls that look at ranges of VMAs without changing what they map.
 *
 * Models     mm/mlock.c, mm/msync.c, mm/mincore.c (Linux 6.12)
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
import { isUserRange } from './munmap.ts';
import { isPtePresent } from './page_table.ts';
import { populateRange } from './populate.ts';
import type { ProcessMm } from './process_mm.ts';
import { ShmemPages } from './shmem.ts';
import { VM_LOCKED, VM_MIXEDMAP, VM_PFNMAP, VM_SHARED, VM_SPECIAL, type VmArea } from './vm_area.ts';
import { modifyVma } from './vma_merge.ts';

export const MS_ASYNC = 1;
export const MS_INVALIDATE = 2;
export const MS_SYNC = 4;

/**
 * Lock pages and fault them in.
 * @param addr byte address, rounded down @param length bytes
 * @throws KernelError ENOMEM at a hole (what lies before is locked) or for pages that cannot be had, EAGAIN without memory
 */
export function doMlock(mm: ProcessMm, addr: VirtAddr, length: Bytes): void {
  const { start, end } = pageRange(mm, addr, length, 'mlock');
  setLocked(mm, start, end, true);
  const error = populateRange(mm, start, end, false);
  if (error === 'EFAULT')
    throw new KernelError('ENOMEM', 'mlock', `Not all of pages ${start} to ${end} can be had.`);
  if (error !== null)
    throw new KernelError('EAGAIN', 'mlock', `No memory for all of pages ${start} to ${end}.`);
}

/** Unlock pages. @throws KernelError ENOMEM at a hole; what lies before is unlocked */
export function doMunlock(mm: ProcessMm, addr: VirtAddr, length: Bytes): void {
  const { start, end } = pageRange(mm, addr, length, 'munlock');
  setLocked(mm, start, end, false);
}

function pageRange(
  mm: ProcessMm,
  addr: VirtAddr,
  length: Bytes,
  op: string,
): { start: PageIndex; end: PageIndex } {
  if (!isUserRange(mm, addr, length)) {
    throw new KernelError('ENOMEM', op, `${length} bytes at ${addr} are not in the address space.`);
  }
  return {
    start: mm.pageOfAddress(addr),
    end: mm.pageOfAddress(addr) + pagesUp((addr % PAGE_SIZE) + length),
  };
}

/** Models apply_vma_lock_flags(), mlock_fixup(). */
function setLocked(mm: ProcessMm, start: PageIndex, end: PageIndex, lock: boolean): void {
  const op = lock ? 'mlock' : 'munlock';
  let from = start;
  while (from < end) {
    const vma = mm.vmas[mm.indexOfFirstEndingAfter(from)];
    if (vma === undefined || vma.start > from)
      throw new KernelError('ENOMEM', op, `Nothing is mapped at page ${from}.`);
    const flags = lock ? vma.flags | VM_LOCKED : vma.flags & ~VM_LOCKED;
    const stop = Math.min(vma.end, end);
    if (flags === vma.flags || (vma.flags & VM_SPECIAL) !== 0 || vma.isDax) {
      from = vma.end;
      continue;
    }
    const changed: VmArea = modifyVma(vma, from, stop, flags, op);
    changed.flags = flags;
    mm.lockedPages += lock ? stop - from : from - stop;
    from = changed.end;
  }
}

/**
 * Write shared pages back; shared memory has nowhere to write to, so this checks only.
 * @param flags MS_* bits
 * @throws KernelError EINVAL for bad flags or address, ENOMEM over a hole, EBUSY for MS_INVALIDATE of locked pages
 */
export function doMsync(mm: ProcessMm, addr: VirtAddr, length: Bytes, flags: number): void {
  if ((flags & ~7) !== 0 || (flags & (MS_ASYNC | MS_SYNC)) === (MS_ASYNC | MS_SYNC)) {
    throw new KernelError('EINVAL', 'msync', `The flags ${flags} make no sense.`);
  }
  if (!isPageAligned(addr)) throw new KernelError('EINVAL', 'msync', `Address ${addr} is inside a page.`);
  if (length === 0) return;
  let from = mm.pageOfAddress(addr);
  const end = from + pagesUp(length);
  let firstHole = -1;
  while (from < end) {
    const vma = mm.vmas[mm.indexOfFirstEndingAfter(from)];
    if (vma === undefined || from < vma.start) {
      if (firstHole === -1) firstHole = from;
      if (vma === undefined || flags === MS_ASYNC || vma.start >= end) break;
    }
    if ((flags & MS_INVALIDATE) !== 0 && (vma.flags & VM_LOCKED) !== 0) {
      throw new KernelError('EBUSY', 'msync', `The mapping at page ${vma.start} is locked.`);
    }
    if ((flags & MS_SYNC) !== 0 && vma.file !== null && (vma.flags & VM_SHARED) !== 0) {
      // Models vfs_fsync_range(): devices have no such operation.
      if (!vma.file.ops.fsync) {
        throw new KernelError(
          'EINVAL',
          'msync',
          `The file mapped at page ${vma.start} cannot be written back.`,
        );
      }
      vma.file.ops.fsync(vma.file);
    }
    from = vma.end;
  }
  if (firstHole !== -1) throw new KernelError('ENOMEM', 'msync', `Nothing is mapped at page ${firstHole}.`);
}

/**
 * Which pages are in memory: one byte per page, 1 if an access would take no I/O.
 * @throws KernelError EINVAL for an unaligned address, ENOMEM at a hole
 */
export function doMincore(mm: ProcessMm, addr: VirtAddr, length: Bytes): Uint8Array {
  if (!isPageAligned(addr)) throw new KernelError('EINVAL', 'mincore', `Address ${addr} is inside a page.`);
  if (!isUserRange(mm, addr, length)) {
    throw new KernelError('ENOMEM', 'mincore', `${length} bytes at ${addr} are not in the address space.`);
  }
  const start = mm.pageOfAddress(addr);
  const answer = new Uint8Array(pagesUp(length));
  for (let i = 0; i < answer.length; i++) {
    const vma = mm.findVma(start + i);
    if (vma === null) throw new KernelError('ENOMEM', 'mincore', `Nothing is mapped at page ${start + i}.`);
    answer[i] = isInCore(vma, start + i) ? 1 : 0;
  }
  return answer;
}

function isInCore(vma: VmArea, page: PageIndex): boolean {
  const walkable = (vma.flags & (VM_PFNMAP | VM_MIXEDMAP)) === 0;
  if (walkable && isPtePresent(vma.mm.pageTable.get(page))) return true;
  const pages = vma.file?.mapping.pages;
  return pages instanceof ShmemPages && pages.findUptodatePage(vma.pgoff + (page - vma.start)) !== 0;
}
