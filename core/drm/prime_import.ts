/**
 * Objects that stand for buffers of other exporters.
 *
 * Models     drm_gem_prime_import_dev, drm_prime_gem_destroy, drivers/gpu/drm/drm_prime.c (Linux 6.12)
 * Invariants I1 the object shares the buffer's reservation, has one attachment to it and holds one reference of its file
 */
import { KernelError } from '../base/errno.ts';
import { PAGE_SIZE } from '../base/units.ts';
import type { DmaBuf } from '../dma_buf/dma_buf.ts';
import { attachDmaBuf, detachDmaBuf, mapAttachment, unmapAttachment } from '../dma_buf/dma_buf_attach.ts';
import { getFile, putFile } from '../fs/open_file.ts';
import type { DrmDevice } from './drm_device.ts';
import type { GemObject } from './gem_object.ts';

/**
 * A new object of the device for the buffer, with one reference for the caller.
 *
 * @throws KernelError EINVAL the driver imports nothing; ENOSYS, ENODEV as exporter and driver refuse; ENOMEM, ENOSPC. Nothing
 *         is left then
 */
export function importForeign(device: DrmDevice, buf: DmaBuf): GemObject {
  const { driver, description } = device;
  if (!driver.importPages) {
    throw new KernelError('EINVAL', 'primeImport', `${description.name} cannot import buffers of others.`);
  }
  const attachment = attachDmaBuf(buf, description.name);
  getFile(buf.file);
  try {
    mapAttachment(attachment);
    const object = driver.importPages(device, buf.size / PAGE_SIZE);
    object.importAttach = attachment;
    object.resv = buf.resv;
    return object;
  } catch (refusal) {
    if (attachment.pages !== null) unmapAttachment(attachment);
    detachDmaBuf(attachment);
    putFile(buf.file);
    throw refusal;
  }
}

/** The object ends: let the buffer go. Models drm_prime_gem_destroy(). */
export function releaseImport(object: GemObject): void {
  const attachment = object.importAttach!;
  object.importAttach = null;
  unmapAttachment(attachment);
  detachDmaBuf(attachment);
  putFile(attachment.buf.file);
}
