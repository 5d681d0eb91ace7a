/**
 * The display of a virtual machine: shmem objects that the host reads; no memory of its own, no foreign memory.
 *
 * Models     drivers/gpu/drm/virtio/virtgpu_drv.c, virtgpu_gem.c, virtgpu_prime.c without 3D (Linux 6.12)
 * Left out   the host's side: resources, transfers, cursor, 3D contexts
 */
import { KernelError } from '../../base/errno.ts';
import { snapshotConstant } from '../../base/snapshot.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { DrmDriver } from '../drm_driver.ts';
import type { DrmFile } from '../drm_file.ts';
import { createShmemObject } from '../drm_gem_shmem.ts';
import { crtcOff } from '../framebuffer.ts';
import type { GemObject } from '../gem_object.ts';

export const VIRTIO_GPU_DRIVER: DrmDriver = snapshotConstant('drm.driver.virtio_gpu', {
  name: 'virtio_gpu',
  bus: 'virtio',
  renderNode: true,
  prime: () => true,
  probe(): void {},
  unplug: (device: DrmDevice) => crtcOff(device),
  release(): void {},
  createDumb: (file: DrmFile, nrPages: number) => createShmemObject(file.device, nrPages),

  dumbPitch(width: number, _bytesPerPixel: number, bitsPerPixel: number): number {
    if (bitsPerPixel !== 32) {
      throw new KernelError('EINVAL', 'createDumb', `The host shows 32 bits a pixel, not ${bitsPerPixel}.`);
    }
    return width * 4;
  },

  importPages(device: DrmDevice): GemObject {
    // virtgpu_gem_prime_import_sg_table(): the host cannot read memory that is not the guest's own object.
    throw new KernelError(
      'ENODEV',
      'primeImport',
      `${device.description.name} uses no memory of other exporters.`,
    );
  },
} satisfies DrmDriver);
