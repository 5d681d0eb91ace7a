/**
 * Buffer objects whose memory is a file in shared memory; for devices without memory of their own.
 *
 * Models     drivers/gpu/drm/drm_gem_shmem_helper.c (Linux 6.12)
 * Units      pages
 * Invariants I1 pagesUseCount = mappings + (1 if pinned); its frames are held and its file is unevictable while it is > 0
 *            I2 a mapping keeps the pages in memory, also after the last handle
 *            I3 pagesPinCount = devices attached to its shared buffer
 * Rule       a fault installs one entry, writable if the mapping is; the page is counted from the start of the VMA, not from its
 *            file page, so a mapping whose head was cut off shows the object's first pages again (as the recordings do)
 * Left out   vmap, madvise and purging
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import type { Pages, Pfn } from '../base/units.ts';
import { mmapDmaBuf } from '../dma_buf/dma_buf_attach.ts';
import { type OpenFile, putFile } from '../fs/open_file.ts';
import { isCowMapping, vmfInsertPfn } from '../mm/insert_pfn.ts';
import { NO_PFN, PG_DIRTY } from '../mm/page_frame.ts';
import { shmemFileSetup, shmemPagesOfFile } from '../mm/shmem_setup.ts';
import { VM_DONTDUMP, VM_DONTEXPAND, VM_PFNMAP, VM_WRITE, type VmArea } from '../mm/vm_area.ts';
import type { VmFault, VmFaultReason, VmOperations } from '../mm/vm_fault.ts';
import { GEM_VM_CLOSE, GEM_VM_OPEN, VMF_INSERT_PFN_PROT } from '../trace/events/drm.ts';
import { GEM_SHMEM_PAGES, GEM_SHMEM_VM_CLOSE, GEM_SHMEM_VM_OPEN } from '../trace/events/gem_shmem.ts';
import type { DrmDevice } from './drm_device.ts';
import { createMmapOffset, GemObject, type GemObjectFuncs, getObject, putObject } from './gem_object.ts';
import { releaseImport } from './prime_import.ts';

export class ShmemObject extends GemObject {
  /** Its backing file; null for an object that stands for another exporter's buffer. */
  file: OpenFile | null = null;
  /** Its frames, in order, while somebody uses them. */
  pages: readonly Pfn[] | null = null;
  pagesUseCount = 0;
  pagesPinCount = 0;
}
snapshotClass(ShmemObject, 'drm.ShmemObject');

/** A new object without pages. @throws KernelError ENOSPC no mmap offset, ENOMEM; nothing is left then */
export function createShmemObject(device: DrmDevice, nrPages: Pages): ShmemObject {
  const object = newObject(device, nrPages);
  const { vfs, mm } = device.core;
  try {
    object.file = shmemFileSetup(vfs, mm, 'drm mm object', object.sizeBytes);
  } catch (refusal) {
    putObject(object);
    throw refusal;
  }
  return object;
}

/** A new object for memory of another exporter; it has a window, but no pages of its own. @throws KernelError ENOSPC */
export function createImportedShmemObject(device: DrmDevice, nrPages: Pages): ShmemObject {
  return newObject(device, nrPages);
}

function newObject(device: DrmDevice, nrPages: Pages): ShmemObject {
  device.core.mm.faults.slab('drm_gem_shmem_create', 'an object');
  const object = new ShmemObject(device, nrPages, SHMEM_OBJECT_FUNCS);
  try {
    createMmapOffset(object);
  } catch (refusal) {
    putObject(object);
    throw refusal;
  }
  return object;
}

/** One more user of the pages; the first one reads all of them in. Models drm_gem_shmem_get_pages(). @throws KernelError ENOMEM */
export function getShmemPages(object: ShmemObject): readonly Pfn[] {
  if (object.pagesUseCount === 0) {
    object.pages = readPages(object);
    object.file!.mapping.unevictable = true;
  }
  object.pagesUseCount++;
  emitUses(object);
  return object.pages!;
}

function readPages(object: ShmemObject): Pfn[] {
  const { frames, faults } = object.device.core.mm;
  faults.slab('drm_gem_get_pages', 'the list of its pages');
  const cache = shmemPagesOfFile(object.file!);
  const pages: Pfn[] = [];
  for (let page = 0; page < object.nrPages; page++) {
    const pfn = cache.getPage(page);
    if (pfn === NO_PFN) {
      for (const held of pages) frames.put(held);
      throw new KernelError(
        'ENOMEM',
        'drm_gem_get_pages',
        `No memory for page ${page} of object ${object.id}.`,
      );
    }
    frames.get(pfn);
    pages.push(pfn);
  }
  return pages;
}

/** One user less; the last one lets the pages go, which stay in the file. Models drm_gem_shmem_put_pages(). */
export function putShmemPages(object: ShmemObject): void {
  invariant(object.pagesUseCount > 0, () => `Pages of object ${object.id} are let go once too often.`);
  object.pagesUseCount--;
  emitUses(object);
  if (object.pagesUseCount > 0) return;
  const { frames } = object.device.core.mm;
  for (const pfn of object.pages!) {
    frames.setFlag(pfn, PG_DIRTY);
    frames.put(pfn);
  }
  object.pages = null;
  object.file!.mapping.unevictable = false;
}

function emitUses(object: ShmemObject): void {
  object.device.trace.emit(GEM_SHMEM_PAGES, object.id, object.nrPages, object.pagesUseCount);
}

function pin(object: GemObject): void {
  const shmem = object as ShmemObject;
  if (shmem.pagesPinCount === 0) getShmemPages(shmem);
  shmem.pagesPinCount++;
}

function unpin(object: GemObject): void {
  const shmem = object as ShmemObject;
  invariant(shmem.pagesPinCount > 0, () => `Object ${object.id} is unpinned once too often.`);
  shmem.pagesPinCount--;
  if (shmem.pagesPinCount === 0) putShmemPages(shmem);
}

function mmap(object: GemObject, vma: VmArea): void {
  const shmem = object as ShmemObject;
  if (object.importAttach !== null) {
    mmapDmaBuf(object.importAttach.buf, vma, vma.pgoff - object.offset.start);
    return;
  }
  if (isCowMapping(vma)) {
    throw new KernelError('EINVAL', 'mmap', `Object ${object.id} can only be mapped shared.`);
  }
  getShmemPages(shmem);
  vma.ops = SHMEM_VM_OPS;
  vma.privateData = getObject(object);
  vma.flags |= VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
}

/** What shmem objects do. */
export const SHMEM_OBJECT_FUNCS: GemObjectFuncs = snapshotConstant('drm.shmemObjectFuncs', {
  name: 'drm_gem_shmem',

  free(object: GemObject): void {
    const shmem = object as ShmemObject;
    if (object.importAttach !== null) releaseImport(object);
    invariant(
      shmem.pagesUseCount === 0,
      () => `Object ${object.id} ends with ${shmem.pagesUseCount} users of its pages.`,
    );
    if (shmem.file !== null) putFile(shmem.file);
    shmem.file = null;
  },

  mmap,
  pin,
  unpin,
  pageList: (object: GemObject) => (object as ShmemObject).pages!,
} satisfies GemObjectFuncs);

function fault(vmf: VmFault): VmFaultReason {
  const { vma } = vmf;
  const object = vma.privateData as ShmemObject;
  // Not the file page: that one contains the fake offset. A VMA that was cut at its head counts from its new start.
  const page = vmf.page - vma.start;
  if (page >= object.nrPages || object.pages === null) return 'SIGBUS';
  const pfn = object.pages[page]!;
  object.device.trace.emit(VMF_INSERT_PFN_PROT, vma.id, vmf.page, pfn);
  return vmfInsertPfn(vmf, vmf.page, pfn, { writable: (vma.flags & VM_WRITE) !== 0 });
}

/** What mappings of shmem objects do. */
export const SHMEM_VM_OPS: VmOperations = snapshotConstant('drm.shmemVmOps', {
  name: 'drm_gem_shmem_vm_ops',

  open(vma: VmArea): void {
    const object = vma.privateData as ShmemObject;
    const { trace } = object.device;
    trace.emit(GEM_SHMEM_VM_OPEN, object.id, vma.id);
    // The mapping it came from holds the pages, so this only counts.
    getShmemPages(object);
    trace.emit(GEM_VM_OPEN, object.id, vma.id);
    getObject(object);
  },

  close(vma: VmArea): void {
    const object = vma.privateData as ShmemObject;
    const { trace } = object.device;
    trace.emit(GEM_SHMEM_VM_CLOSE, object.id, vma.id);
    putShmemPages(object);
    trace.emit(GEM_VM_CLOSE, object.id, vma.id);
    vma.privateData = null;
    putObject(object);
  },

  fault,
} satisfies VmOperations);
