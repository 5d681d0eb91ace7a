/**
 * mmap of a device node: the offset says which object, the open file must hold a handle of it.
 *
 * Models     drm_gem_mmap, drm_gem_mmap_obj, drivers/gpu/drm/drm_gem.c (Linux 6.12)
 * Units      pages
 */
import { KernelError } from '../base/errno.ts';
import type { VmArea } from '../mm/vm_area.ts';
import type { DrmFile } from './drm_file.ts';
import type { GemObject } from './gem_object.ts';

/**
 * Set a new VMA up for the object at its offset.
 *
 * @throws KernelError ENODEV unplugged; EINVAL no object starts at the offset, or the mapping is longer than it, or private;
 *         EACCES the file may not map it
 */
export function gemMmap(file: DrmFile, vma: VmArea): void {
  const { device } = file;
  if (device.unplugged)
    throw new KernelError('ENODEV', 'mmap', `The device ${device.description.name} is gone.`);
  const object = device.offsets.exactLookup(vma.pgoff, vma.nrPages) as GemObject | null;
  if (object === null || object.refcount === 0) {
    throw new KernelError(
      'EINVAL',
      'mmap',
      `No object of at least ${vma.nrPages} pages starts at page ${vma.pgoff} of the device.`,
    );
  }
  if (!object.offset.isAllowed(file)) {
    throw new KernelError('EACCES', 'mmap', `The file has no handle of object ${object.id}.`);
  }
  object.funcs.mmap(object, vma);
}
