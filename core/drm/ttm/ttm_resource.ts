/**
 * A resource: the space an object has in one kind of memory.
 *
 * Models     struct ttm_resource, drivers/gpu/drm/ttm/ttm_resource.c (Linux 6.12)
 * Units      pages
 * Invariants I1 its manager counts it from alloc to free
 *            I2 it is on its manager's list of its priority, or on the device's unevictable list; that of a ghost on the former
 */
import { snapshotClass } from '../../base/snapshot.ts';
import type { Nanoseconds, Pages } from '../../base/units.ts';
import type { DrmMmNode } from '../mm/drm_mm.ts';
import type { TtmBo } from './ttm_bo.ts';
import type { TtmGhost } from './ttm_ghost.ts';
import { LruLink } from './ttm_lru.ts';
import type { MemType } from './ttm_placement.ts';
import type { ResourceManager } from './ttm_resource_manager.ts';

export class TtmResource {
  readonly lru: LruLink;
  /** Place in a range manager; null where memory has no addresses. */
  node: DrmMmNode | null = null;
  /** Names the VRAM allocation on the data plane; 0 for none. */
  allocationId = 0;
  /** Set when `bo` has left it: whoever keeps it until work in flight is over. */
  ghost: TtmGhost | null = null;
  /** Virtual time of the last use; for cards and other policies. */
  lastUse: Nanoseconds = 0;

  /**
   * @param bo       whose it is; null once it belongs to a ghost
   * @param priority list of the manager; 0 is evicted first
   */
  constructor(
    readonly manager: ResourceManager,
    public bo: TtmBo | null,
    readonly nrPages: Pages,
    public priority: number,
  ) {
    this.lru = new LruLink(this);
  }

  get memType(): MemType {
    return this.manager.memType;
  }

  /** First page in its memory; 0 where memory has no addresses. */
  get start(): number {
    return this.node?.start ?? 0;
  }
}
snapshotClass(TtmResource, 'drm.TtmResource');
