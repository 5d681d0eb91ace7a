/**
 * The kernel's own policy: lowest priority first, within it the least recently used.
 *
 * Models     ttm_resource_manager_first/next, drivers/gpu/drm/ttm/ttm_resource.c (Linux 6.12)
 */
import { snapshotConstant } from '../../../base/snapshot.ts';
import type { EvictionPolicy, EvictionWalk } from '../eviction_policy.ts';
import { LruCursor } from '../ttm_lru.ts';
import type { ResourceManager } from '../ttm_resource_manager.ts';

export const LRU_POLICY: EvictionPolicy = snapshotConstant('drm.policy.lru', {
  name: 'lru',
  number: 0,
  begin(manager: ResourceManager): EvictionWalk {
    return new LruCursor(manager.lru);
  },
} satisfies EvictionPolicy);
