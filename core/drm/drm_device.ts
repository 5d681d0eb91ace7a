/**
 * A DRM device: its anonymous inode with the one address space of all its mappings, objects, names, files, display.
 *
 * Models     struct drm_device, drivers/gpu/drm/drm_drv.c (Linux 6.12)
 * Invariants I1 the inode lives exactly as long as the device; every open file's and exported buffer's f_mapping is its mapping
 *            (eras without such an inode: device_mapping.ts)
 *            I2 refs = 1 (bound) + open files + objects
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Pfn } from '../base/units.ts';
import type { AddressSpace } from '../fs/address_space.ts';
import { type Inode, putInode } from '../fs/inode.ts';
import { pinAnonInode, releaseFs } from '../fs/pseudo_fs.ts';
import type { DeviceDescription } from '../hw/machine_description.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import { DEVICE_MAPPINGS } from './device_mapping.ts';
import type { DrmMaster } from './drm_auth.ts';
import type { DrmCore } from './drm_core.ts';
import type { DrmDriver } from './drm_driver.ts';
import type { DrmFile } from './drm_file.ts';
import type { DrmCrtc, DrmFramebuffer } from './framebuffer.ts';
import type { GemObject } from './gem_object.ts';
import { IdTable } from './id_table.ts';
import type { TtmDevice } from './ttm/ttm_device.ts';
import { VmaOffsetManager } from './vma_offset_manager.ts';

export class DrmDevice {
  /** Holds the one address space of all mappings; null in eras whose devices have no inode of their own. */
  readonly inode: Inode | null;
  /** In those eras: the node that was opened first, whose address space shoot-downs use. */
  lender: Inode | null = null;
  readonly offsets = new VmaOffsetManager();
  /** Flink names. */
  readonly names = new IdTable<GemObject>();
  /** Live objects, oldest first. */
  readonly objects = new Set<GemObject>();
  readonly files = new Set<DrmFile>();
  readonly framebuffers = new IdTable<DrmFramebuffer>();
  /** What the one CRTC shows. */
  crtc: DrmCrtc | null = null;
  master: DrmMaster | null = null;
  unplugged = false;
  /** Page flips done. */
  nrFlips = 0;
  refs = 1;
  /** Memory manager, made by the driver's probe. */
  ttm: TtmDevice | null = null;
  /** Frames that faults got after the device was gone; freed with it. */
  readonly dummyPages: Pfn[] = [];
  /** The driver's own state. */
  driverState: object | null = null;

  /**
   * @param index       number of the device in the machine description
   * @param minor       of its primary node
   * @param vramBase    first page of its video memory in the VRAM region
   * @throws KernelError ENOMEM; nothing is left then
   */
  constructor(
    readonly core: DrmCore,
    readonly index: number,
    readonly description: DeviceDescription,
    readonly driver: DrmDriver,
    readonly minor: number,
    readonly vramBase: number,
  ) {
    const { ownInode } = DEVICE_MAPPINGS[core.mm.era.deviceMapping];
    core.mm.faults.slab('drm_dev_init', 'the device');
    this.inode = ownInode ? pinAnonInode(core.vfs, core.fs) : null;
  }

  /** The address space in which every mapping of the device should hang; null as long as there is none. */
  get mapping(): AddressSpace | null {
    return this.inode?.mapping ?? this.lender?.data ?? null;
  }

  get trace(): TraceBuffer {
    return this.core.mm.trace;
  }

  /** Take a reference; objects and open files hold one. */
  get(): DrmDevice {
    this.refs++;
    return this;
  }

  /** Drop a reference; the last one ends the device. */
  put(): void {
    this.refs--;
    invariant(this.refs >= 0, () => `Device ${this.description.name} is dropped once too often.`);
    if (this.refs > 0) return;
    invariant(
      this.objects.size === 0,
      () => `Device ${this.description.name} ends with ${this.objects.size} objects.`,
    );
    this.driver.release(this);
    for (const pfn of this.dummyPages.splice(0)) this.core.mm.frames.put(pfn);
    if (this.inode !== null) {
      putInode(this.inode);
      releaseFs(this.core.vfs, this.core.fs);
    }
    this.core.allDevices.delete(this);
  }
}
snapshotClass(DrmDevice, 'drm.DrmDevice');
