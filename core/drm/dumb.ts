/**
 * Dumb buffers: linear memory for a picture, for tasks that know no driver.
 *
 * Models     drivers/gpu/drm/drm_dumb_buffers.c, drm_gem_vram_fill_create_dumb (Linux 6.12)
 * Units      pixels, bits per pixel, bytes
 */
import { KernelError } from '../base/errno.ts';
import { pagesUp } from '../base/units.ts';
import type { DrmFile } from './drm_file.ts';
import { handleForNew, lookupHandle } from './gem_handle.ts';
import type { GemObject } from './gem_object.ts';

const U32_MAX = 0xffffffff;

export interface DumbBuffer {
  readonly handle: number;
  readonly pitch: number;
  /** Bytes, whole pages. */
  readonly size: number;
  readonly object: GemObject;
}

/** @throws KernelError EINVAL zero or overflowing sizes; ENOMEM, ENOSPC */
export function createDumb(file: DrmFile, width: number, height: number, bpp: number): DumbBuffer {
  const refuse = (why: string): never => {
    throw new KernelError('EINVAL', 'createDumb', `${width} x ${height} pixels of ${bpp} bits ${why}.`);
  };
  if (width <= 0 || height <= 0 || bpp <= 0) refuse('are no picture');
  if (bpp > U32_MAX - 8) refuse('overflow');
  const cpp = Math.ceil(bpp / 8);
  if (cpp > Math.floor(U32_MAX / width)) refuse('overflow a line');
  if (height > Math.floor(U32_MAX / (cpp * width))) refuse('overflow 32 bits');
  const { driver } = file.device;
  const pitch = driver.dumbPitch(width, cpp, bpp);
  const nrPages = pagesUp(pitch * height);
  // PAGE_ALIGN() in 32 bits wraps to 0 for the last page below 4 GiB.
  if (nrPages >= 2 ** 20) refuse('overflow 32 bits');
  const object = driver.createDumb(file, nrPages);
  const handle = handleForNew(file, object);
  return { handle, pitch, size: object.sizeBytes, object };
}

/** The mmap offset of a handle's object, in bytes. @throws KernelError ENOENT; EINVAL another exporter's buffer */
export function mapDumb(file: DrmFile, handle: number): number {
  const object = lookupHandle(file, handle, 'mapDumb');
  if (object.importAttach !== null) {
    throw new KernelError('EINVAL', 'mapDumb', `Object ${object.id} is a buffer of another exporter.`);
  }
  return object.mmapOffset;
}
