/**
 * Objects of the i915 of 2008 as rows, and its memories: pages of RAM that the GTT leads to (TT), those that it does not lead to
 * (SYSTEM), and those in swap.
 */
import { I915Object } from '../drm/drivers/i915_2008/i915_object.ts';
import { I915 } from '../drm/drivers/i915_2008/i915_state.ts';
import type { DrmDevice } from '../drm/drm_device.ts';
import type { OpenFile } from '../fs/open_file.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { ShmemDriverFile } from '../mm/shmem_driver.ts';
import { shmemPagesOfFile } from '../mm/shmem_setup.ts';
import type { ObjectView, Placement } from '../public/view_types.ts';

/** The state of a device that is one, or null. */
export function i915StateOf(device: DrmDevice | null): I915 | null {
  return device?.driverState instanceof I915 ? device.driverState : null;
}

function placementOf({ gtt, file }: I915Object): Placement {
  if (gtt !== null) return 'TT';
  const pages = file && shmemPagesOfFile(file);
  return pages && pages.nrPages === 0 && pages.nrSwapped > 0 ? 'SWAP' : 'SYSTEM';
}

type Facts = Pick<
  ObjectView,
  'placement' | 'nrPages' | 'runs' | 'pinned' | 'moving' | 'lastUse' | 'gartEntry'
>;

const NO_RUNS: ObjectView['runs'] = [];

/** What its row says, but for the name and the holders. When it was used last is not known: it has a request's number, no time. */
export function factsOfI915(object: I915Object): Facts {
  return {
    placement: placementOf(object),
    nrPages: object.nrPages,
    runs: NO_RUNS,
    pinned: object.pinCount > 0 ? object.pinnedFor || 'pinned' : null,
    moving: false,
    lastUse: -1,
    gartEntry: object.gtt?.start ?? null,
  };
}

function* i915Objects(kernel: Kernel): Generator<I915Object> {
  for (const { device } of kernel.devices.values()) {
    if (!i915StateOf(device as DrmDevice)) continue;
    for (const object of (device as DrmDevice).objects) if (object instanceof I915Object) yield object;
  }
}

/** Objects by their files of shared memory, which tasks map. */
export function i915Files(kernel: Kernel): ReadonlyMap<OpenFile, I915Object> {
  const files = new Map<OpenFile, I915Object>();
  for (const object of i915Objects(kernel)) if (object.file) files.set(object.file, object);
  return files;
}

/** The object of this id, or undefined. */
export function i915ObjectOfId(kernel: Kernel, id: number): I915Object | undefined {
  for (const object of i915Objects(kernel)) if (object.id === id) return object;
  return undefined;
}

/** The object behind a mapping of a file of a shmem driver, or null. */
export function i915OfShmemFile(file: object | null): I915Object | null {
  return file instanceof ShmemDriverFile && file.subject instanceof I915Object ? file.subject : null;
}
