/**
 * The i915 of 2008: an integrated GPU without memory of its own; objects in shared memory, seen by the GPU through the GTT.
 *
 * Models     drivers/gpu/drm/i915/i915_drv.c, i915_dma.c: i915_driver_load, i915_driver_unload (Linux 2.6.28)
 * Rule       module init makes the boot objects before the device's node exists; each step that fails undoes those before it
 */
import { KernelError } from '../../../base/errno.ts';
import { snapshotConstant } from '../../../base/snapshot.ts';
import { PAGE_SIZE } from '../../../base/units.ts';
import type { DrmDevice } from '../../drm_device.ts';
import type { DrmDriver } from '../../drm_driver.ts';
import type { DrmFile } from '../../drm_file.ts';
import { crtcOff } from '../../framebuffer.ts';
import type { GemObject } from '../../gem_object.ts';
import { freeBootObjects, makeBootObjects } from './i915_boot.ts';
import { createObject } from './i915_create.ts';
import { pinObject, unbindObject, unpinObject } from './i915_gtt.ts';
import { I915Object } from './i915_object.ts';
import { I915Reclaimer } from './i915_pages.ts';
import { abandonRequests } from './i915_requests.ts';
import { I915 } from './i915_state.ts';
import { addI915Files, removeI915Files } from './i915_text.ts';

/** Drivers that write the one table of the machine. */
const GTT_USERS: readonly string[] = ['lab_gpu', 'i915_2008'];

export const I915_2008_DRIVER: DrmDriver = snapshotConstant('drm.driver.i915_2008', {
  name: 'i915',
  prime: () => false,

  probe(device: DrmDevice): void {
    const { core } = device;
    const { machine } = core;
    const nrEntries = Math.min(machine.gartEntries, machine.ttBytes / PAGE_SIZE);
    if (nrEntries < 64)
      throw new KernelError('ENODEV', 'probe', `A GTT of ${nrEntries} entries is too small for an i915.`);
    if (
      machine.devices.some(
        ({ driver, name }) => GTT_USERS.includes(driver) && name !== device.description.name,
      )
    )
      throw new KernelError('EBUSY', 'probe', 'Another device of the machine uses the GTT.');
    core.mm.frames.reclaimer = new I915Reclaimer(core, core.mm.frames.reclaimer);
    const i915 = new I915(device, nrEntries);
    device.driverState = i915;
    makeBootObjects(device);
    addI915Files(i915);
  },

  /** Also what undoes a probe that failed: everything made so far goes. */
  unplug(device: DrmDevice): void {
    crtcOff(device);
    const { frames } = device.core.mm;
    if (frames.reclaimer instanceof I915Reclaimer) frames.reclaimer = frames.reclaimer.next;
    const i915 = device.driverState;
    if (!(i915 instanceof I915)) return;
    removeI915Files(i915);
    abandonRequests(i915);
    freeBootObjects(i915);
    for (const object of [...device.objects]) {
      if (!(object instanceof I915Object)) continue;
      object.pinCount = 0;
      unbindObject(object);
    }
  },

  release(): void {},
  createDumb: (file: DrmFile, nrPages: number) => createObject(file.device, nrPages, ''),
  dumbPitch: (width: number, bytesPerPixel: number) => width * bytesPerPixel,
  pinForScanout: (object: GemObject) => pinObject(object as I915Object, 'scan-out'),
  unpin: (object: GemObject) => unpinObject(object as I915Object),
} satisfies DrmDriver);
