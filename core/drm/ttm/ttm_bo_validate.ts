/**
 * Validate: bring an object to a place it may be in, evicting others if that is what it takes.
 *
 * Models     ttm_bo_validate, ttm_bo_alloc_resource, ttm_bo_handle_move_mem, drivers/gpu/drm/ttm/ttm_bo.c (Linux 6.12)
 * Residue    a validation that ends in ENOMEM may have evicted others; a failed move has lost its user mappings, nothing else
 */
import { KernelError } from '../../base/errno.ts';
import { invariant } from '../../base/invariant.ts';
import { USAGE_KERNEL } from '../../dma_buf/dma_resv.ts';
import { BO_MOVE } from '../../trace/events/drm.ts';
import { type TtmBo, unmapVirtual } from './ttm_bo.ts';
import type { OperationContext } from './ttm_device.ts';
import { evictFor } from './ttm_evict.ts';
import { PL_FLAG_DESIRED, PL_FLAG_FALLBACK, PL_SYSTEM, type TtmPlacement } from './ttm_placement.ts';
import { populate, unpopulate } from './ttm_populate.ts';
import type { TtmResource } from './ttm_resource.ts';
import type { ResourceManager } from './ttm_resource_manager.ts';
import { TtmTt } from './ttm_tt.ts';

/** Number of "nowhere" among PLACEMENT_WORDS. */
const NOWHERE = 4;

/** Does the object lie in one of the places already? */
export function isCompatible(resource: TtmResource, placement: TtmPlacement, evicting: boolean): boolean {
  return placement.some(
    place =>
      (place.flags & (evicting ? PL_FLAG_DESIRED : PL_FLAG_FALLBACK)) === 0 &&
      place.memType === resource.memType &&
      resource.manager.compatible(resource, place),
  );
}

/**
 * Make sure the object lies in one of the places; it must be reserved by the context's ticket.
 *
 * @throws KernelError EINVAL pinned elsewhere, ENOMEM no room even after evicting what can be evicted
 * @throws WouldBlock when memory comes back with the end of work in flight
 */
export function validateBo(bo: TtmBo, placement: TtmPlacement, ctx: OperationContext): void {
  invariant(bo.resv.heldBy !== 0, () => `Object ${bo.id} is validated without its reservation.`);
  for (const force of [false, true]) {
    if (bo.resource !== null && isCompatible(bo.resource, placement, force)) return;
    if (bo.pinCount > 0) {
      throw new KernelError(
        'EINVAL',
        'ttm_bo_validate',
        `Object ${bo.id} is pinned (${bo.pinnedFor}) and cannot move.`,
      );
    }
    const resource = allocResource(bo, placement, ctx, force);
    if (resource === null) continue;
    bounce(bo, resource, ctx);
    handleMoveMem(bo, resource, false, ctx);
    return;
  }
  const names = placement.map(place => bo.ttm.managers[place.memType]?.sizePages ?? 0).join(', ');
  throw new KernelError(
    'ENOMEM',
    'ttm_bo_validate',
    `Object ${bo.id} needs ${bo.nrPages} pages; memories of ${names} pages have no room.`,
  );
}

/**
 * Space in the first place that has some.
 *
 * @param force evict others for it
 * @returns null when there is none (ENOSPC)
 */
export function allocResource(
  bo: TtmBo,
  placement: TtmPlacement,
  ctx: OperationContext,
  force: boolean,
): TtmResource | null {
  for (const place of placement) {
    const manager = bo.ttm.managers[place.memType];
    if (!manager) continue;
    if (place.flags & (force ? PL_FLAG_DESIRED : PL_FLAG_FALLBACK)) continue;
    let resource = manager.alloc(bo, place);
    if (resource === null && force && place.memType !== PL_SYSTEM)
      resource = evictFor(bo, manager, place, ctx);
    if (resource === null) continue;
    try {
      if (inheritMoveFences(bo, manager, ctx)) return resource;
    } catch (refusal) {
      manager.free(resource);
      throw refusal;
    }
    manager.free(resource);
  }
  return null;
}

/**
 * The stop on the way that some drivers need. The first attempt has shot the mappings down before the driver says so.
 * Models ttm_bo_bounce_temp_buffer().
 */
function bounce(bo: TtmBo, to: TtmResource, ctx: OperationContext): void {
  const place = bo.ttm.driver.hop?.(bo, to) ?? null;
  if (place === null) return;
  if (bo.resource !== null || bo.device.core.mm.era.zapAtFirstPlacement) unmapVirtual(bo);
  try {
    const stop = allocResource(bo, [place], ctx, true);
    if (stop === null)
      throw new KernelError('ENOMEM', 'ttm_bo_validate', `Object ${bo.id} finds no room on its way.`);
    handleMoveMem(bo, stop, false, ctx);
  } catch (failure) {
    to.manager.free(to);
    throw failure;
  }
}

/** New memory may still be read by copies that carry its last owner out: they become the object's own KERNEL fences. */
function inheritMoveFences(bo: TtmBo, manager: ResourceManager, ctx: OperationContext): boolean {
  const fences = manager.pendingMoveFences();
  if (fences.length === 0) return true;
  if (ctx.noWaitGpu) return false;
  bo.resv.reserveFences(fences.length, bo.device.core.mm.faults);
  for (const fence of fences) bo.resv.addFence(bo.device.trace, fence, USAGE_KERNEL);
  return true;
}

/**
 * What a move needs: pages where it goes into some, a slot for its fence.
 *
 * @throws KernelError ENOMEM, with what is there so far; WouldBlock when pages come back with the end of work in flight
 */
function prepareMove(bo: TtmBo, to: TtmResource, ctx: OperationContext): void {
  const from = bo.resource;
  const { faults } = bo.device.core.mm;
  if (to.manager.useTt && bo.tt === null) {
    faults.slab('ttm_tt_create', 'the list of its pages');
    // Pages that a copy from fixed memory overwrites need no zeros; all others do.
    bo.tt = new TtmTt(bo.nrPages, from === null || from.manager.useTt);
  }
  const fillsPages = to.manager.useTt && (to.memType !== PL_SYSTEM || (from !== null && !from.manager.useTt));
  if (bo.tt !== null && (fillsPages || bo.tt.swapped) && !populate(bo, ctx.noWaitGpu)) {
    throw new KernelError(
      'ENOMEM',
      'ttm_tt_populate',
      `Object ${bo.id} finds no ${bo.nrPages} pages of system memory.`,
    );
  }
  bo.resv.reserveFences(1, faults);
}

/**
 * Move an object to its new resource: mappings first, then pages, then the driver.
 *
 * @throws KernelError ENOMEM no pages; WouldBlock pages come back with the end of work in flight; the resource is freed and the object
 *         stays where it was
 */
export function handleMoveMem(bo: TtmBo, to: TtmResource, evict: boolean, ctx: OperationContext): void {
  const { ttm, device } = bo;
  const from = bo.resource;
  const era = device.core.mm.era;
  const keeps = device.core.mm.sabotage === 'move-keeps-mappings';
  if ((from !== null || era.zapAtFirstPlacement) && !keeps) unmapVirtual(bo);
  try {
    prepareMove(bo, to, ctx);
  } catch (refusal) {
    // Pages that were there before the move stay.
    if (bo.tt !== null && (from === null || !from.manager.useTt)) {
      unpopulate(ttm, bo.tt);
      bo.tt = null;
    }
    to.manager.free(to);
    throw refusal;
  }
  device.trace.emit(BO_MOVE, bo.id, from?.memType ?? NOWHERE, to.memType, bo.nrPages, to.start);
  if (from !== null) ttm.driver.releaseNotify?.(bo);
  ttm.driver.move(bo, to, evict, ctx);
  ctx.movedPages += bo.nrPages;
}
