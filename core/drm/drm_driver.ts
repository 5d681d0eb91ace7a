/**
 * What a modelled driver declares: how its objects come to be and what its display does with them.
 *
 * Models     struct drm_driver (Linux 6.12)
 */
import type { DrmDevice } from './drm_device.ts';
import type { DrmFile } from './drm_file.ts';
import type { DrmFramebuffer } from './framebuffer.ts';
import type { GemObject } from './gem_object.ts';

/** A module-level constant registered with snapshotConstant. */
export interface DrmDriver {
  /** Name of the driver in sysfs, `bochs-drm`. */
  readonly name: string;
  /** The bus whose bind and unbind files it has; `none` for devices that come with their module. Absent: pci. */
  readonly bus?: 'pci' | 'virtio' | 'none';
  /** False: no display, calls of mode setting answer EOPNOTSUPP. */
  readonly modeset?: false;
  /** It has a render node. */
  readonly renderNode?: true;
  /** True when PRIME export and import work (era dependent for some). */
  prime(device: DrmDevice): boolean;
  /** The device appears: managers, boot objects. */
  probe(device: DrmDevice): void;
  /** The last reference of the device is gone: everything that probe made goes. */
  release(device: DrmDevice): void;
  /** The device is being removed while files may still be open. */
  unplug?(device: DrmDevice): void;
  /**
   * A dumb buffer's object; the caller makes the handle.
   *
   * @param nrPages size
   * @throws KernelError ENOMEM, ENOSPC
   */
  createDumb(file: DrmFile, nrPages: number): GemObject;
  /** Bytes of a line of a dumb buffer. @throws KernelError EINVAL for formats it does not show */
  dumbPitch(width: number, bytesPerPixel: number, bitsPerPixel: number): number;
  /**
   * An object for another exporter's buffer, with its mmap window; the caller fills in the attachment. Absent: EINVAL.
   *
   * @throws KernelError ENODEV the device cannot use foreign memory, ENOSPC
   */
  importPages?(device: DrmDevice, nrPages: number): GemObject;
  /** Show: bring the object where the display can read it, and keep it there. @throws KernelError ENOMEM */
  pinForScanout?(object: GemObject): void;
  /** A framebuffer is on the display now: hand its picture over. Never fails: what finds no room is not drawn. */
  draw?(fb: DrmFramebuffer): void;
  /** Lines of /proc/<pid>/fdinfo/<fd> behind the common ones. Absent: drivers that print none (bochs, vgem, qxl, virtio-gpu). */
  showFdinfo?(file: DrmFile): string[];
  /** It is shown no more. */
  unpin?(object: GemObject): void;
}
