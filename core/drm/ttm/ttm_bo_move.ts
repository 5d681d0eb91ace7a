/**
 * The ends of moves: by the CPU at once, by a copy engine behind a fence, or without bytes.
 *
 * Models     ttm_bo_move_memcpy, ttm_bo_move_accel_cleanup, ttm_bo_move_null, drivers/gpu/drm/ttm/ttm_bo_util.c (Linux 6.12)
 */
import type { Pfn } from '../../base/units.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import { USAGE_KERNEL } from '../../dma_buf/dma_resv.ts';
import { pfnOf, REGION_VRAM } from '../../hw/region.ts';
import { BO_MOVE_MEMCPY } from '../../trace/events/drm.ts';
import { moveToLruTail, type TtmBo } from './ttm_bo.ts';
import { keepUntilSignalled } from './ttm_ghost.ts';
import { unpopulate } from './ttm_populate.ts';
import type { TtmResource } from './ttm_resource.ts';

/** Frames of a VRAM resource, in order. */
export function vramFrames(resource: TtmResource): ArrayLike<Pfn> {
  const first = pfnOf(REGION_VRAM, resource.manager.vramBase + resource.start);
  const frames = new Uint32Array(resource.nrPages);
  for (let i = 0; i < frames.length; i++) frames[i] = first + i;
  return frames;
}

/** Fill fresh VRAM with zeros: no byte of the object exists yet. */
export function clearVram(bo: TtmBo, to: TtmResource): void {
  const first = pfnOf(REGION_VRAM, to.manager.vramBase + to.start);
  bo.device.core.plane.fillPages(first, to.nrPages, 0);
}

/** The new resource is the object's own from now on. */
function assign(bo: TtmBo, to: TtmResource): void {
  bo.resource = to;
  moveToLruTail(to);
}

/** Nothing to copy: first placement without bytes, or between kinds of memory that share the pages. */
export function moveNull(bo: TtmBo, to: TtmResource): void {
  const from = bo.resource;
  if (from !== null) {
    bo.bulk?.remove(from);
    from.manager.free(from);
  }
  assign(bo, to);
}

/** The CPU copies; when this returns the move is over. */
export function moveMemcpy(bo: TtmBo, to: TtmResource): void {
  const from = bo.resource!;
  const { device, tt, ttm } = bo;
  const { plane } = device.core;
  device.trace.emit(BO_MOVE_MEMCPY, bo.id, from.memType, to.memType, bo.nrPages);
  if (!from.manager.useTt) {
    const evicting = to.manager.useTt;
    plane.copyPages(
      vramFrames(from),
      evicting ? tt!.pages! : vramFrames(to),
      evicting ? 'evict' : 'validate',
    );
  } else if (tt?.pages) plane.copyPages(tt.pages, vramFrames(to), 'validate');
  else clearVram(bo, to);
  if (tt !== null && !to.manager.useTt) {
    unpopulate(ttm, tt);
    bo.tt = null;
  }
  moveNull(bo, to);
}

/**
 * A copy engine moves the bytes; the commands are queued already and end with the fence.
 *
 * Evicting from fixed memory: the old place is free at once, and whoever gets it next waits for the fence. Otherwise the old
 * memory becomes a ghost until then.
 */
export function moveAccelCleanup(bo: TtmBo, to: TtmResource, evict: boolean, fence: DmaFence): void {
  const from = bo.resource!;
  const { device, ttm } = bo;
  bo.resv.addFence(device.trace, fence, USAGE_KERNEL);
  bo.bulk?.remove(from);
  if (evict && !from.manager.useTt) {
    from.manager.addMoveFence(fence);
    from.manager.free(from);
  } else {
    const tt = to.manager.useTt ? null : bo.tt;
    if (tt !== null) bo.tt = null;
    keepUntilSignalled(ttm, bo.id, from, tt, [fence]);
  }
  assign(bo, to);
}
