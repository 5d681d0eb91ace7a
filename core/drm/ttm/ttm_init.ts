/**
 * A memory manager with the kinds of memory of a device, and its end.
 *
 * Models     ttm_device_init, ttm_range_man_init, drm_vram_mm_init (Linux 6.12)
 */
import { invariant } from '../../base/invariant.ts';
import { PAGE_SIZE, type Pages } from '../../base/units.ts';
import type { DrmDevice } from '../drm_device.ts';
import { LRU_POLICY } from './policies/lru.ts';
import { TtmDevice } from './ttm_device.ts';
import type { TtmDriver } from './ttm_driver.ts';
import { PL_SYSTEM, PL_TT, PL_VRAM } from './ttm_placement.ts';
import { ResourceManager } from './ttm_resource_manager.ts';

/**
 * @param ttPages pages that may be bound in the GART at one time; 0 for a device without one
 */
export function initTtm(device: DrmDevice, driver: TtmDriver, ttPages: Pages): TtmDevice {
  const { core, description } = device;
  const half = Math.floor(core.machine.ramBytes / PAGE_SIZE / 2);
  const ttm = new TtmDevice(device, driver, LRU_POLICY, half);
  const vramPages = description.vramBytes / PAGE_SIZE;
  ttm.managers[PL_SYSTEM] = new ResourceManager(PL_SYSTEM, Number.MAX_SAFE_INTEGER, true, false);
  if (ttPages > 0) ttm.managers[PL_TT] = new ResourceManager(PL_TT, ttPages, true, false);
  ttm.managers[PL_VRAM] = new ResourceManager(PL_VRAM, vramPages, false, true, core, device.vramBase);
  device.ttm = ttm;
  return ttm;
}

/** The device ends; every object is gone. */
export function finiTtm(device: DrmDevice): void {
  const { ttm } = device;
  if (ttm === null) return;
  for (const manager of ttm.managers) {
    invariant(
      manager === null || manager.usedPages === 0 || ttm.ghosts.size > 0,
      () => `${manager!.usedPages} pages of ${description(device)} are in use at the end of the device.`,
    );
  }
  device.ttm = null;
}

function description(device: DrmDevice): string {
  return device.description.name;
}
