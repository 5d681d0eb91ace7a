/**
 * Managers of the kinds of memory: who has how much of it, and in what order it would be taken away.
 *
 * Models     struct ttm_resource_manager, ttm_range_manager.c, ttm_sys_manager.c (Linux 6.12)
 * Units      pages
 * Invariants I1 usedPages = sum of its resources, at most sizePages where there is a limit
 *            I2 nodes of a range manager are disjoint (drm/mm/drm_mm.ts)
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import type { Pages } from '../../base/units.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import type { DataPlane } from '../../hw/data_plane.ts';
import { DrmMm, DrmMmNode } from '../mm/drm_mm.ts';
import type { TtmBo } from './ttm_bo.ts';
import { LruList } from './ttm_lru.ts';
import { type MemType, PL_FLAG_TOPDOWN, type TtmPlace } from './ttm_placement.ts';
import { TtmResource } from './ttm_resource.ts';

/** LRU priorities (TTM_MAX_BO_PRIORITY). */
export const MAX_BO_PRIORITY = 4;

/** Where VRAM allocations are told of: the dedicated layout makes a GPU buffer for each. */
export interface VramAllocations {
  readonly plane: DataPlane;
  /** Never reused. */
  nextVramAllocationId: number;
}

export class ResourceManager {
  usedPages: Pages = 0;
  /** Part of the memory, from its start, that allocations may use; the budget. */
  budgetPages: Pages;
  /** Addresses; null where memory has none. */
  readonly mm: DrmMm | null;
  readonly lru: readonly LruList[];
  /** The latest fence of each timeline behind which memory was freed while its copy-out still ran. */
  readonly moveFences: DmaFence[] = [];

  /**
   * @param memType   kind of memory
   * @param sizePages limit; Infinity for system memory
   * @param useTt     backed by pages of a tt
   * @param ranges    memory with addresses
   * @param vram      told of each allocation; null for other memory
   * @param vramBase  first page in the VRAM region
   */
  constructor(
    readonly memType: MemType,
    readonly sizePages: Pages,
    readonly useTt: boolean,
    ranges: boolean,
    private readonly vram: VramAllocations | null = null,
    readonly vramBase = 0,
  ) {
    this.budgetPages = sizePages;
    this.mm = ranges ? new DrmMm(0, sizePages) : null;
    this.lru = Array.from({ length: MAX_BO_PRIORITY }, () => new LruList());
  }

  /** Space for an object. @returns null when there is none (ENOSPC); @throws KernelError ENOMEM no memory to note it */
  alloc(bo: TtmBo, place: TtmPlace): TtmResource | null {
    const nrPages = bo.nrPages;
    bo.device.core.mm.faults.slab('ttm_resource_alloc', 'a resource');
    let node: DrmMmNode | null = null;
    if (this.mm !== null) {
      node = new DrmMmNode();
      const rangeEnd = Math.min(place.lastPage || this.sizePages, this.budgetPages);
      const mode = place.flags & PL_FLAG_TOPDOWN ? 'high' : 'best';
      const where = { alignment: bo.alignPages, rangeStart: place.firstPage, rangeEnd, mode } as const;
      if (!this.mm.insert(node, nrPages, where)) return null;
    } else if (this.usedPages + nrPages > this.budgetPages) return null;
    const resource = new TtmResource(this, bo, nrPages, bo.priority);
    resource.node = node;
    if (node !== null) node.owner = resource;
    this.usedPages += nrPages;
    if (this.vram !== null) {
      resource.allocationId = this.vram.nextVramAllocationId++;
      this.vram.plane.vramAlloc(resource.allocationId, this.vramBase + node!.start, nrPages);
    }
    return resource;
  }

  /** Give space back; the resource is on no list any more. */
  free(resource: TtmResource): void {
    invariant(resource.manager === this, () => 'A resource is freed by another manager.');
    if (resource.lru.list !== null) resource.lru.unlink();
    if (resource.node !== null) {
      this.mm!.remove(resource.node);
      resource.node = null;
    }
    if (resource.allocationId !== 0) {
      this.vram!.plane.vramFree(resource.allocationId);
      resource.allocationId = 0;
    }
    this.usedPages -= resource.nrPages;
  }

  /** The device is gone, and its memory with it: what lies there is lost, whoever still holds it. */
  abandonMemory(): void {
    if (this.vram === null || this.mm === null) return;
    for (const node of this.mm.nodes()) {
      const resource = node.owner as TtmResource;
      if (resource.allocationId !== 0) this.vram.plane.vramFree(resource.allocationId);
      resource.allocationId = 0;
    }
  }

  /** Does the resource lie (partly) where the place is? Models ttm_range_man_intersects(). */
  intersects(resource: TtmResource, place: TtmPlace): boolean {
    if (resource.node === null) return true;
    const last = Math.min(place.lastPage || this.sizePages, this.budgetPages);
    return place.firstPage < resource.node.end && last > resource.node.start;
  }

  /** Does the resource lie wholly where the place is? Models ttm_range_man_compatible(). */
  compatible(resource: TtmResource, place: TtmPlace): boolean {
    if (resource.node === null) return true;
    return (
      place.firstPage <= resource.node.start && (place.lastPage === 0 || resource.node.end <= place.lastPage)
    );
  }

  /** Memory was freed behind this fence: whoever gets it next waits for it. */
  addMoveFence(fence: DmaFence): void {
    const same = this.moveFences.findIndex(f => f.context === fence.context);
    if (same >= 0) {
      if (fence.isLaterOrSame(this.moveFences[same]!)) this.moveFences[same] = fence;
      return;
    }
    const over = this.moveFences.findIndex(f => f.signalled);
    if (over >= 0) this.moveFences[over] = fence;
    else this.moveFences.push(fence);
  }

  /** Move fences that have not signalled. */
  pendingMoveFences(): DmaFence[] {
    return this.moveFences.filter(fence => !fence.signalled);
  }

  /** Resources on its LRU lists. */
  get nrListed(): number {
    let listed = 0;
    for (const list of this.lru) listed += list.length;
    return listed;
  }

  /** All its resources on the LRU lists, in the order in which they would be evicted. */
  inLruOrder(): TtmResource[] {
    return this.lru.flatMap(list => list.resources());
  }
}
snapshotClass(ResourceManager, 'drm.ResourceManager');
