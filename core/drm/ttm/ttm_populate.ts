/**
 * Pages of objects come and go: populate, unpopulate.
 *
 * Models     ttm_tt_populate, ttm_pool_alloc, drivers/gpu/drm/ttm/ttm_tt.c (Linux 6.12)
 * Order      what work in flight uses is left alone as long as there is anything else; it is waited for before memory is said to be
 *            out. The kernel waits for the least recently used object when it meets it, so also to stay below its limit
 * Invariants I1 ttm.populatedPages = pages of all populated tts
 */
import type { Pfn } from '../../base/units.ts';
import { WouldBlock } from '../../base/would_block.ts';
import { NO_PFN, type PageFrames } from '../../mm/page_frame.ts';
import { BO_SWAPIN } from '../../trace/events/drm.ts';
import { moveToLruTail, type TtmBo } from './ttm_bo.ts';
import type { TtmDevice } from './ttm_device.ts';
import { busyPages, swapOutOne } from './ttm_swap.ts';
import type { TtmTt } from './ttm_tt.ts';

/**
 * Give an object's tt its pages: fresh ones, or those that were swapped out; then it can be evicted again.
 *
 * @param noWaitGpu never wait for a fence
 * @returns false when there is no memory (ENOMEM); nothing has changed then, but others may have been swapped out
 * @throws WouldBlock when pages come back with the end of work in flight; as after false
 */
export function populate(bo: TtmBo, noWaitGpu = false): boolean {
  const { ttm } = bo;
  const tt = bo.tt!;
  if (tt.populated) return true;
  const { core } = ttm.device;
  const { frames, plane, trace } = core.mm;
  // The limit is soft: when nothing can be swapped out the pages are allocated all the same.
  while (ttm.populatedPages + tt.nrPages > ttm.pagesLimit && swapOutOne(core)) {}
  const wantZeros = tt.zeroAlloc && tt.slots === null;
  let pages = allocPages(frames, tt.nrPages, wantZeros);
  // Not when pages are there and the allocation failed all the same: that is no shortage.
  while (pages === null && frames.nrFree < tt.nrPages && swapOutOne(core))
    pages = allocPages(frames, tt.nrPages, wantZeros);
  if (pages === null && !noWaitGpu && frames.nrFree < tt.nrPages) {
    const fence = busyPages(core);
    if (fence !== null) throw new WouldBlock(fence, 'ttm_tt_populate');
  }
  if (pages === null) return false;
  if (tt.slots !== null) {
    const slots = core.mm.sabotage === 'swap-in-backwards' ? [...tt.slots].reverse() : tt.slots;
    plane.copyPages(slots, pages, 'swap-in');
    core.swap.free(tt.slots);
    tt.slots = null;
    trace.emit(BO_SWAPIN, bo.id, tt.nrPages);
    if (bo.resource !== null) moveToLruTail(bo.resource);
  }
  tt.pages = pages;
  bo.resource?.lru.list?.gotPages(bo.resource.lru);
  ttm.populatedPages += tt.nrPages;
  return true;
}

function allocPages(frames: PageFrames, n: number, zeros: boolean): Pfn[] | null {
  if (frames.nrFree < n) return null;
  if (zeros) return frames.allocRun(n);
  const pages: Pfn[] = [];
  while (pages.length < n) {
    const pfn = frames.allocDirtyPage();
    if (pfn === NO_PFN) {
      for (const page of pages) frames.put(page);
      return null;
    }
    pages.push(pfn);
  }
  return pages;
}

/** Take the pages (or slots) of a tt away; their contents are lost. */
export function unpopulate(ttm: TtmDevice, tt: TtmTt): void {
  const { core } = ttm.device;
  if (tt.slots !== null) {
    core.swap.free(tt.slots);
    tt.slots = null;
  }
  if (tt.pages === null) return;
  for (const pfn of tt.pages) core.mm.frames.put(pfn);
  tt.pages = null;
  ttm.populatedPages -= tt.nrPages;
}
