/** Rows of the objects, the memories and the GART, read from the kernel as it is now. */

import { pagesUp } from '../base/units.ts';
import { USAGE_KERNEL } from '../dma_buf/dma_resv.ts';
import type { DrmDevice } from '../drm/drm_device.ts';
import type { TtmBo } from '../drm/ttm/ttm_bo.ts';
import { PL_SYSTEM, PL_TT, PL_VRAM } from '../drm/ttm/ttm_placement.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type {
  GartRunView,
  GartView,
  HolderView,
  ObjectView,
  PageRun,
  Placement,
  PlacementView,
} from '../public/view_types.ts';
import { placementOf, shownObjects } from '../session/object_places.ts';
import type { IdNames } from './trace_reader.ts';

/** The first device with a memory manager: the one that the slabs show. */
export function shownDevice(kernel: Kernel): DrmDevice | null {
  for (const { device } of kernel.devices.values()) {
    if ((device as DrmDevice).ttm) return device as DrmDevice;
  }
  return null;
}

/** Memory without addresses of its own (SYSTEM, SWAP, TT by the page) has no runs; the GART has the GPU's addresses. */
function runsOf({ resource, nrPages }: TtmBo): PageRun[] {
  return resource?.node ? [{ firstPage: resource.start, nrPages }] : [];
}

/** @param holders by object id (task_views.ts) */
export function objectViews(
  kernel: Kernel,
  holders: ReadonlyMap<number, readonly HolderView[]>,
  names: IdNames,
): ObjectView[] {
  const device = shownDevice(kernel);
  return shownObjects(kernel)
    .filter(bo => bo.device === device)
    .map(bo => {
      const placement = placementOf(bo);
      const held = holders.get(bo.id) ?? [];
      return {
        id: bo.id,
        name: names.object(bo.id),
        placement,
        nrPages: bo.nrPages,
        runs: runsOf(bo),
        pinned: bo.pinCount > 0 ? bo.pinnedFor || 'pinned' : null,
        maps: held.filter(holder => holder.how.startsWith('map')).length,
        moving: !bo.resv.testSignaled(USAGE_KERNEL),
        lastUse: bo.resource?.lastUse ?? 0,
        gartEntry: bo.gart?.start ?? null,
        holders: held,
      };
    });
}

/** Capacities and use; SYSTEM and SWAP count the pages of objects only. */
export function placementViews(kernel: Kernel, objects: readonly ObjectView[]): PlacementView[] {
  const ttm = shownDevice(kernel)?.ttm;
  if (!ttm) return [];
  const used = (placement: Placement) =>
    objects.reduce((sum, object) => sum + (object.placement === placement ? object.nrPages : 0), 0);
  const { description } = kernel;
  const rows: PlacementView[] = [];
  for (const [placement, memType] of [
    ['VRAM', PL_VRAM],
    ['TT', PL_TT],
    ['SYSTEM', PL_SYSTEM],
  ] as const) {
    const manager = ttm.managers[memType];
    if (!manager && placement !== 'SYSTEM') continue;
    const ram = pagesUp(description.ramBytes);
    const sizePages = Math.min(manager?.sizePages ?? ram, ram);
    const budgetPages = Math.min(manager?.budgetPages ?? sizePages, sizePages);
    const adjustable = placement === 'VRAM' && ttm.device.description.driver === 'lab_gpu';
    const visible = pagesUp(ttm.device.description.visibleVramBytes);
    const visiblePages = placement === 'VRAM' ? Math.min(visible, sizePages) : sizePages;
    rows.push({ placement, sizePages, budgetPages, visiblePages, adjustable, usedPages: used(placement) });
  }
  const swapPages = pagesUp(description.swapBytes);
  if (swapPages > 0) {
    rows.push({
      placement: 'SWAP',
      sizePages: swapPages,
      budgetPages: swapPages,
      visiblePages: swapPages,
      adjustable: false,
      usedPages: used('SWAP'),
    });
  }
  return rows;
}

/** Bound runs of the GART; an object is bound as a whole. */
export function gartView(kernel: Kernel, objects: readonly ObjectView[]): GartView {
  const runs: GartRunView[] = [];
  for (const object of objects) {
    if (object.gartEntry === null) continue;
    const leadsTo = object.placement === 'VRAM' || object.placement === 'TT' ? object.placement : null;
    runs.push({ firstEntry: object.gartEntry, nrEntries: object.nrPages, leadsTo, objectId: object.id });
  }
  runs.sort((a, b) => a.firstEntry - b.firstEntry || (a.objectId ?? 0) - (b.objectId ?? 0));
  return { nrEntries: kernel.description.gartEntries, runs };
}
