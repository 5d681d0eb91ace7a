/**
 * Rows of the objects, the memories and the GART, read from the kernel as it is now. Rows of objects that did not change are the
 * same rows as in the view before: of a hundred thousand objects a step moves a few.
 */

import { pagesUp } from '../base/units.ts';
import { USAGE_KERNEL } from '../dma_buf/dma_resv.ts';
import type { DrmDevice } from '../drm/drm_device.ts';
import { TtmBo } from '../drm/ttm/ttm_bo.ts';
import { PL_SYSTEM, PL_TT, PL_VRAM } from '../drm/ttm/ttm_placement.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { ObjectView, PageRun, Placement, PlacementView } from '../public/view_types.ts';
import { placementOf } from '../session/object_places.ts';
import type { HolderRows } from './holder_rows.ts';
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

const pinnedOf = (bo: TtmBo) => (bo.pinCount > 0 ? bo.pinnedFor || 'pinned' : null);

/** The row still says what is; its name and its holders are not looked at. */
function holds(row: ObjectView, bo: TtmBo): boolean {
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

function rowOf(bo: TtmBo, holders: HolderRows, names: IdNames): ObjectView {
  const held = holders.of(bo.id);
  return {
    id: bo.id,
    name: names.object(bo.id),
    placement: placementOf(bo),
    nrPages: bo.nrPages,
    runs: runsOf(bo),
    pinned: pinnedOf(bo),
    maps: held.filter(holder => holder.how.startsWith('map')).length,
    moving: !bo.resv.testSignaled(USAGE_KERNEL),
    lastUse: bo.resource?.lastUse ?? 0,
    gartEntry: bo.gart?.start ?? null,
    holders: held,
  };
}

/** Objects of a device in order of id. */
function objectsOf(device: DrmDevice): TtmBo[] {
  const objects: TtmBo[] = [];
  let inOrder = true;
  let last = 0;
  for (const object of device.objects) {
    if (!(object instanceof TtmBo)) continue;
    objects.push(object);
    inOrder &&= last < object.id;
    last = object.id;
  }
  return inOrder ? objects : objects.sort((a, b) => a.id - b.id);
}

export interface ObjectChanges {
  readonly rows: readonly ObjectView[];
  /** Rows that are no more as they were, and rows that are new or took their place. */
  readonly gone: readonly ObjectView[];
  readonly fresh: readonly ObjectView[];
}

/**
 * @param before  rows of the view before, in order of id; [] for a first view
 * @param touched objects whose name or holders may be others than before; null: all
 */
export function objectRows(
  kernel: Kernel,
  before: readonly ObjectView[],
  touched: ReadonlySet<number> | null,
  holders: HolderRows,
  names: IdNames,
): ObjectChanges {
  const device = shownDevice(kernel);
  const rows: ObjectView[] = [];
  const gone: ObjectView[] = [];
  const fresh: ObjectView[] = [];
  let at = 0;
  for (const bo of device ? objectsOf(device) : []) {
    for (; at < before.length && before[at]!.id < bo.id; at++) {
      gone.push(before[at]!);
      holders.drop(before[at]!.id);
    }
    const old = before[at]?.id === bo.id ? before[at++] : undefined;
    if (old && holds(old, bo)) {
      const looked = touched === null || touched.has(bo.id);
      if (!looked || (old.holders === holders.of(bo.id) && old.name === names.object(bo.id))) {
        rows.push(old);
        continue;
      }
    }
    const row = rowOf(bo, holders, names);
    if (old) gone.push(old);
    fresh.push(row);
    rows.push(row);
  }
  for (; at < before.length; at++) {
    gone.push(before[at]!);
    holders.drop(before[at]!.id);
  }
  return { rows: gone.length + fresh.length === 0 ? before : rows, gone, fresh };
}

/** Capacities and use; SYSTEM and SWAP count the pages of objects only. */
export function placementViews(kernel: Kernel, objects: readonly ObjectView[]): PlacementView[] {
  const ttm = shownDevice(kernel)?.ttm;
  if (!ttm) return [];
  const used: Record<Placement, number> = { VRAM: 0, TT: 0, SYSTEM: 0, SWAP: 0 };
  for (const { placement, nrPages } of objects) used[placement] += nrPages;
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
    rows.push({ placement, sizePages, budgetPages, visiblePages, adjustable, usedPages: used[placement] });
  }
  const swapPages = pagesUp(description.swapBytes);
  if (swapPages > 0) {
    rows.push({
      placement: 'SWAP',
      sizePages: swapPages,
      budgetPages: swapPages,
      visiblePages: swapPages,
      adjustable: false,
      usedPages: used.SWAP,
    });
  }
  return rows;
}
