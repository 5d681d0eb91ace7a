/**
 * Eviction: walk the candidates in the policy's order, say of each why it stays or goes, try again after every victim.
 *
 * Models     ttm_bo_evict_alloc, ttm_bo_evict_cb, ttm_bo_evict, drivers/gpu/drm/ttm/ttm_bo.c (Linux 6.12)
 * Order      first a walk that leaves alone what work in flight uses; when that was not enough and waiting is allowed, a second
 *            one that queues behind that work. Without fences there is one walk, as in the kernel. What objects have left but
 *            work in flight still uses is waited for last
 * Residue    victims of a walk that ends without room stay evicted
 */

import { KernelError } from '../../base/errno.ts';
import { WouldBlock } from '../../base/would_block.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import { USAGE_BOOKKEEP } from '../../dma_buf/dma_resv.ts';
import {
  EVICT_BEGIN,
  EVICT_CANDIDATE,
  EVICT_END,
  EVICT_REASONS,
  EVICT_VICTIM,
  type EvictReason,
} from '../../trace/events/drm.ts';
import type { TtmBo } from './ttm_bo.ts';
import { allocResource, handleMoveMem } from './ttm_bo_validate.ts';
import type { OperationContext } from './ttm_device.ts';
import type { TtmPlace } from './ttm_placement.ts';
import type { TtmResource } from './ttm_resource.ts';
import type { ResourceManager } from './ttm_resource_manager.ts';

/**
 * Evict until the place has room for the object.
 *
 * @returns the space, or null when everything that may go is gone and there is still none
 * @throws WouldBlock when memory comes back with the end of work in flight; KernelError ENOMEM no memory to note the space
 */
export function evictFor(
  bo: TtmBo,
  manager: ResourceManager,
  place: TtmPlace,
  ctx: OperationContext,
): TtmResource | null {
  const { trace } = bo.device;
  const { policy } = bo.ttm;
  const lastPage = Math.min(place.lastPage || manager.sizePages, manager.budgetPages);
  trace.emit(EVICT_BEGIN, bo.id, bo.nrPages, manager.memType, lastPage, policy.number);
  const tally: Tally = { evicted: 0, busy: 0, notReached: 0, deleted: null };
  let found: TtmResource | null = null;
  try {
    found = walkOnce(bo, manager, place, ctx, false, tally);
    if (found === null && tally.busy > 0 && !ctx.noWaitGpu)
      found = walkOnce(bo, manager, place, ctx, true, tally);
  } finally {
    trace.emit(EVICT_END, bo.id, found === null ? 0 : 1, tally.evicted, tally.notReached);
  }
  if (found === null && tally.deleted !== null && !ctx.noWaitGpu)
    throw new WouldBlock(tally.deleted, 'ttm_bo_evict');
  return found;
}

interface Tally {
  evicted: number;
  /** Candidates passed over only because work in flight uses them. */
  busy: number;
  notReached: number;
  /** What gives back the first memory that no object has any more. */
  deleted: DmaFence | null;
}

function walkOnce(
  bo: TtmBo,
  manager: ResourceManager,
  place: TtmPlace,
  ctx: OperationContext,
  takeBusy: boolean,
  tally: Tally,
): TtmResource | null {
  const walk = bo.ttm.policy.begin(manager, bo.nrPages);
  let stayed = 0;
  try {
    if (!takeBusy) reportUnevictable(bo, manager);
    for (let candidate = walk.next(); candidate !== null; candidate = walk.next()) {
      const reason = whyNot(candidate, place, takeBusy);
      if (reason === 'busy fence') tally.busy++;
      if (reason === 'deleted') tally.deleted ??= candidate.ghost!.lastFence;
      report(candidate, bo, reason ?? 'victim');
      if (reason !== null || !evictResource(candidate, bo, ctx)) {
        stayed++;
        continue;
      }
      tally.evicted++;
      const space = manager.alloc(bo, place);
      if (space === null) continue;
      tally.notReached = manager.nrListed - stayed;
      return space;
    }
    return null;
  } finally {
    walk.end();
  }
}

/** Pinned objects are on no list that a walk sees; the card names them all the same. */
function reportUnevictable(bo: TtmBo, manager: ResourceManager): void {
  for (const resource of bo.ttm.unevictable.resources()) {
    if (resource.manager !== manager || resource.bo!.pinCount === 0) continue;
    report(resource, bo, 'pinned');
  }
}

function report(candidate: TtmResource, bo: TtmBo, reason: EvictReason): void {
  const { trace } = bo.device;
  const ageUs = Math.min(0xffffffff, Math.floor((trace.now - candidate.lastUse) / 1000));
  trace.emit(
    EVICT_CANDIDATE,
    candidate.bo?.id ?? candidate.ghost!.objectId,
    bo.id,
    EVICT_REASONS.indexOf(reason),
    candidate.nrPages,
    ageUs,
  );
}

/** Why a candidate stays, or null when it goes. */
function whyNot(candidate: TtmResource, place: TtmPlace, takeBusy: boolean): EvictReason | null {
  const { bo, manager } = candidate;
  if (bo === null) return manager.intersects(candidate, place) ? 'deleted' : 'wrong range';
  if (bo.pinCount > 0) return 'pinned';
  if (bo.resv.heldBy !== 0) return 'reserved';
  if (!manager.intersects(candidate, place)) return 'wrong range';
  if (!takeBusy && !bo.resv.testSignaled(USAGE_BOOKKEEP)) return 'busy fence';
  return null;
}

/**
 * Move one object out of where it lies.
 *
 * @param forBo the object that needs the room, or null
 * @returns false when it found no other place; it stays
 */
export function evictResource(candidate: TtmResource, forBo: TtmBo | null, ctx: OperationContext): boolean {
  const bo = candidate.bo!;
  const { trace } = bo.device;
  if (!bo.resv.tryLock(ctx.ticket)) return false;
  try {
    const placement = bo.ttm.driver.evictPlacement(bo);
    const to = allocResource(bo, placement, ctx, false) ?? allocResource(bo, placement, ctx, true);
    if (to === null) {
      if (forBo !== null) report(candidate, forBo, 'move failed');
      return false;
    }
    trace.emit(EVICT_VICTIM, bo.id, forBo?.id ?? 0, bo.nrPages, to.memType);
    handleMoveMem(bo, to, true, ctx);
    return true;
  } catch (refusal) {
    if (!(refusal instanceof KernelError)) throw refusal;
    if (forBo !== null) report(candidate, forBo, 'move failed');
    return false;
  } finally {
    bo.resv.unlock();
  }
}
