/**
 * mmap: choosing a place, checking rights, merging or making the VMA.
 *
 * Models     do_mmap, mmap_region (mm/mmap.c, Linux 6.12)
 * Units      pages; byte addresses only in sysMmap
 * Rule       no entry is installed here except by MAP_POPULATE and MAP_LOCKED afterwards, or by a driver's own mmap
 */
import { KernelError } from '../base/errno.ts';
import {
  type ByteOffset,
  type Bytes,
  isPageAligned,
  PAGE_SIZE,
  type PageIndex,
  type Pages,
  pagesUp,
  type VirtAddr,
} from '../base/units.ts';
import { getFile, type OpenFile, putFile } from '../fs/open_file.ts';
import { cleanDetached, completeDetached, type DetachedRange, detachRange } from './munmap.ts';
import { TASK_PAGES } from './page_table.ts';
import { populateRange } from './populate.ts';
import { MMAP_BOTTOM, MMAP_TOP, type ProcessMm } from './process_mm.ts';
import { checkSealsAtMmap } from './seals.ts';
import {
  VM_ACCESS,
  VM_ACCOUNT,
  VM_LOCKED,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_MAYSHARE,
  VM_MAYWRITE,
  VM_NORESERVE,
  VM_SHARED,
  VM_SOFTDIRTY,
  VM_SPECIAL,
  VM_WRITE,
  type VmArea,
} from './vm_area.ts';
import { allocVma, insertVma, linkFile } from './vma_link.ts';
import { mergeNewRange } from './vma_merge.ts';
import { zapRange } from './zap.ts';

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const MAP_SHARED = 0x1;
export const MAP_PRIVATE = 0x2;
export const MAP_SHARED_VALIDATE = 0x3;
const MAP_TYPE = 0xf;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_LOCKED = 0x2000;
export const MAP_NORESERVE = 0x4000;
export const MAP_POPULATE = 0x8000;
export const MAP_NONBLOCK = 0x10000;
export const MAP_STACK = 0x20000;
export const MAP_SYNC = 0x80000;
export const MAP_FIXED_NOREPLACE = 0x100000;
/** Flags that MAP_SHARED_VALIDATE knows for every file (LEGACY_MAP_MASK). */
const LEGACY_MAP_MASK =
  MAP_SHARED |
  MAP_PRIVATE |
  MAP_FIXED |
  MAP_ANONYMOUS |
  0x900 |
  0x1000 |
  MAP_LOCKED |
  MAP_NORESERVE |
  MAP_POPULATE |
  MAP_NONBLOCK |
  MAP_STACK |
  0x40000 |
  0x4000000;

/** What a caller of doMmap asks for. */
export interface MmapRequest {
  /** Wished first page, relative to the base; null = anywhere. A must with MAP_FIXED. */
  readonly page: PageIndex | null;
  readonly nrPages: Pages;
  /** First page of the file; not used for anonymous memory. */
  readonly pgoff: PageIndex;
  /** PROT_* bits. */
  readonly prot: number;
  /** MAP_* bits. */
  readonly flags: number;
}

/**
 * Find free pages from high to low, or check the wished place. Models get_unmapped_area().
 * @throws KernelError ENOMEM when nothing fits
 */
export function findUnmappedArea(
  mm: ProcessMm,
  wish: PageIndex | null,
  nrPages: Pages,
  op: string,
): PageIndex {
  if (nrPages > TASK_PAGES) {
    throw new KernelError(
      'ENOMEM',
      op,
      `${nrPages} pages are more than the address space has (${TASK_PAGES}).`,
    );
  }
  if (
    wish !== null &&
    wish >= 0 &&
    wish + nrPages <= TASK_PAGES &&
    mm.firstOverlap(wish, wish + nrPages) === null
  ) {
    return wish;
  }
  let gapEnd = MMAP_TOP;
  const { vmas } = mm;
  let last = vmas.length - 1;
  while (last >= 0 && vmas[last]!.start >= MMAP_TOP) last--;
  for (let i = last; gapEnd - nrPages >= MMAP_BOTTOM; i--) {
    const gapStart = i >= 0 ? vmas[i]!.end : 0;
    if (gapEnd - gapStart >= nrPages) return gapEnd - nrPages;
    if (i < 0) break;
    gapEnd = Math.min(gapEnd, vmas[i]!.start);
  }
  throw new KernelError('ENOMEM', op, `No ${nrPages} free pages lie next to each other.`);
}

/**
 * Free pages as the file wants them: device-dax asks for (address - offset) to be a multiple of its alignment, and gets it
 * where there is room. Models dax_get_unmapped_area().
 */
function findAlignedArea(mm: ProcessMm, file: OpenFile | null, request: MmapRequest): PageIndex {
  const { page, nrPages, pgoff } = request;
  const align = file?.ops.mmapAlignPages?.(file) ?? 1;
  const aligned = Math.ceil(pgoff / align) * align;
  if (align === 1 || page !== null || pgoff + nrPages - aligned < align)
    return findUnmappedArea(mm, page, nrPages, 'mmap');
  const area = findUnmappedArea(mm, null, nrPages + align, 'mmap');
  return area + ((((pgoff - area) % align) + align) % align);
}

/** Flags of a file mapping by the rights of the descriptor. @throws KernelError EACCES, EINVAL, ENODEV, EOPNOTSUPP, EPERM */
function fileFlags(file: OpenFile, request: MmapRequest, flags: number): number {
  let vmFlags = flags;
  const { prot } = request;
  const type = request.flags & MAP_TYPE;
  if (type === MAP_SHARED || type === MAP_SHARED_VALIDATE) {
    const known = LEGACY_MAP_MASK | (file.ops.mmapSync === true ? MAP_SYNC : 0) | MAP_FIXED_NOREPLACE;
    if (type === MAP_SHARED_VALIDATE && (request.flags & ~known) !== 0) {
      throw new KernelError(
        'EOPNOTSUPP',
        'mmap',
        `${file.path} does not know all of the flags ${request.flags}.`,
      );
    }
    if ((prot & PROT_WRITE) !== 0 && !file.writable) {
      throw new KernelError('EACCES', 'mmap', `${file.path} is not open for writing.`);
    }
    vmFlags |= VM_SHARED | VM_MAYSHARE;
    if (!file.writable) vmFlags &= ~(VM_MAYWRITE | VM_SHARED);
  } else if (type !== MAP_PRIVATE) {
    throw new KernelError('EINVAL', 'mmap', 'The mapping is neither shared nor private.');
  }
  if (!file.readable) throw new KernelError('EACCES', 'mmap', `${file.path} is not open for reading.`);
  if (file.ops.mmap === undefined) throw new KernelError('ENODEV', 'mmap', `${file.path} cannot be mapped.`);
  return checkSealsAtMmap(file, vmFlags);
}

/**
 * Map pages of a file, or anonymous memory.
 *
 * @param file null for anonymous memory; the mapping takes a reference of its own
 * @returns first page, relative to the base
 * @throws KernelError as mmap(2); with MAP_FIXED a refusal by the file's own mmap comes after the old mappings are gone
 */
export function doMmap(mm: ProcessMm, file: OpenFile | null, request: MmapRequest): PageIndex {
  const { nrPages } = request;
  let { flags } = request;
  if (nrPages <= 0) throw new KernelError('EINVAL', 'mmap', 'The length is 0.');
  if (request.pgoff + nrPages > 2 ** 52) {
    throw new KernelError('EOVERFLOW', 'mmap', `File page ${request.pgoff} and ${nrPages} more overflow.`);
  }
  if (mm.vmas.length > mm.context.maxMapCount) {
    throw new KernelError('ENOMEM', 'mmap', `The task has ${mm.vmas.length} mappings already.`);
  }
  if ((flags & MAP_FIXED_NOREPLACE) !== 0) flags |= MAP_FIXED;
  let page: PageIndex;
  if ((flags & MAP_FIXED) !== 0) {
    page = request.page ?? 0;
    if (page < 0 || page + nrPages > TASK_PAGES) {
      throw new KernelError(
        'ENOMEM',
        'mmap',
        `Pages ${page} to ${page + nrPages} are not in the address space.`,
      );
    }
    if ((flags & MAP_FIXED_NOREPLACE) !== 0 && mm.firstOverlap(page, page + nrPages) !== null) {
      throw new KernelError('EEXIST', 'mmap', `Pages ${page} to ${page + nrPages} are not free.`);
    }
  } else {
    page = findAlignedArea(mm, file, request);
  }
  let vmFlags = (request.prot & VM_ACCESS) | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
  if ((flags & MAP_LOCKED) !== 0) vmFlags |= VM_LOCKED;
  let { pgoff } = request;
  if (file !== null) {
    vmFlags = fileFlags(file, request, vmFlags);
  } else if ((flags & MAP_TYPE) === MAP_PRIVATE) {
    pgoff = page;
  } else {
    throw new KernelError('EINVAL', 'mmap', 'Anonymous memory must be private; share a memfd instead.');
  }
  if ((flags & MAP_NORESERVE) !== 0) vmFlags |= VM_NORESERVE;
  const vma = mapRegion(mm, file, page, page + nrPages, pgoff, vmFlags);
  if ((vma.flags & VM_LOCKED) !== 0 || (flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE) {
    populateRange(mm, page, page + nrPages, true);
  }
  return page;
}

/** Models mmap_region(). @returns the VMA that covers the range, possibly grown from a neighbour */
function mapRegion(
  mm: ProcessMm,
  file: OpenFile | null,
  start: PageIndex,
  end: PageIndex,
  pgoff: PageIndex,
  wanted: number,
): VmArea {
  let flags = wanted;
  if (
    file !== null &&
    (flags & (VM_SHARED | VM_MAYWRITE)) === (VM_SHARED | VM_MAYWRITE) &&
    file.mapping.mmapWritable < 0
  ) {
    throw new KernelError('EPERM', 'mmap', `${file.path} denies shared writable mappings.`);
  }
  const old = detachRange(mm, start, end, 'mmap');
  if ((flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) === VM_WRITE) flags |= VM_ACCOUNT;
  if (old !== null) cleanDetached(mm, old);
  const index = mm.indexOfFirstEndingAfter(start);
  const prev = mm.vmas[index - 1] ?? null;
  const next = mm.vmas[index] ?? null;
  let vma = mergeNewRange({ start, end, pgoff, flags, file, anonVma: null }, prev, next);
  if (vma === null) {
    vma = newVma(mm, file, start, end, pgoff, flags, old);
    if (vma.flags !== flags && file !== null && prev !== null) {
      const merged = mergeNewRange({ start, end, pgoff, flags: vma.flags, file, anonVma: null }, prev, next);
      if (merged !== null) {
        putFile(file);
        vma = merged;
      }
    }
    if (vma.start === start && vma.end === end) {
      // A driver's mmap may have moved the file window.
      vma.pageDelta = vma.pgoff - start;
      insertVma(vma);
      linkFile(vma);
    }
  }
  if (old !== null) completeDetached(mm, old);
  if ((vma.flags & VM_LOCKED) !== 0) {
    if ((vma.flags & VM_SPECIAL) !== 0 || vma.isDax) vma.flags &= ~VM_LOCKED;
    else mm.lockedPages += end - start;
  }
  vma.flags |= VM_SOFTDIRTY;
  return vma;
}

/** Make the VMA and let the file's own mmap look at it. @throws what that throws; entries it made are gone then */
function newVma(
  mm: ProcessMm,
  file: OpenFile | null,
  start: PageIndex,
  end: PageIndex,
  pgoff: PageIndex,
  flags: number,
  old: DetachedRange | null,
): VmArea {
  let vma: VmArea | null = null;
  try {
    vma = allocVma(mm, start, end, pgoff, flags);
    if (file === null) return vma;
    vma.file = getFile(file);
    file.ops.mmap!(file, vma);
  } catch (refusal) {
    if (vma !== null) {
      zapRange(vma, start, end, true);
      mm.pageTable.freeEmptyLeaves(start, end);
      putFile(vma.file!);
    }
    // Their close hooks have run, so the old mappings cannot come back: a gap is left.
    if (old !== null) completeDetached(mm, old);
    throw refusal;
  }
  return vma;
}

/** mmap(2) with byte numbers. */
export interface SysMmapRequest {
  /** Byte address; 0 or null = anywhere. */
  readonly addr: VirtAddr | null;
  readonly length: Bytes;
  readonly offset: ByteOffset;
  readonly prot: number;
  readonly flags: number;
}

/**
 * mmap(2): the checks on byte numbers, then doMmap.
 * @returns byte address
 * @throws KernelError EINVAL for offsets or fixed addresses inside a page or length 0, else as doMmap
 */
export function sysMmap(mm: ProcessMm, file: OpenFile | null, request: SysMmapRequest): VirtAddr {
  const { addr, length, offset, prot, flags } = request;
  if (!isPageAligned(offset)) throw new KernelError('EINVAL', 'mmap', `Offset ${offset} is inside a page.`);
  if (length === 0) throw new KernelError('EINVAL', 'mmap', 'The length is 0.');
  if (length < 0 || length > TASK_PAGES * PAGE_SIZE) {
    throw new KernelError('ENOMEM', 'mmap', `${length} bytes do not fit into the address space.`);
  }
  const isFixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0;
  if (isFixed && !isPageAligned(addr ?? 0)) {
    throw new KernelError('EINVAL', 'mmap', `The fixed address ${addr} is inside a page.`);
  }
  const wish = addr === null || (addr === 0 && !isFixed) ? null : mm.pageOfAddress(addr);
  const page = doMmap(mm, file, {
    page: wish,
    nrPages: pagesUp(length),
    pgoff: offset / PAGE_SIZE,
    prot,
    flags,
  });
  return mm.addressOf(page);
}
