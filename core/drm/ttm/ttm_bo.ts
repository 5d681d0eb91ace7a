/**
 * Buffer objects of the memory manager: where they lie, whether they are pinned, their place in the order of use.
 *
 * Models     struct ttm_buffer_object, drivers/gpu/drm/ttm/ttm_bo.c (Linux 6.12)
 * Invariants I1 an object has at most one current resource; `tt` exists while it is page-backed
 *            I2 while pinCount > 0 neither kind of memory nor start changes
 */

import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import { PAGE_SIZE, type PageIndex, type Pages, type Pfn } from '../../base/units.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import { pfnOf, REGION_VRAM } from '../../hw/region.ts';
import { BO_PIN, BO_UNMAP_VIRTUAL } from '../../trace/events/drm.ts';
import { shootDownMappings } from '../device_mapping.ts';
import type { DrmDevice } from '../drm_device.ts';
import { GemObject, type GemObjectFuncs } from '../gem_object.ts';
import type { DrmMmNode } from '../mm/drm_mm.ts';
import type { TtmDevice } from './ttm_device.ts';
import { keepUntilSignalled } from './ttm_ghost.ts';
import type { LruBulkMove } from './ttm_lru.ts';
import type { TtmPlacement } from './ttm_placement.ts';
import type { TtmResource } from './ttm_resource.ts';
import type { TtmTt } from './ttm_tt.ts';

export class TtmBo extends GemObject {
  resource: TtmResource | null = null;
  tt: TtmTt | null = null;
  pinCount = 0;
  /** How many of these a task asked for; the others are the kernel's, and no task takes them away. */
  taskPins = 0;
  /** Why it is pinned, for people; empty when it is not. */
  pinnedFor = '';
  /** Group that moves in the order of use as one. */
  bulk: LruBulkMove | null = null;
  /** Place in the GART, while bound; drm/gtt/. */
  gart: DrmMmNode | null = null;

  constructor(
    readonly ttm: TtmDevice,
    nrPages: Pages,
    funcs: GemObjectFuncs,
    /** Where the driver wants it when it is used. */
    public placement: TtmPlacement,
    readonly priority = 0,
    kernelOwned = false,
    readonly alignPages: Pages = 0,
  ) {
    super(ttm.device, nrPages, funcs, kernelOwned);
  }

  /** The frame behind a page where the object lies now. It must be populated. */
  pfnOfPage(page: PageIndex): Pfn {
    const { resource, tt } = this;
    if (resource !== null && !resource.manager.useTt) {
      return pfnOf(REGION_VRAM, resource.manager.vramBase + resource.start + page);
    }
    invariant(tt !== null && tt.pages !== null, () => `Object ${this.id} has no pages.`);
    return tt.pages[page]!;
  }
}
snapshotClass(TtmBo, 'drm.TtmBo', 2);

/**
 * The frames in which an object's bytes lie now, in order of its pages; swap slots while it is swapped out, null while no byte
 * of it exists anywhere (it would read as zeros).
 */
export function objectPages(bo: TtmBo): Pfn[] | null {
  if ((bo.resource?.manager.useTt ?? true) && bo.tt?.pages == null) return bo.tt?.slots ?? null;
  return Array.from({ length: bo.nrPages }, (_, page) => bo.pfnOfPage(page));
}

/** Memory for a new object, asked before it is made. @throws KernelError ENOMEM */
export function needObjectMemory(device: DrmDevice): void {
  device.core.mm.faults.slab('drm_gem_object_init', 'an object');
}

/** Take the reservation of an object that nobody else can hold now. */
export function reserveBo(bo: TtmBo, ticket: number): void {
  invariant(bo.resv.tryLock(ticket), () => `Object ${bo.id} is reserved by ticket ${bo.resv.heldBy}.`);
}

/** Drop the reservation; the object was used, so it goes to the tail of its list. Models ttm_bo_unreserve(). */
export function unreserveBo(bo: TtmBo): void {
  if (bo.resource !== null) moveToLruTail(bo.resource);
  bo.resv.unlock();
}

/** Put a resource where its object's state says: tail of its list, or the unevictable ones. */
export function moveToLruTail(resource: TtmResource): void {
  const { bo, manager } = resource;
  invariant(bo !== null, () => 'A ghost has no place in the order of use.');
  const swapped = bo.tt?.swapped === true && bo.resource === resource;
  resource.lastUse = bo.ttm.device.trace.now;
  if (bo.pinCount > 0 || swapped) {
    bo.bulk?.remove(resource);
    bo.ttm.unevictable.addTail(resource.lru);
    return;
  }
  if (bo.device.core.mm.sabotage === 'unpinned-stays-unevictable' && resource.lru.list !== null) return;
  const list = manager.lru[resource.priority]!;
  if (bo.bulk === null) {
    list.addTail(resource.lru);
    return;
  }
  if (resource.lru.list !== list) list.addTail(resource.lru);
  bo.bulk.add(resource);
}

/** Shoot the mappings of an object down. Models ttm_bo_unmap_virtual(). */
export function unmapVirtual(bo: TtmBo): void {
  const { device } = bo;
  device.trace.emit(BO_UNMAP_VIRTUAL, bo.id);
  if (!bo.offset.allocated) return;
  shootDownMappings(device, bo.mmapOffset, bo.nrPages * PAGE_SIZE, 'ttm_bo_unmap_virtual');
}

/** Keep an object where it is. It must be reserved. */
export function pinBo(bo: TtmBo, why: string): void {
  if (bo.resource !== null) bo.bulk?.remove(bo.resource);
  bo.pinCount++;
  bo.pinnedFor = why;
  bo.device.trace.emit(BO_PIN, bo.id, bo.pinCount);
}

/** Undo one pinBo(). It must be reserved. */
export function unpinBo(bo: TtmBo): void {
  invariant(bo.pinCount > 0, () => `Object ${bo.id} is unpinned but not pinned.`);
  bo.pinCount--;
  if (bo.pinCount === 0) bo.pinnedFor = '';
  bo.device.trace.emit(BO_PIN, bo.id, bo.pinCount);
}

/** The object ends: its memory goes, at once or when the work that uses it is over. Models ttm_bo_release(). */
export function releaseBo(bo: TtmBo): void {
  const { ttm, resource, tt } = bo;
  // The last handle of a pinned object went: the kernel warns and lets it go (dossier 6.5).
  while (bo.pinCount > 0) unpinBo(bo);
  ttm.driver.releaseNotify?.(bo);
  if (resource !== null) bo.bulk?.remove(resource);
  bo.resource = null;
  bo.tt = null;
  keepUntilSignalled(ttm, bo.id, resource, tt, pendingFences(bo));
}

/** Fences of all classes that have not signalled. */
export function pendingFences(bo: TtmBo): DmaFence[] {
  return bo.resv
    .list()
    .filter(entry => !entry.fence.signalled)
    .map(entry => entry.fence);
}
