/**
 * mmap of a device: first the driver as a whole, then page by page.
 *
 * Models     devfs_mmap_f (sys/fs/devfs/devfs_vnops.c), vm_mmap_cdev (sys/vm/vm_mmap.c), F9.3, F14
 * Order      rights (the caller's check, EACCES), device gone (ENXIO), private (EINVAL), d_mmap_single, d_mmap of every page
 */
import { KernelError } from '../base/errno.ts';
import { type OpenFile, putFile } from '../fs/open_file.ts';
import {
  VM_ACCESS,
  VM_DONTDUMP,
  VM_DONTEXPAND,
  VM_IO,
  VM_MAYSHARE,
  VM_PFNMAP,
  type VmArea,
} from '../mm/vm_area.ts';
import { BSD_ENTRY, BSD_ENTRY_WORDS } from '../trace/events/bsd.ts';
import type { Cdev, CdevSwitch } from './cdev.ts';
import { bsdFileOf } from './cdevpriv.ts';
import { cdevPagerAllocate, OLD_DEV_PAGER_OPS, type PagerRequest } from './device_pager.ts';
import { BSD_VM_OPS } from './vm_fault.ts';
import { mapEntryFile, type VmObject } from './vm_object.ts';

const D_MMAP_SINGLE = BSD_ENTRY_WORDS.indexOf('d_mmap_single');

/**
 * Make the VMA show pages of the device; td_fpop is the file, a thread is inside.
 *
 * @throws KernelError EINVAL, or what d_mmap_single says; nothing has changed then
 */
export function devfsMmap(file: OpenFile, cdev: Cdev, sw: CdevSwitch, vma: VmArea): void {
  if ((vma.flags & VM_MAYSHARE) === 0) {
    throw new KernelError('EINVAL', 'mmap', 'Mappings of devices are shared.');
  }
  const { object, page } = findObject(file, cdev, sw, vma);
  vma.pgoff = page;
  vma.file = mapEntryFile(object, file);
  vma.ops = BSD_VM_OPS;
  vma.flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
  // The entry keeps the object, not the descriptor.
  putFile(file);
}

/** Models vm_mmap_cdev(). @returns the object with a reference for the map entry */
function findObject(
  file: OpenFile,
  cdev: Cdev,
  sw: CdevSwitch,
  vma: VmArea,
): { object: VmObject; page: number } {
  const { core } = cdev;
  const request: PagerRequest = {
    cdev,
    page: vma.pgoff,
    nrPages: vma.nrPages,
    prot: vma.flags & VM_ACCESS,
  };
  if (sw.dMmapSingle !== undefined) {
    const { question } = core;
    question.page = request.page;
    question.nrPages = request.nrPages;
    question.prot = request.prot;
    question.object = null;
    const answer = sw.dMmapSingle(cdev, question);
    core.context.trace.emit(BSD_ENTRY, cdev.id, D_MMAP_SINGLE, core.fpop?.id ?? 0, answer === 0 ? 0 : 1);
    const { object, page } = question;
    question.object = null;
    if (answer === 0) return { object: object!, page };
    if (answer !== 'ENODEV') {
      const errno = answer === 'ERESTART' ? 'EINTR' : answer;
      throw new KernelError(errno, 'mmap', `The driver of ${cdev.name} refuses page ${request.page}.`);
    }
  }
  const handle = core.design.vmObjects === 'device' ? cdev : bsdFileOf(file);
  const object = cdevPagerAllocate(core, handle, false, OLD_DEV_PAGER_OPS, request, file);
  if (typeof object === 'string') {
    throw new KernelError('EINVAL', 'mmap', `The driver of ${cdev.name} refuses a page of the range.`);
  }
  return { object, page: request.page };
}
