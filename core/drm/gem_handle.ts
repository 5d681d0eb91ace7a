/**
 * Handles and names: how tasks call objects.
 *
 * Models     drivers/gpu/drm/drm_gem.c (Linux 6.12)
 * Invariants I1 all handles together hold one reference of the object, taken when handleCount goes from 0 to 1
 *            I2 a deleted handle does not resolve, and its number is free only when its release is over
 */
import { KernelError } from '../base/errno.ts';
import { putFile } from '../fs/open_file.ts';
import { GEM_HANDLE_CREATE, GEM_HANDLE_DELETE } from '../trace/events/drm.ts';
import type { DrmFile } from './drm_file.ts';
import { type GemObject, getObject, putObject } from './gem_object.ts';
import { dropPrimeHandle } from './prime.ts';

/** One more handle (or framebuffer) of the object. */
export function handleCountGet(object: GemObject): void {
  if (object.handleCount++ === 0) getObject(object);
}

/** One less; the last one takes the name, the object's hold on its shared buffer, and the handles' reference. */
export function handleCountPut(object: GemObject): void {
  if (--object.handleCount > 0) return;
  if (object.name !== 0) {
    object.device.names.free(object.name);
    object.name = 0;
  }
  const buf = object.dmaBuf;
  if (buf !== null) {
    object.dmaBuf = null;
    putFile(buf.file);
  }
  putObject(object);
}

/** A new handle of a file; the caller keeps its reference of the object. Models drm_gem_handle_create(). @throws KernelError ENOMEM */
export function createHandle(file: DrmFile, object: GemObject): number {
  const { faults } = file.device.core.mm;
  faults.slab('drm_gem_handle_create', 'a handle');
  faults.slab('drm_vma_node_allow', 'the right to map');
  const handle = file.handles.reserve();
  handleCountGet(object);
  object.offset.allow(file);
  file.handles.replace(handle, object);
  object.device.trace.emit(GEM_HANDLE_CREATE, object.id, file.clientId, handle);
  return handle;
}

/** The object of a handle, without a reference. @throws KernelError ENOENT (EBADF in the first years) */
export function lookupHandle(file: DrmFile, handle: number, op: string): GemObject {
  const object = file.handles.get(handle);
  if (object === null) {
    const { badHandle } = file.device.core.mm.era.earlyGem;
    throw new KernelError(badHandle, op, `The file has no handle ${handle}.`);
  }
  return object;
}

/** Give a handle back. @throws KernelError EINVAL unknown handle */
export function deleteHandle(file: DrmFile, handle: number, op: string): void {
  const object = file.handles.get(handle);
  if (object === null) throw new KernelError('EINVAL', op, `The file has no handle ${handle}.`);
  file.handles.replace(handle, null);
  releaseHandle(file, object, handle);
  file.handles.free(handle);
}

function releaseHandle(file: DrmFile, object: GemObject, handle: number): void {
  dropPrimeHandle(file, handle);
  if (object.device.core.mm.sabotage !== 'handle-keeps-permission') object.offset.revoke(file);
  object.device.trace.emit(GEM_HANDLE_DELETE, object.id, file.clientId, handle);
  handleCountPut(object);
}

/** The file is closed: all its handles go, lowest first. */
export function releaseAllHandles(file: DrmFile): void {
  for (const [handle, object] of [...file.handles.entries()]) {
    file.handles.replace(handle, null);
    releaseHandle(file, object, handle);
    file.handles.free(handle);
  }
}

/** The name of an object, made at the first call. @throws KernelError ENOENT unknown handle */
export function flinkHandle(file: DrmFile, handle: number): number {
  const object = lookupHandle(file, handle, 'gemFlink');
  if (object.name === 0) {
    file.device.core.mm.faults.slab('gemFlink', 'a name');
    object.name = object.device.names.add(object);
  }
  return object.name;
}

/** A handle for a new object, which ends when there is none. @throws KernelError ENOMEM */
export function handleForNew(file: DrmFile, object: GemObject): number {
  try {
    return createHandle(file, object);
  } finally {
    putObject(object);
  }
}

/** A new handle of the object of a name, even if the file has one. @throws KernelError ENOENT unknown name */
export function openName(file: DrmFile, name: number): { handle: number; object: GemObject } {
  const object = file.device.names.get(name);
  if (object === null) throw new KernelError('ENOENT', 'gemOpen', `No object has the name ${name}.`);
  return { handle: createHandle(file, object), object };
}
