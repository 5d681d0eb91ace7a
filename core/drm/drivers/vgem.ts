/**
 * A device without hardware: shmem objects, shared with everybody through PRIME.
 *
 * Models     drivers/gpu/drm/vgem/vgem_drv.c (Linux 6.12)
 * Left out   fences that user space attaches and signals (vgem_fence.c)
 */
import { snapshotConstant } from '../../base/snapshot.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { DrmDriver } from '../drm_driver.ts';
import type { DrmFile } from '../drm_file.ts';
import { createImportedShmemObject, createShmemObject } from '../drm_gem_shmem.ts';

export const VGEM_DRIVER: DrmDriver = snapshotConstant('drm.driver.vgem', {
  name: 'vgem',
  bus: 'none',
  modeset: false,
  renderNode: true,
  prime: () => true,
  // No hardware, so there is nothing to set up and nothing to end.
  probe(): void {},
  release(): void {},
  createDumb: (file: DrmFile, nrPages: number) => createShmemObject(file.device, nrPages),
  /** Whole bits of a line: formats need not be whole bytes a pixel. */
  dumbPitch: (width: number, _bytesPerPixel: number, bitsPerPixel: number) =>
    Math.ceil((width * bitsPerPixel) / 8),
  importPages: (device: DrmDevice, nrPages: number) => createImportedShmemObject(device, nrPages),
} satisfies DrmDriver);
