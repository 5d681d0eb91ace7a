/**
 * Objects come and go: for a task that gets a handle, and for the kernel itself.
 *
 * Models     i915_gem_create_ioctl, drm_gem_object_alloc, i915_gem_free_object (Linux 2.6.28). As the thread of 2008 says, the
 *            bookkeeping (createObject) is apart from the call (i915.create), so that the kernel can make objects before any task exists
 */
import { snapshotConstant } from '../../../base/snapshot.ts';
import type { Pages } from '../../../base/units.ts';
import { putFile } from '../../../fs/open_file.ts';
import { shmemFileSetup, shmemPagesOfFile } from '../../../mm/shmem_setup.ts';
import type { VmArea } from '../../../mm/vm_area.ts';
import type { DrmDevice } from '../../drm_device.ts';
import { createMmapOffset, type GemObject, type GemObjectFuncs, putObject } from '../../gem_object.ts';
import { unbindObject } from './i915_gtt.ts';
import { mmapThroughGtt } from './i915_mmap.ts';
import { I915Object } from './i915_object.ts';
import { I915Swap, noteCoreFunction, putPages } from './i915_pages.ts';

/** What objects of this driver do. */
export const I915_OBJECT_FUNCS: GemObjectFuncs = snapshotConstant('drm.i915ObjectFuncs', {
  name: 'i915_2008',

  free(gem: GemObject): void {
    const object = gem as I915Object;
    // While a user still has it on the GPU the lists hold a reference, so nothing here waits.
    object.pinCount = 0;
    unbindObject(object);
    if (object.pages !== null) putPages(object);
    if (object.file !== null) putFile(object.file);
    object.file = null;
  },

  mmap: (object: GemObject, vma: VmArea) => mmapThroughGtt(object as I915Object, vma),
} satisfies GemObjectFuncs);

/**
 * A new object without pages, in (CPU, CPU); the caller owns its reference.
 *
 * @param kernelOwned made by the kernel itself: no handle, no name
 * @throws KernelError ENOSPC no mmap offset, ENOMEM; nothing is left then
 */
export function createObject(
  device: DrmDevice,
  nrPages: Pages,
  label: string,
  kernelOwned = false,
): I915Object {
  const object = new I915Object(device, nrPages, I915_OBJECT_FUNCS, kernelOwned);
  object.label = label;
  const { core } = device;
  try {
    createMmapOffset(object);
    noteCoreFunction(device, 'shmem_file_setup');
    object.file = shmemFileSetup(core.vfs, core.mm, 'drm mm object', object.sizeBytes);
  } catch (refusal) {
    putObject(object);
    throw refusal;
  }
  shmemPagesOfFile(object.file).swap = new I915Swap(core);
  return object;
}
