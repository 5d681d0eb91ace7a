/** The row of one object, and the memories, read from the kernel as it is now. */

import { pagesUp } from '../base/units.ts';
import { USAGE_KERNEL } from '../dma_buf/dma_resv.ts';
import { I915Object } from '../drm/drivers/i915_2008/i915_object.ts';
import type { DrmDevice } from '../drm/drm_device.ts';
import type { TtmBo } from '../drm/ttm/ttm_bo.ts';
import { PL_SYSTEM, PL_TT, PL_VRAM } from '../drm/ttm/ttm_placement.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { ObjectView, PageRun, Placement, PlacementView } from '../public/view_types.ts';
import { placementOf } from '../session/object_places.ts';
import type { HolderRows } from './holder_rows.ts';
import { factsOfI915, i915StateOf } from './i915_views.ts';
import type { IdNames } from './trace_reader.ts';

/** Objects that have rows. */
export type ShownObject = TtmBo | I915Object;

/** Devices whose memory can be shown: those with a memory manager, then those with a GTT of 2008. */
export function managedDevices(kernel: Kernel): DrmDevice[] {
  const devices = [...kernel.devices.values()].map(({ device }) => device as DrmDevice);
  return [...devices.filter(device => device.ttm), ...devices.filter(device => i915StateOf(device))];
}

/** Memory without addresses of its own (SYSTEM, SWAP, TT by the page) has no runs; the GART has the GPU's addresses. */
function runsOf({ resource, nrPages }: TtmBo): PageRun[] {
  return resource?.node ? [{ firstPage: resource.start, nrPages }] : [];
}

const pinnedOf = (bo: TtmBo) => (bo.pinCount > 0 ? bo.pinnedFor || 'pinned' : null);

/** The row still says what is; its name and its holders are not looked at. */
export function holds(row: ObjectView, bo: ShownObject): boolean {
  if (bo instanceof I915Object) {
    const facts = factsOfI915(bo);
    return (
      row.placement === facts.placement && row.gartEntry === facts.gartEntry && row.pinned === facts.pinned
    );
  }
  const { resource } = bo;
  return (
    row.lastUse === (resource?.lastUse ?? 0) &&
    row.placement === placementOf(bo) &&
    (resource?.node ? row.runs[0]?.firstPage === resource.start : row.runs.length === 0) &&
    row.gartEntry === (bo.gart?.start ?? null) &&
    row.moving !== bo.resv.testSignaled(USAGE_KERNEL) &&
    row.pinned === pinnedOf(bo) &&
    row.nrPages === bo.nrPages
  );
}

export function rowOf(bo: ShownObject, holders: HolderRows, names: IdNames): ObjectView {
  const held = holders.of(bo.id);
  const facts =
    bo instanceof I915Object
      ? factsOfI915(bo)
      : {
          placement: placementOf(bo),
          nrPages: bo.nrPages,
          runs: runsOf(bo),
          pinned: pinnedOf(bo),
          moving: !bo.resv.testSignaled(USAGE_KERNEL),
          lastUse: bo.resource?.lastUse ?? 0,
          gartEntry: bo.gart?.start ?? null,
        };
  return {
    id: bo.id,
    name: names.object(bo.id),
    maps: held.filter(holder => holder.how.startsWith('map')).length,
    holders: held,
    ...facts,
  };
}

/** A memory that has no budget and that the processor reaches. */
const whole = (placement: Placement, sizePages: number, usedPages: number): PlacementView => ({
  placement,
  sizePages,
  budgetPages: sizePages,
  visiblePages: sizePages,
  adjustable: false,
  usedPages,
});

/** Capacities and use; SYSTEM and SWAP count the pages of objects only. @param used pages of the objects */
export function placementViews(
  kernel: Kernel,
  device: DrmDevice | null,
  used: Readonly<Record<Placement, number>>,
): PlacementView[] {
  if (!device) return [];
  const { description } = kernel;
  const rows: PlacementView[] = [];
  const i915 = i915StateOf(device);
  if (i915) {
    rows.push(whole('TT', i915.nrEntries, used.TT));
    rows.push(whole('SYSTEM', pagesUp(description.ramBytes), used.SYSTEM));
  }
  const { ttm } = device;
  for (const [placement, memType] of [
    ['VRAM', PL_VRAM],
    ['TT', PL_TT],
    ['SYSTEM', PL_SYSTEM],
  ] as const) {
    if (!ttm) break;
    const manager = ttm.managers[memType];
    if (!manager && placement !== 'SYSTEM') continue;
    const ram = pagesUp(description.ramBytes);
    const sizePages = Math.min(manager?.sizePages ?? ram, ram);
    const budgetPages = Math.min(manager?.budgetPages ?? sizePages, sizePages);
    const adjustable = placement === 'VRAM' && ttm.device.description.driver === 'lab_gpu';
    const visible = pagesUp(ttm.device.description.visibleVramBytes);
    const visiblePages = placement === 'VRAM' ? Math.min(visible, sizePages) : sizePages;
    rows.push({ placement, sizePages, budgetPages, visiblePages, adjustable, usedPages: used[placement] });
  }
  const swapPages = pagesUp(description.swapBytes);
  if (swapPages > 0) rows.push(whole('SWAP', swapPages, used.SWAP));
  return rows;
}
