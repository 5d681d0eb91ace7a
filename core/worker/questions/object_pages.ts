/** Where the pages of an object lie, how far a copy of them is, and its GART entries in the formats of real hardware. */
import { USAGE_KERNEL } from '../../dma_buf/dma_resv.ts';
import type { TtmBo } from '../../drm/ttm/ttm_bo.ts';
import { objectPages } from '../../drm/ttm/ttm_bo.ts';
import { pfnOfGartEntry } from '../../hw/gart_entry.ts';
import { gartEntryTexts } from '../../hw/gart_formats/gart_formats.ts';
import { REGION_SWAP, REGION_VRAM, regionOfPfn } from '../../hw/region.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ObjectPagesView } from '../../public/machine_types.ts';
import type { Placement } from '../../public/view_types.ts';
import { objectOfId, placementOf } from '../../session/object_places.ts';
import { BO_MOVE, BO_MOVE_FENCE, PLACEMENT_WORDS } from '../../trace/events/drm.ts';
import type { Answering } from './question.ts';

/** Rows of the trace that are looked at for the move under way. */
const MOST_ROWS = 50_000;

/** The newest pipelined move of an object whose fence has not signalled. */
function moveUnderWay(kernel: Kernel, bo: TtmBo): { from: Placement | null; progress: number } {
  const { trace } = kernel;
  const fence = bo.resv.lastUnsignaled(USAGE_KERNEL);
  if (fence === null) return { from: null, progress: 1 };
  let duration = 0;
  for (let index = trace.count - 1; index >= Math.max(trace.firstIndex, trace.count - MOST_ROWS); index--) {
    const typeId = trace.typeIdAt(index);
    if ((typeId !== BO_MOVE.id && typeId !== BO_MOVE_FENCE.id) || trace.argAt(index, 0) !== bo.id) continue;
    if (typeId === BO_MOVE_FENCE.id) {
      duration = trace.argAt(index, 3);
      continue;
    }
    const from = PLACEMENT_WORDS[trace.argAt(index, 1)];
    if (from !== 'VRAM' && from !== 'TT' && from !== 'SYSTEM') break;
    const left = Math.max(0, fence.signalAt - trace.now);
    return { from, progress: duration > 0 ? Math.max(0, 1 - left / duration) : 0 };
  }
  return { from: null, progress: 1 };
}

function runsOf(bo: TtmBo, progress: number, from: Placement | null): ObjectPagesView['runs'] {
  const pages = objectPages(bo);
  if (pages === null) return [{ first: 0, nrPages: bo.nrPages, placement: 'nowhere', arrived: true }];
  const system = placementOf(bo) === 'TT' ? 'TT' : 'SYSTEM';
  const arrived = from === null ? bo.nrPages : Math.floor(bo.nrPages * progress);
  const runs: { first: number; nrPages: number; placement: Placement | 'nowhere'; arrived: boolean }[] = [];
  for (let page = 0; page < bo.nrPages; page++) {
    const region = regionOfPfn(pages[page]!);
    const target = region === REGION_VRAM ? 'VRAM' : region === REGION_SWAP ? 'SWAP' : system;
    const here = page < arrived;
    const placement = here || from === null ? target : from;
    const last = runs.at(-1);
    if (last && last.placement === placement && last.arrived === here) {
      runs[runs.length - 1] = { ...last, nrPages: last.nrPages + 1 };
    } else runs.push({ first: page, nrPages: 1, placement, arrived: here });
  }
  return runs;
}

export const OBJECT_PAGES: Answering<'objectPages'> = {
  ofMoment: true,
  answer: ({ session: { kernel } }, { id }): ObjectPagesView | null => {
    const bo = objectOfId(kernel, id);
    if (!bo) return null;
    const { from, progress } = moveUnderWay(kernel, bo);
    const first = bo.gart?.start ?? null;
    const entries = first === null ? [] : gartEntryTexts(kernel.description, kernel.queue.gart[first]!);
    let validEntries = 0;
    for (let page = 0; first !== null && page < bo.nrPages; page++) {
      if (pfnOfGartEntry(kernel.description, kernel.queue.gart[first + page]!) >= 0) validEntries++;
    }
    return {
      nrPages: bo.nrPages,
      runs: runsOf(bo, progress, from),
      progress,
      from,
      entries,
      firstEntry: first,
      validEntries,
    };
  },
};
