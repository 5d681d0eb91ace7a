/**
 * Files and mappings of shared memory: what a memfd or a tmpfs file does.
 *
 * Models     shmem_file_operations, shmem_vm_ops, shmem_setattr, shmem_fallocate (mm/shmem.c), memfd (Linux 6.12)
 * Units      bytes of the file
 */
import { KernelError } from '../base/errno.ts';
import { snapshotConstant } from '../base/snapshot.ts';
import { PAGE_SIZE, type PageIndex, type Pages } from '../base/units.ts';
import type { Inode } from '../fs/inode.ts';
import type { FileOperations, OpenFile } from '../fs/open_file.ts';
import { NO_PFN, PG_DIRTY } from './page_frame.ts';
import { PTE_ACCESSED, PTE_PRESENT, PTE_WRITE } from './page_table.ts';
import { F_SEAL_FUTURE_WRITE, F_SEAL_GROW, F_SEAL_SHRINK, F_SEAL_WRITE } from './seals.ts';
import { type ShmemPages, shmemPagesOf } from './shmem.ts';
import { unmapMappingRange } from './unmap_mapping.ts';
import { VM_SHARED, VM_WRITE, type VmArea } from './vm_area.ts';
import type { VmFault, VmFaultReason, VmOperations } from './vm_fault.ts';
import { mapFilePage } from './vm_fault_handler.ts';

function pagesOf(inode: Inode): ShmemPages {
  const pages = shmemPagesOf(inode);
  if (pages === null) throw new KernelError('EINVAL', 'shmem', `Inode ${inode.ino} is not in shared memory.`);
  return pages;
}

function shmemFault(vmf: VmFault): VmFaultReason {
  const pages = vmf.vma.file!.inode.data.pages as ShmemPages;
  if (vmf.pgoff * PAGE_SIZE >= pages.inode.sizeBytes) return 'SIGBUS';
  const pfn = pages.getPage(vmf.pgoff);
  if (pfn === NO_PFN) return 'OOM';
  vmf.pfn = pfn;
  return 'DONE';
}

/** Models filemap_map_pages(). */
function shmemMapPages(vmf: VmFault, firstPgoff: PageIndex, lastPgoff: PageIndex): Pages {
  const { vma } = vmf;
  const pages = vma.file!.inode.data.pages as ShmemPages;
  const last = Math.min(lastPgoff, pages.sizePages - 1);
  const table = vma.mm.pageTable;
  const isWritable = (vma.flags & (VM_SHARED | VM_WRITE)) === (VM_SHARED | VM_WRITE);
  const flags = PTE_PRESENT | PTE_ACCESSED | (isWritable ? PTE_WRITE : 0);
  let mapped = 0;
  for (let pgoff = firstPgoff; pgoff <= last; pgoff++) {
    const pfn = pages.findUptodatePage(pgoff);
    if (pfn === NO_PFN) continue;
    const page = vma.start + (pgoff - vma.pgoff);
    if (table.get(page) !== 0) continue;
    mapFilePage(vma, page, pfn, flags);
    mapped++;
  }
  return mapped;
}

export const shmemVmOps: VmOperations = snapshotConstant('mm.shmemVmOps', {
  name: 'shmem',
  fault: shmemFault,
  mapPages: shmemMapPages,
});

/** Set the size of the file: entries beyond it go, private copies too, and its pages are freed. Models shmem_setattr(). */
export function truncateShmem(inode: Inode, size: number): void {
  const pages = pagesOf(inode);
  const { context } = pages;
  const oldSize = inode.sizeBytes;
  if (
    (size < oldSize && (pages.seals & F_SEAL_SHRINK) !== 0) ||
    (size > oldSize && (pages.seals & F_SEAL_GROW) !== 0)
  ) {
    throw new KernelError(
      'EPERM',
      'ftruncate',
      `The seals ${pages.seals} forbid a change from ${oldSize} to ${size} bytes.`,
    );
  }
  inode.sizeBytes = size;
  if (size > oldSize) return;
  const holeBegin = Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
  if (oldSize > holeBegin) unmapMappingRange(context, inode.mapping, holeBegin, 0, true);
  if (pages.nrPages + pages.nrSwapped > 0) pages.truncateRange(size, Infinity);
  // Once more for private copies made between the two.
  if (oldSize > holeBegin) unmapMappingRange(context, inode.mapping, holeBegin, 0, true);
}

function punchHole(pages: ShmemPages, offset: number, length: number): void {
  if ((pages.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) {
    throw new KernelError(
      'EPERM',
      'fallocate',
      `The file is sealed against writing (its seals are ${pages.seals}).`,
    );
  }
  const unmapStart = Math.ceil(offset / PAGE_SIZE) * PAGE_SIZE;
  const unmapEnd = Math.floor((offset + length) / PAGE_SIZE) * PAGE_SIZE - 1;
  // The kernel compares as unsigned: a hole that ends inside page 0 has end -1 and passes.
  if (unmapEnd > unmapStart || unmapEnd < 0) {
    unmapMappingRange(pages.context, pages.inode.mapping, unmapStart, 1 + unmapEnd - unmapStart, false);
  }
  pages.truncateRange(offset, offset + length);
}

function reserve(pages: ShmemPages, offset: number, length: number, keepSize: boolean): void {
  const { inode } = pages;
  const end = offset + length;
  if ((pages.seals & F_SEAL_GROW) !== 0 && end > inode.sizeBytes && !keepSize) {
    throw new KernelError(
      'EPERM',
      'fallocate',
      `The file is sealed against growing beyond ${inode.sizeBytes} bytes.`,
    );
  }
  const fresh: PageIndex[] = [];
  for (let pgoff = Math.floor(offset / PAGE_SIZE); pgoff < Math.ceil(end / PAGE_SIZE); pgoff++) {
    if (pages.findPage(pgoff) !== NO_PFN) continue;
    if (pages.reservePage(pgoff) === NO_PFN) {
      for (const undo of fresh) pages.truncateRange(undo * PAGE_SIZE, (undo + 1) * PAGE_SIZE);
      throw new KernelError('ENOMEM', 'fallocate', `No memory for page ${pgoff}.`);
    }
    fresh.push(pgoff);
  }
  if (!keepSize && end > inode.sizeBytes) inode.sizeBytes = end;
}

/** Write `length` bytes of one value. Models shmem_file_write_iter(). @returns bytes written */
function writeShmem(file: OpenFile, offset: number, length: number, fill: number): number {
  const pages = pagesOf(file.inode);
  const { inode, context } = pages;
  if (length === 0) return 0;
  if ((pages.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) {
    throw new KernelError(
      'EPERM',
      'write',
      `The file is sealed against writing (its seals are ${pages.seals}).`,
    );
  }
  let done = 0;
  while (done < length) {
    const position = offset + done;
    const inPage = position % PAGE_SIZE;
    const part = Math.min(PAGE_SIZE - inPage, length - done);
    if ((pages.seals & F_SEAL_GROW) !== 0 && position + part > inode.sizeBytes) {
      if (done > 0) return done;
      throw new KernelError(
        'EPERM',
        'write',
        `The file is sealed against growing beyond ${inode.sizeBytes} bytes.`,
      );
    }
    const pfn = pages.getPage(Math.floor(position / PAGE_SIZE));
    if (pfn === NO_PFN) {
      if (done > 0) return done;
      throw new KernelError('ENOMEM', 'write', `No memory for the page at byte ${position}.`);
    }
    context.frames.setFlag(pfn, PG_DIRTY);
    if (part === PAGE_SIZE) context.plane.fillPages(pfn, 1, fill);
    else context.plane.fillBytes(pfn, inPage, part, fill);
    done += part;
    if (position + part > inode.sizeBytes) inode.sizeBytes = position + part;
  }
  return done;
}

function llseekShmem(
  file: OpenFile,
  offset: number,
  whence: 'set' | 'cur' | 'end' | 'data' | 'hole',
): number {
  const pages = pagesOf(file.inode);
  const size = file.inode.sizeBytes;
  let position: number;
  if (whence === 'data' || whence === 'hole') {
    if (offset < 0 || offset >= size) {
      throw new KernelError('ENXIO', 'lseek', `Offset ${offset} is not inside the file of ${size} bytes.`);
    }
    position = pages.seek(offset, whence === 'hole');
    if (whence === 'data' && position === size) {
      throw new KernelError('ENXIO', 'lseek', `No data lies behind offset ${offset}.`);
    }
  } else {
    position = offset + (whence === 'cur' ? file.pos : whence === 'end' ? size : 0);
    if (position < 0) throw new KernelError('EINVAL', 'lseek', `The position ${position} is negative.`);
  }
  file.pos = position;
  return position;
}

export const shmemFileOps: FileOperations = snapshotConstant('mm.shmemFileOps', {
  name: 'shmem',
  mmap(_file: OpenFile, vma: object): void {
    (vma as VmArea).ops = shmemVmOps;
  },
  llseek: llseekShmem,
  read(file: OpenFile, offset: number, length: number): number {
    return Math.max(0, Math.min(length, file.inode.sizeBytes - offset));
  },
  write: writeShmem,
  /** Memory has nowhere to write back to. Models noop_fsync(). */
  fsync(): void {},
  truncate(file: OpenFile, size: number): void {
    truncateShmem(file.inode, size);
  },
  fallocate(
    file: OpenFile,
    mode: 'punch' | 'holeonly' | 'zero' | 'collapse' | 'keep' | 'none',
    offset: number,
    length: number,
  ): void {
    const pages = pagesOf(file.inode);
    if (mode === 'punch') punchHole(pages, offset, length);
    else if (mode === 'none' || mode === 'keep') reserve(pages, offset, length, mode === 'keep');
    else throw new KernelError('EOPNOTSUPP', 'fallocate', `Shared memory does not know the mode ${mode}.`);
  },
});
