/**
 * What all DRM devices of a kernel share: the pseudo file system, the minors behind major 226, numbers that are never reused.
 *
 * Models     drm_core_init, drm_stub_open, drivers/gpu/drm/drm_drv.c (Linux 6.12)
 * Invariants I1 a minor stands for at most one device that is not unplugged
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import { PAGE_SIZE } from '../base/units.ts';
import type { DmaBufRegistry } from '../dma_buf/dma_buf.ts';
import type { FenceQueue } from '../dma_buf/fence_queue.ts';
import type { AddressSpace } from '../fs/address_space.ts';
import type { CharDevice } from '../fs/char_device.ts';
import { type Inode, putInode } from '../fs/inode.ts';
import type { FileOperations, FileOwner, OpenFile } from '../fs/open_file.ts';
import { PseudoFs, pinAnonInode, releaseFs } from '../fs/pseudo_fs.ts';
import type { TextRegistry } from '../fs/text_registry.ts';
import type { Vfs } from '../fs/vfs.ts';
import type { DataPlane } from '../hw/data_plane.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import type { MmContext } from '../mm/mm_context.ts';
import type { DrmDevice } from './drm_device.ts';
import { openDrmFile } from './drm_file.ts';
import { SwapSlots } from './ttm/swap_slots.ts';
import type { VramAllocations } from './ttm/ttm_resource_manager.ts';
import { TtmReclaimer } from './ttm/ttm_swap.ts';

/** Device number of all DRM nodes. */
export const DRM_MAJOR = 226;
/** f_type of the pseudo file system. */
export const DRM_FS_MAGIC = 0x010203ff;
/** Minors of render nodes begin here. */
export const RENDER_MINOR_BASE = 128;

/** Rooms below, as the kernel wires them. */
export interface DrmSurroundings {
  readonly vfs: Vfs;
  readonly context: MmContext;
  readonly fences: FenceQueue;
  readonly dmaBufs: DmaBufRegistry;
  readonly sysfs: TextRegistry;
  readonly proc: TextRegistry;
  readonly debugfs: TextRegistry;
  readonly machine: MachineDescription;
  /** Bound devices by name; kept up to date as drivers bind and unbind. */
  readonly devices: Map<string, BoundDevice>;
}

/** How tasks reach a bound device. */
export interface BoundDevice {
  readonly primaryNode: string;
  readonly renderNode: string | null;
  readonly device: object;
}

export class DrmCore implements VramAllocations {
  readonly fs = new PseudoFs('drm', DRM_FS_MAGIC);
  /** Holds the inode of physical I/O memory (iomem_fs_type in drivers/char/mem.c). */
  readonly iomemFs = new PseudoFs('devmem', 0x454d444d);
  readonly vfs: Vfs;
  readonly mm: MmContext;
  readonly fences: FenceQueue;
  readonly dmaBufs: DmaBufRegistry;
  readonly sysfs: TextRegistry;
  readonly proc: TextRegistry;
  readonly debugfs: TextRegistry;
  readonly machine: MachineDescription;
  readonly bound: Map<string, BoundDevice>;
  /** Devices by minor; a render node's minor too. */
  readonly minors = new Map<number, DrmDevice>();
  /** Devices that exist, bound or not. */
  readonly allDevices = new Set<DrmDevice>();
  /** Drivers of the machine that are not loaded, by their names in its description. */
  readonly unloadedDrivers = new Set<string>();
  /** Slots for swapped-out objects. */
  readonly swap: SwapSlots;
  nextObjectId = 1;
  nextClientId = 1;
  nextVramAllocationId = 1;
  nextTicket = 1;
  private readonly charDevice: CharDevice;
  private readonly iomemInode: Inode;

  constructor(around: DrmSurroundings) {
    this.vfs = around.vfs;
    this.mm = around.context;
    this.fences = around.fences;
    this.dmaBufs = around.dmaBufs;
    this.sysfs = around.sysfs;
    this.proc = around.proc;
    this.debugfs = around.debugfs;
    this.machine = around.machine;
    this.bound = around.devices;
    this.swap = new SwapSlots(this.machine.swapBytes / PAGE_SIZE);
    this.iomemInode = pinAnonInode(this.vfs, this.iomemFs);
    try {
      this.charDevice = this.vfs.charDevices.register(DRM_MAJOR, 0, 256, DRM_STUB_FOPS, this);
    } catch (refusal) {
      putInode(this.iomemInode);
      releaseFs(this.vfs, this.iomemFs);
      throw refusal;
    }
    this.mm.frames.reclaimer ??= new TtmReclaimer(this);
  }

  get plane(): DataPlane {
    return this.mm.plane;
  }

  /** The address space of physical I/O memory (/dev/mem); claiming a region zaps its mappings. */
  get iomem(): AddressSpace {
    return this.iomemInode.mapping;
  }

  /** Undo init; no device may be left. */
  shutdown(): void {
    if (this.mm.frames.reclaimer instanceof TtmReclaimer) this.mm.frames.reclaimer = null;
    this.vfs.charDevices.unregister(this.charDevice);
    putInode(this.iomemInode);
    releaseFs(this.vfs, this.iomemFs);
  }
}
snapshotClass(DrmCore, 'drm.DrmCore');

/** Files of any DRM node until their open finds the device. */
export const DRM_STUB_FOPS: FileOperations = snapshotConstant('drm.stubFops', {
  name: 'drm-stub',

  open(file: OpenFile, owner: FileOwner): void {
    const { inode } = file;
    const core = inode.cdev!.privateData as DrmCore;
    const minor = inode.rdev!.minor;
    const device = core.minors.get(minor);
    if (!device || device.unplugged) {
      throw new KernelError('ENODEV', 'open', `No DRM device has minor ${minor}.`);
    }
    openDrmFile(device, file, owner, minor >= RENDER_MINOR_BASE);
  },
} satisfies FileOperations);
