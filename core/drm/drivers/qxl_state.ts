/**
 * What one qxl display keeps for itself: objects that no task ever sees.
 *
 * Models     struct qxl_device, drivers/gpu/drm/qxl/qxl_drv.h (Linux 6.12)
 * Invariants I1 every object here is pinned and has exactly one reference, this one's
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';

/** Commands whose memory one page holds (RELEASES_PER_BO). */
export const RELEASES_PER_BO = 16;

export class Qxl {
  /** Where the driver tells the display which heads there are. */
  monitors: TtmBo | null = null;
  /** The surface that stands in for dumb buffers on the display. */
  dumbShadow: TtmBo | null = null;
  /** Memory of drawing commands, and how many of it are taken. */
  releases: TtmBo | null = null;
  nrReleases = 0;

  /** The objects it holds. */
  get ownObjects(): TtmBo[] {
    return [this.monitors, this.dumbShadow, this.releases].filter(bo => bo !== null);
  }
}
snapshotClass(Qxl, 'drm.Qxl');

/** The state of a qxl device. */
export function qxlOf(device: DrmDevice): Qxl {
  invariant(device.driverState instanceof Qxl, () => `${device.description.name} is no qxl display.`);
  return device.driverState;
}
