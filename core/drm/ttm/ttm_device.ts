/**
 * The memory manager of one device: a manager per kind of memory, objects that cannot be evicted, ghosts of finished moves.
 *
 * Models     struct ttm_device, drivers/gpu/drm/ttm/ttm_device.c (Linux 6.12)
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import type { Pages } from '../../base/units.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { EvictionPolicy } from './eviction_policy.ts';
import type { TtmDriver } from './ttm_driver.ts';
import type { TtmGhost } from './ttm_ghost.ts';
import { LruList } from './ttm_lru.ts';
import type { MemType } from './ttm_placement.ts';
import type { ResourceManager } from './ttm_resource_manager.ts';

/** How a change of placement may go about it. Models struct ttm_operation_ctx. */
export interface OperationContext {
  /** Acquire context that holds the reservations of this operation. */
  readonly ticket: number;
  /** Never wait for a fence, and leave alone what would have to be waited for. */
  readonly noWaitGpu: boolean;
  /** Pages moved so far. */
  movedPages: Pages;
}

export class TtmDevice {
  /** By kind of memory; null or nothing where the device has none. */
  readonly managers: (ResourceManager | null)[] = [null, null, null];
  /** Resources of pinned and swapped-out objects. */
  readonly unevictable = new LruList();
  /** Old memory of moves and of ended objects whose work is not over. */
  readonly ghosts = new Set<TtmGhost>();
  /** System pages of populated objects. */
  populatedPages: Pages = 0;

  constructor(
    readonly device: DrmDevice,
    readonly driver: TtmDriver,
    public policy: EvictionPolicy,
    /** System pages above which others are swapped out before more are populated. */
    readonly pagesLimit: Pages,
  ) {}

  /** The manager of a kind of memory; there must be one. */
  manager(memType: MemType): ResourceManager {
    const manager = this.managers[memType];
    invariant(manager, () => `The device ${this.device.description.name} has no memory of kind ${memType}.`);
    return manager;
  }

  /** A new operation with an acquire context of its own. */
  newContext(noWaitGpu = false): OperationContext {
    return { ticket: this.device.core.nextTicket++, noWaitGpu, movedPages: 0 };
  }
}
snapshotClass(TtmDevice, 'drm.TtmDevice');
