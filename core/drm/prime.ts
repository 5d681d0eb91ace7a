/**
 * PRIME on one device: handles to shared buffers and back.
 *
 * Models     drivers/gpu/drm/drm_prime.c (Linux 6.12)
 * Invariants I1 exporting an object again gives the same buffer, in the access mode of the first export
 *            I2 importing a buffer of this device gives the same object, and the handle the file has of it
 *            I3 each cache entry of a file, and the object itself while it has handles, hold one reference of the buffer's file
 */
import { KernelError } from '../base/errno.ts';
import { snapshotConstant } from '../base/snapshot.ts';
import type { Pfn } from '../base/units.ts';
import { type DmaBuf, type DmaBufOps, dmaBufOfFile } from '../dma_buf/dma_buf.ts';
import { type AccessMode, getFile, type OpenFile, putFile } from '../fs/open_file.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { mappingStyle } from './device_mapping.ts';
import type { DrmFile } from './drm_file.ts';
import { deleteHandle, handleForNew, lookupHandle } from './gem_handle.ts';
import { GemObject, getObject, putObject } from './gem_object.ts';
import { importForeign } from './prime_import.ts';

/** Buffers that are GEM objects. */
export const GEM_PRIME_OPS: DmaBufOps = snapshotConstant('drm.gemPrimeOps', {
  exporterName: 'drm',

  /** The mapping moves into the object's window of the device's address space. Models drm_gem_prime_mmap(). */
  mmap(buf: DmaBuf, vma: VmArea): void {
    const object = buf.priv as GemObject;
    const pgoff = vma.pgoff;
    vma.pgoff += object.offset.start;
    try {
      object.funcs.mmap(object, vma);
    } catch (refusal) {
      vma.pgoff = pgoff;
      throw refusal;
    }
  },

  /** Models drm_gem_map_attach(). */
  attach(buf: DmaBuf): void {
    const object = buf.priv as GemObject;
    const { pageList, pin } = object.funcs;
    if (!pageList)
      throw new KernelError('ENOSYS', 'attach', `Objects of ${object.funcs.name} have no page lists.`);
    pin?.(object);
  },

  detach(buf: DmaBuf): void {
    const object = buf.priv as GemObject;
    object.funcs.unpin?.(object);
  },

  mapForDevice(buf: DmaBuf): readonly Pfn[] {
    const object = buf.priv as GemObject;
    return object.funcs.pageList!(object);
  },

  release(buf: DmaBuf): void {
    putObject(buf.priv as GemObject);
  },
} satisfies DmaBufOps);

/** True for a buffer that an object of DRM stands behind. */
export function gemObjectOfBuf(buf: DmaBuf): GemObject | null {
  return buf.ops === GEM_PRIME_OPS && buf.priv instanceof GemObject ? buf.priv : null;
}

/**
 * The shared buffer of a handle's object, with one reference for the caller. Models DRM_IOCTL_PRIME_HANDLE_TO_FD.
 *
 * @param writable access mode if this is the first export
 * @throws KernelError ENOENT unknown handle or no handle left, ENOSYS driver without PRIME
 */
export function exportHandle(file: DrmFile, handle: number, writable: boolean): OpenFile {
  const { device } = file;
  if (!device.driver.prime(device)) {
    throw new KernelError('ENOSYS', 'primeExport', `The driver ${device.driver.name} cannot share buffers.`);
  }
  const object = lookupHandle(file, handle, 'primeExport');
  const known = file.primeByHandle.get(handle);
  if (known !== undefined) return getFile(known.file);
  // An imported object is shared again as what it was imported from.
  let buf = object.importAttach?.buf ?? object.dmaBuf;
  if (buf !== null) getFile(buf.file);
  else {
    buf = exportObject(object, writable ? 'rdwr' : 'rdonly');
    object.dmaBuf = buf;
    getFile(buf.file);
  }
  try {
    addPrimeHandle(file, buf, handle);
  } catch (refusal) {
    // The object keeps a buffer that was made just now.
    putFile(buf.file);
    throw refusal;
  }
  return buf.file;
}

/** A buffer that stands for the object and holds one reference of it. Models drm_gem_prime_export(). @throws KernelError ENOMEM */
function exportObject(object: GemObject, mode: AccessMode): DmaBuf {
  const { device, sizeBytes, resv, id } = object;
  getObject(object);
  try {
    const buf = device.core.dmaBufs.export(sizeBytes, mode, GEM_PRIME_OPS, object, resv, id);
    mappingStyle(device).bufferFile(device, buf.file);
    return buf;
  } catch (refusal) {
    putObject(object);
    throw refusal;
  }
}

/**
 * The handle of a shared buffer in a file. Models DRM_IOCTL_PRIME_FD_TO_HANDLE.
 *
 * @throws KernelError EINVAL not a dma-buf, or one that this device cannot take; ENOSYS, ENODEV as exporter and driver refuse
 */
export function importBuf(file: DrmFile, bufFile: OpenFile): { handle: number; object: GemObject } {
  const buf = dmaBufOfFile(bufFile);
  if (buf === null) throw new KernelError('EINVAL', 'primeImport', `${bufFile.ops.name} is no dma-buf.`);
  for (const [handle, known] of file.primeByHandle) {
    if (known === buf) return { handle, object: file.handles.get(handle)! };
  }
  const own = gemObjectOfBuf(buf);
  const object =
    own !== null && own.device === file.device ? getObject(own) : importForeign(file.device, buf);
  const handle = handleForNew(file, object);
  // A buffer whose object lost its last handle meanwhile becomes the object's own again.
  if (object.dmaBuf === null) {
    object.dmaBuf = buf;
    getFile(buf.file);
  }
  try {
    addPrimeHandle(file, buf, handle);
  } catch (refusal) {
    deleteHandle(file, handle, 'primeImport');
    throw refusal;
  }
  return { handle, object };
}

/** @throws KernelError ENOMEM */
function addPrimeHandle(file: DrmFile, buf: DmaBuf, handle: number): void {
  file.device.core.mm.faults.slab('drm_prime_add_buf_handle', 'a member of the cache of buffers');
  file.primeByHandle.set(handle, buf);
  getFile(buf.file);
}

/** A handle goes: its cache entry with it. */
export function dropPrimeHandle(file: DrmFile, handle: number): void {
  const buf = file.primeByHandle.get(handle);
  if (buf === undefined) return;
  file.primeByHandle.delete(handle);
  if (file.device.core.mm.sabotage !== 'prime-forgets-put') putFile(buf.file);
}
