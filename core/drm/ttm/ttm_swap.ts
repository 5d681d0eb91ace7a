/**
 * Swap-out: when pages run short, objects in system memory give theirs up, least recently used first.
 *
 * Models     ttm_global_swapout, ttm_bo_swapout, drivers/gpu/drm/ttm/ttm_device.c, ttm_bo.c (Linux 6.12)
 * Order      devices in order of appearance; SYSTEM before TT; one object at a time
 * Left out   the shmem file in between: pages go straight to slots
 */
import { KernelError } from '../../base/errno.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import type { Pages } from '../../base/units.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import { USAGE_BOOKKEEP } from '../../dma_buf/dma_resv.ts';
import type { PageFrames, Reclaimer } from '../../mm/page_frame.ts';
import { BO_SWAPOUT } from '../../trace/events/drm.ts';
import type { DrmCore } from '../drm_core.ts';
import { moveToLruTail, type TtmBo, unmapVirtual } from './ttm_bo.ts';
import { handleMoveMem } from './ttm_bo_validate.ts';
import type { OperationContext, TtmDevice } from './ttm_device.ts';
import type { LruList } from './ttm_lru.ts';
import { PL_SYSTEM, PL_TT, placeIn } from './ttm_placement.ts';
import { unpopulate } from './ttm_populate.ts';
import type { TtmResource } from './ttm_resource.ts';

const hasPages = ({ bo }: TtmResource): boolean => bo?.tt?.populated === true;

/** Lists of what may have pages, in the order in which swap-out looks at them. */
function* listsOfPages(core: DrmCore): Generator<{ readonly ttm: TtmDevice; readonly list: LruList }> {
  for (const { ttm } of core.allDevices) {
    if (ttm === null) continue;
    for (const memType of [PL_SYSTEM, PL_TT] as const)
      for (const list of ttm.managers[memType]?.lru ?? []) yield { ttm, list };
  }
}

/** Swap one object out. @returns false when none can be */
export function swapOutOne(core: DrmCore): boolean {
  for (const { ttm, list } of listsOfPages(core))
    if (list.takeOldest(hasPages, ({ bo }) => swapOutBo(ttm, bo!))) return true;
  return false;
}

/**
 * What the kernel would wait for in its swap-out: the end of the work that uses the least recently used pages. Those that an object
 * has left are free then, those of an object can be swapped out.
 *
 * @returns null when no work in flight keeps pages from being had
 */
export function busyPages(core: DrmCore): DmaFence | null {
  for (const { list } of listsOfPages(core)) {
    for (const resource of list.resources()) {
      const fence = fenceOfPages(core, resource);
      if (fence !== null) return fence;
    }
  }
  return null;
}

function fenceOfPages(core: DrmCore, { bo, ghost }: TtmResource): DmaFence | null {
  if (bo === null) return ghost?.tt?.populated ? ghost.lastFence : null;
  const { tt } = bo;
  if (!tt?.populated || bo.pinCount > 0 || bo.resv.heldBy !== 0 || core.swap.nrFree < tt.nrPages) return null;
  return bo.resv.lastUnsignaled(USAGE_BOOKKEEP);
}

/** Out of the GART, where victims of swap-out lie unbound. @returns false when there is no memory to note it */
function moveToSystem(ttm: TtmDevice, bo: TtmBo, ctx: OperationContext): boolean {
  try {
    handleMoveMem(bo, ttm.manager(PL_SYSTEM).alloc(bo, placeIn(PL_SYSTEM))!, true, ctx);
    return true;
  } catch (refusal) {
    if (refusal instanceof KernelError) return false;
    throw refusal;
  }
}

/**
 * @returns false when the object cannot be swapped out: no pages, pinned, reserved, busy, shared, no slots, no memory for it; then
 *          it stays where it is
 */
function swapOutBo(ttm: TtmDevice, bo: TtmBo): boolean {
  const { tt } = bo;
  const { core } = ttm.device;
  if (tt === null || tt.pages === null || bo.pinCount > 0) return false;
  if (core.swap.nrFree < tt.nrPages || !bo.resv.testSignaled(USAGE_BOOKKEEP)) return false;
  if (core.mm.faults.failSlab('the file of swapped pages')) return false;
  const ctx = ttm.newContext(true);
  if (!bo.resv.tryLock(ctx.ticket)) return false;
  if (bo.resource!.memType === PL_TT && !moveToSystem(ttm, bo, ctx)) {
    bo.resv.unlock();
    return false;
  }
  unmapVirtual(bo);
  const slots = core.swap.alloc(tt.nrPages)!;
  core.plane.copyPages(tt.pages, slots, 'swap-out');
  unpopulate(ttm, tt);
  tt.slots = slots;
  core.mm.trace.emit(BO_SWAPOUT, bo.id, tt.nrPages);
  moveToLruTail(bo.resource!);
  bo.resv.unlock();
  return true;
}

/** Asked by the page allocator when it finds nothing. */
export class TtmReclaimer implements Reclaimer {
  constructor(private readonly core: DrmCore) {}

  reclaim(frames: PageFrames, wanted: Pages): Pages {
    const before = frames.nrFree;
    while (frames.nrFree - before < wanted && swapOutOne(this.core)) {}
    return frames.nrFree - before;
  }
}
snapshotClass(TtmReclaimer, 'drm.TtmReclaimer');
