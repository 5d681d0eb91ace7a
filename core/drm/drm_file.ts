/**
 * Open files of a DRM device: handle table, PRIME cache, master state; what their ioctls may do; their mmap.
 *
 * Models     drivers/gpu/drm/drm_file.c, drm_ioctl.c (Linux 6.12)
 * Invariants I1 file.mapping is the device's mapping, whatever node was opened (device_mapping.ts)
 *            I2 each open file holds one reference of the device
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import type { DmaBuf } from '../dma_buf/dma_buf.ts';
import type { FileOperations, FileOwner, OpenFile } from '../fs/open_file.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { mappingStyle } from './device_mapping.ts';
import { type DrmMaster, masterOpen, masterRelease } from './drm_auth.ts';
import type { DrmDevice } from './drm_device.ts';
import { releaseFramebuffersOf } from './framebuffer.ts';
import { releaseAllHandles } from './gem_handle.ts';
import { gemMmap } from './gem_mmap.ts';
import type { GemObject } from './gem_object.ts';
import { IdTable } from './id_table.ts';

export class DrmFile {
  /** By handle; an entry being made or released is null. */
  readonly handles = new IdTable<GemObject>();
  /** Handles this file exported or imported, with their shared buffer; each holds one reference of the buffer's file. */
  readonly primeByHandle = new Map<number, DmaBuf>();
  master: DrmMaster | null = null;
  isMaster = false;
  wasMaster = false;
  authenticated = false;
  /** Cookie in the master's table; 0 for none. */
  magic = 0;

  constructor(
    readonly device: DrmDevice,
    readonly clientId: number,
    readonly openerPid: number,
    readonly render: boolean,
  ) {}
}
snapshotClass(DrmFile, 'drm.DrmFile');

/** Turn an opened node into a file of the device. Models drm_open(). @throws KernelError ENOMEM, or what the era refuses */
export function openDrmFile(device: DrmDevice, file: OpenFile, owner: FileOwner, render: boolean): void {
  const { faults } = device.core.mm;
  faults.slab('drm_file_alloc', 'the file of the device');
  if (!render && device.master === null) faults.slab('drm_master_create', 'a master');
  mappingStyle(device).openFile(device, file);
  const drm = new DrmFile(device.get(), device.core.nextClientId++, owner.pid, render);
  drm.authenticated = owner.uid === 0;
  file.ops = DRM_FOPS;
  file.privateData = drm;
  device.files.add(drm);
  if (!render) masterOpen(drm);
}

/** Permissions of an ioctl, checked in this order. */
export interface IoctlNeeds {
  /** Authenticated (or render node, where allowed). */
  readonly auth?: boolean;
  readonly master?: boolean;
  readonly renderAllowed?: boolean;
}

/**
 * The gate of every DRM ioctl.
 *
 * @returns the DRM file behind an open file
 * @throws KernelError ENOTTY not a DRM file, ENODEV unplugged, EACCES not allowed
 */
export function drmIoctl(file: OpenFile, op: string, needs: IoctlNeeds = {}): DrmFile {
  if (file.ops !== DRM_FOPS) throw new KernelError('ENOTTY', op, `${file.ops.name} is no DRM file.`);
  const drm = file.privateData as DrmFile;
  if (drm.device.unplugged)
    throw new KernelError('ENODEV', op, `The device ${drm.device.description.name} is gone.`);
  if (drm.render && !needs.renderAllowed)
    throw new KernelError('EACCES', op, 'The render node refuses this call.');
  if (needs.auth && !drm.render && !drm.authenticated)
    throw new KernelError('EACCES', op, 'The file is not authenticated.');
  if (needs.master && !(drm.isMaster && drm.device.master === drm.master)) {
    throw new KernelError('EACCES', op, 'The file is not the current master.');
  }
  return drm;
}

/** The DRM file behind an open file, or null. */
export function drmFileOf(file: OpenFile): DrmFile | null {
  return file.ops === DRM_FOPS ? (file.privateData as DrmFile) : null;
}

/** Files of DRM nodes. */
export const DRM_FOPS: FileOperations = snapshotConstant('drm.fops', {
  name: 'drm',

  release(file: OpenFile): void {
    const drm = file.privateData as DrmFile;
    const { device } = drm;
    releaseFramebuffersOf(drm);
    releaseAllHandles(drm);
    device.files.delete(drm);
    mappingStyle(device).releaseFile(device);
    masterRelease(drm);
    device.put();
  },

  mmap(file: OpenFile, vma: object): void {
    gemMmap(file.privateData as DrmFile, vma as VmArea);
  },

  showFdinfo(file: OpenFile): string[] {
    const drm = file.privateData as DrmFile;
    return drm.device.driver.showFdinfo?.(drm) ?? [];
  },

  /** noop_llseek. */
  llseek(file: OpenFile): number {
    return file.pos;
  },
} satisfies FileOperations);
