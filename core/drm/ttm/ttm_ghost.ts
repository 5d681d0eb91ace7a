/**
 * Ghosts: memory that an object has left but that work in flight still uses; it goes when the work is over.
 *
 * Models     ttm_buffer_object_transfer, ttm_bo_delayed_delete, drivers/gpu/drm/ttm (Linux 6.12)
 * Invariants I1 a ghost lives exactly until the last of its fences has signalled
 */
import { snapshotClass, snapshotConstant } from '../../base/snapshot.ts';
import type { DmaFence, FenceCallbackOps } from '../../dma_buf/dma_fence.ts';
import type { TtmDevice } from './ttm_device.ts';
import { unpopulate } from './ttm_populate.ts';
import type { TtmResource } from './ttm_resource.ts';
import type { TtmTt } from './ttm_tt.ts';

export class TtmGhost {
  /** Fences that have not signalled. */
  pending = 0;
  /** The fence that signals last; null when all have. */
  lastFence: DmaFence | null = null;

  constructor(
    readonly ttm: TtmDevice,
    /** The object that left it; it may be gone. */
    readonly objectId: number,
    readonly resource: TtmResource | null,
    readonly tt: TtmTt | null,
  ) {}
}
snapshotClass(TtmGhost, 'drm.TtmGhost');

const GHOST_CALLBACK: FenceCallbackOps = snapshotConstant('drm.ghostCallback', {
  name: 'ttm-ghost',
  signalled(subject: object): void {
    const ghost = subject as TtmGhost;
    if (--ghost.pending === 0) releaseGhost(ghost);
  },
} satisfies FenceCallbackOps);

/** Keep a resource and pages until all fences have signalled; at once when they have. They belong to no object any more. */
export function keepUntilSignalled(
  ttm: TtmDevice,
  objectId: number,
  resource: TtmResource | null,
  tt: TtmTt | null,
  fences: Iterable<DmaFence>,
): void {
  const ghost = new TtmGhost(ttm, objectId, resource, tt);
  if (resource !== null) {
    resource.bo = null;
    resource.ghost = ghost;
    resource.manager.lru[resource.priority]!.addTail(resource.lru);
  }
  ttm.ghosts.add(ghost);
  for (const fence of fences) {
    if (!fence.addCallback(GHOST_CALLBACK, ghost)) continue;
    ghost.pending++;
    if (ghost.lastFence === null || fence.signalAt > ghost.lastFence.signalAt) ghost.lastFence = fence;
  }
  if (ghost.pending === 0) releaseGhost(ghost);
}

function releaseGhost(ghost: TtmGhost): void {
  const { ttm, resource, tt } = ghost;
  if (tt !== null) unpopulate(ttm, tt);
  if (resource !== null) resource.manager.free(resource);
  ttm.ghosts.delete(ghost);
}
