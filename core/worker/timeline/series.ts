/** Columns of the charts: amounts at the ends of bins, numbers and rates over bins. */
import { PAGE_SIZE } from '../../base/units.ts';
import type { SeriesAnswer, TimelineExtent } from '../../public/timeline_types.ts';
import { PLACEMENTS } from '../../public/view_types.ts';
import { FENCE_TIMELINES } from '../../trace/events/dma_buf.ts';
import { copiedPages } from './copied_pages.ts';
import type { TimelineIndex } from './timeline_index.ts';

const COPY = FENCE_TIMELINES.indexOf('copy');

/** Most bins of one answer. */
const MOST_BINS = 4096;

/** Bytes a second of virtual time while a copy engine worked in [from, to); NaN when none did. */
function copyRate(index: TimelineIndex, from: number, to: number): number {
  let busy = 0;
  let pages = 0;
  for (const engine of index.engines.values()) {
    if (engine.timeline !== COPY) continue;
    busy += engine.work.covered(from, to);
    pages += copiedPages(engine, from, to);
  }
  return busy > 0 && pages > 0 ? (pages * PAGE_SIZE * 1e9) / busy : Number.NaN;
}

/** @param from @param to virtual nanoseconds */
export function series(
  index: TimelineIndex,
  extent: TimelineExtent,
  from: number,
  to: number,
  bins: number,
): SeriesAnswer {
  const count = Math.max(1, Math.min(MOST_BINS, Math.floor(bins)));
  const width = (to - from) / count;
  const time = new Float64Array(count);
  const pages = PLACEMENTS.map(() => new Float64Array(count));
  const faults = new Float64Array(count);
  const evictions = new Float64Array(count);
  const rate = new Float64Array(count);
  for (let bin = 0; bin < count; bin++) {
    const begin = from + bin * width;
    // What happens at the very end belongs to the last bin.
    const end = bin === count - 1 ? to + 1 : begin + width;
    time[bin] = begin + width;
    const held = index.placements.pagesAt(end - 1);
    for (let i = 0; i < pages.length; i++) pages[i]![bin] = held[i]!;
    faults[bin] = index.faults.between(begin, end);
    evictions[bin] = index.evictions.between(begin, end);
    rate[bin] = copyRate(index, begin, end);
  }
  return {
    extent,
    time,
    pages,
    faults,
    evictions,
    copyRate: rate,
    gpuTime: null,
    gpuTimeBecause: 'The machine that runs the work gives no time of the GPU with it.',
  };
}
