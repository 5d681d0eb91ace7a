/**
 * GEM as a shmem driver: objects are ordinary descriptors, both views are mmaps of one file, domains follow faults. Not Linux: the
 * alternative that the thread of 2008 discussed (seed 001), beside the ioctls.
 *
 * Models     nothing that was merged; chapter 2.7 of the dossier
 * Rule       a fault in one view moves the object to that view's domain and takes the entries of the other view away, so that no
 *            client can forget set_domain; a batch takes both away
 * Invariants I1 each open file holds one reference of its object
 */
import { KernelError } from '../../../base/errno.ts';
import { invariant } from '../../../base/invariant.ts';
import { snapshotConstant } from '../../../base/snapshot.ts';
import type { Pages, Pfn } from '../../../base/units.ts';
import { WouldBlock } from '../../../base/would_block.ts';
import type { OpenFile } from '../../../fs/open_file.ts';
import { isCowMapping, vmfInsertPfn, vmfInsertPfnPmd } from '../../../mm/insert_pfn.ts';
import { NO_PFN } from '../../../mm/page_frame.ts';
import {
  openShmemDriverFile,
  type ShmemDriverFile,
  type ShmemSubOps,
  shmemDriverFileOf,
} from '../../../mm/shmem_driver.ts';
import { shmemPagesOfFile } from '../../../mm/shmem_setup.ts';
import { unmapMappingRange } from '../../../mm/unmap_mapping.ts';
import { VM_DONTDUMP, VM_DONTEXPAND, VM_IO, VM_PFNMAP, VM_WRITE, type VmArea } from '../../../mm/vm_area.ts';
import type { VmFault, VmFaultReason, VmOperations } from '../../../mm/vm_fault.ts';
import { getObject, putObject } from '../../gem_object.ts';
import { setToCpuDomain, setToGttDomain } from './i915_domains.ts';
import { bindForFault, insertAperturePage } from './i915_mmap.ts';
import { DOMAIN_CPU, DOMAIN_GTT, I915Object } from './i915_object.ts';
import { getPages, HUGE_PAGES, noteCoreFunction } from './i915_pages.ts';
import { pwriteObject } from './i915_rw.ts';
import { i915Of } from './i915_state.ts';

function objectOf(vma: VmArea): I915Object {
  return (vma.privateData as ShmemDriverFile).subject as I915Object;
}

/** Entries of both views go; the next access faults and says in which domain it is. */
export function zapViews(object: I915Object): void {
  const { mm } = object.device.core;
  if (object.domainsByFault && object.file !== null) unmapMappingRange(mm, object.file.mapping, 0, 0, false);
}

/** Move the object to the domain of a view. @returns null, or the fault's answer when it must wait */
function enterDomain(
  vmf: VmFault,
  object: I915Object,
  domain: typeof DOMAIN_CPU | typeof DOMAIN_GTT,
): VmFaultReason | null {
  const write = (vmf.vma.flags & VM_WRITE) !== 0;
  const isThere = (object.readDomains & domain) !== 0 && (!write || object.writeDomain === domain);
  if (isThere) return null;
  zapViews(object);
  try {
    if (domain === DOMAIN_GTT) setToGttDomain(object, write);
    else setToCpuDomain(object, write);
    return null;
  } catch (waits) {
    if (!(waits instanceof WouldBlock)) throw waits;
    vmf.waitFor = waits.fence;
    return 'RETRY';
  }
}

function gttFault(vmf: VmFault): VmFaultReason {
  const object = objectOf(vmf.vma);
  noteCoreFunction(object.device, 'shmem_driver_fault');
  if (object.device.unplugged || vmf.pgoff >= object.nrPages) return 'SIGBUS';
  return (
    bindForFault(vmf, object) ??
    enterDomain(vmf, object, DOMAIN_GTT) ??
    insertAperturePage(vmf, object, vmf.pgoff)
  );
}

function backingFault(vmf: VmFault): VmFaultReason {
  const object = objectOf(vmf.vma);
  noteCoreFunction(object.device, 'shmem_driver_fault');
  if (vmf.pgoff >= object.nrPages) return 'SIGBUS';
  const waits = enterDomain(vmf, object, DOMAIN_CPU);
  if (waits !== null) return waits;
  if (object.huge) return hugeFault(vmf, object);
  const pfn = shmemPagesOfFile(object.file!).getPage(vmf.pgoff);
  if (pfn === NO_PFN) return 'OOM';
  vmf.pfn = pfn;
  return 'DONE';
}

function isRun(pages: readonly Pfn[], first: number): boolean {
  for (let i = 1; i < HUGE_PAGES; i++) if (pages[first + i] !== pages[first]! + i) return false;
  return true;
}

/** One entry of 2 MiB where mapping and frames are aligned to it, else one of 4 KiB. */
function hugeFault(vmf: VmFault, object: I915Object): VmFaultReason {
  let pages: readonly Pfn[];
  try {
    pages = getPages(object);
  } catch (refusal) {
    if (refusal instanceof KernelError) return refusal.errno === 'ENOMEM' ? 'OOM' : 'SIGBUS';
    throw refusal;
  }
  const protection = { writable: (vmf.vma.flags & VM_WRITE) !== 0 };
  const first = vmf.pgoff - (vmf.page & (HUGE_PAGES - 1));
  if (first >= 0 && first % HUGE_PAGES === 0 && isRun(pages, first)) {
    const reason = vmfInsertPfnPmd(vmf, vmf.page, pages[first]!, protection);
    if (reason !== 'FALLBACK') return reason;
  }
  return vmfInsertPfn(vmf, vmf.page, pages[vmf.pgoff]!, protection);
}

/** The view through the aperture. */
export const GEM_FILE_GTT_VM_OPS: VmOperations = snapshotConstant('drm.gemFileGttVmOps', {
  name: 'gem_file_gtt',
  fault: gttFault,
} satisfies VmOperations);

/** The view of the backing pages. */
export const GEM_FILE_VM_OPS: VmOperations = snapshotConstant('drm.gemFileVmOps', {
  name: 'gem_file',
  fault: backingFault,
} satisfies VmOperations);

const GEM_SUB_OPS: ShmemSubOps = snapshotConstant('drm.gemShmemSubOps', {
  name: 'i915 gem',

  release(subject: object, file: OpenFile): void {
    const object = subject as I915Object;
    i915Of(object.device).shmemFiles.delete(file);
    putObject(object);
  },

  mmap(subject: object, vma: VmArea, ownView: boolean): void {
    const object = subject as I915Object;
    noteCoreFunction(object.device, 'shmem_driver_mmap');
    if (isCowMapping(vma))
      throw new KernelError('EINVAL', 'mmap', `Object ${object.id} can only be mapped shared.`);
    vma.privateData = vma.file!.privateData;
    vma.ops = ownView ? GEM_FILE_GTT_VM_OPS : GEM_FILE_VM_OPS;
    if (ownView || object.huge) vma.flags |= VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
    if (ownView) vma.flags |= VM_IO;
  },

  write(subject: object, offset: number, length: number, fill: number): void {
    const object = subject as I915Object;
    zapViews(object);
    pwriteObject(object, offset, length, fill);
  },

  alignPages: (subject: object) => ((subject as I915Object).huge ? HUGE_PAGES : 1),
} satisfies ShmemSubOps);

/**
 * An open file for an object; it holds a reference of it.
 *
 * @param huge 2 MiB pages behind it; only for an object without pages
 */
export function openGemFile(object: I915Object, huge: boolean): OpenFile {
  const { device } = object;
  const { core } = device;
  invariant(
    !huge || object.nrPages % HUGE_PAGES === 0,
    () => `Object ${object.id} is no whole number of 2 MiB pages.`,
  );
  object.huge = huge;
  object.domainsByFault = true;
  const { inode } = object.file!;
  // The file's hold on the object, which it gets only when there is a file.
  const file = openShmemDriverFile(core.mm, inode, GEM_SUB_OPS, object, '/gem (deleted)');
  getObject(object);
  i915Of(device).shmemFiles.set(file, object);
  return file;
}

/** The object behind a descriptor's file. @throws KernelError EINVAL another kind of file */
export function objectOfGemFile(file: OpenFile, op: string): I915Object {
  const subject = shmemDriverFileOf(file)?.subject;
  if (!(subject instanceof I915Object))
    throw new KernelError('EINVAL', op, `${file.ops.name} is no GEM file.`);
  return subject;
}

/** Pages of an object of so many bytes: whole 2 MiB pages when they back it. */
export function gemFilePages(nrPages: Pages, huge: boolean): Pages {
  return huge ? Math.ceil(nrPages / HUGE_PAGES) * HUGE_PAGES : nrPages;
}
