/**
 * Masters and magic cookies: who may set modes, and whom the master vouches for.
 *
 * Models     drivers/gpu/drm/drm_auth.c (Linux 6.12)
 * Invariants I1 a device has at most one current master; its file has `isMaster`
 * Left out   leases
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { FileOwner } from '../fs/open_file.ts';
import type { DrmDevice } from './drm_device.ts';
import type { DrmFile } from './drm_file.ts';
import { IdTable } from './id_table.ts';

export class DrmMaster {
  /** Files that asked for a cookie, by cookie; a cookie that was used stays taken (null) until its file closes. */
  readonly magics = new IdTable<DrmFile>();
}
snapshotClass(DrmMaster, 'drm.DrmMaster');

/** True when the file is that of the device's current master. */
export function isCurrentMaster(file: DrmFile): boolean {
  return file.isMaster && file.device.master === file.master;
}

/** A primary node was opened: the first one becomes master, others join the master there is. Models drm_master_open(). */
export function masterOpen(file: DrmFile): void {
  const { device } = file;
  if (device.master === null) becomeNewMaster(device, file);
  else file.master = device.master;
}

function becomeNewMaster(device: DrmDevice, file: DrmFile): void {
  file.master = new DrmMaster();
  file.isMaster = true;
  file.wasMaster = true;
  file.authenticated = true;
  device.master = file.master;
}

/** The file is closed. Models drm_master_release(). */
export function masterRelease(file: DrmFile): void {
  const { device, master } = file;
  if (master === null) return;
  if (file.magic !== 0) master.magics.free(file.magic);
  if (isCurrentMaster(file)) device.master = null;
  file.master = null;
}

/** The file's cookie, the same every time. */
export function getMagic(file: DrmFile): number {
  if (file.master === null) throw new KernelError('EINVAL', 'getMagic', 'A render node has no master.');
  if (file.magic !== 0) return file.magic;
  file.device.core.mm.faults.slab('getMagic', 'a cookie');
  file.magic = file.master.magics.add(file);
  return file.magic;
}

/** The master vouches for the file with this cookie. @throws KernelError EACCES not master, EINVAL unknown or used */
export function authMagic(file: DrmFile, magic: number): void {
  if (!isCurrentMaster(file))
    throw new KernelError('EACCES', 'authMagic', 'The file is not the current master.');
  const other = file.master!.magics.get(magic);
  if (other === null) throw new KernelError('EINVAL', 'authMagic', `The cookie ${magic} is unknown or used.`);
  other.authenticated = true;
  file.master!.magics.replace(magic, null);
}

function checkMasterPermission(file: DrmFile, caller: FileOwner, op: string): void {
  if (file.wasMaster && file.openerPid === caller.pid) return;
  if (caller.uid !== 0) {
    throw new KernelError(
      'EACCES',
      op,
      `Task ${caller.pid} was never master through this file and is not root.`,
    );
  }
}

/** Become master again. @throws KernelError EACCES, EBUSY somebody else is, EINVAL no master object, ENOMEM */
export function setMaster(file: DrmFile, caller: FileOwner): void {
  const { device } = file;
  checkMasterPermission(file, caller, 'setMaster');
  if (isCurrentMaster(file)) return;
  if (device.master !== null) throw new KernelError('EBUSY', 'setMaster', 'Another file is master.');
  if (file.master === null) throw new KernelError('EINVAL', 'setMaster', 'The file has no master object.');
  if (file.isMaster) device.master = file.master;
  else {
    device.core.mm.faults.slab('setMaster', 'a master');
    if (file.magic !== 0) file.master.magics.free(file.magic);
    file.magic = 0;
    becomeNewMaster(device, file);
  }
}

/** Stop being master. @throws KernelError EACCES, EINVAL not current */
export function dropMaster(file: DrmFile, caller: FileOwner): void {
  checkMasterPermission(file, caller, 'dropMaster');
  if (!isCurrentMaster(file))
    throw new KernelError('EINVAL', 'dropMaster', 'The file is not the current master.');
  file.device.master = null;
}
