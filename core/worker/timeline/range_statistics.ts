/** Sums over a range of time, as the row below the timeline shows them. */
import { PAGE_SIZE } from '../../base/units.ts';
import type { RangeStatistics } from '../../public/timeline_types.ts';
import { CHUNK_EVENTS, type TraceBuffer } from '../../trace/trace_buffer.ts';
import { copiedPages } from './copied_pages.ts';
import { lowerBound } from './span_lane.ts';
import type { TimelineIndex } from './timeline_index.ts';

/** Number of events held that happened before `time`, counted from the first one ever. */
export function eventsBefore(trace: TraceBuffer, time: number): number {
  const chunks = trace.columns();
  let [first, end] = [0, chunks.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    const rows = Math.min(CHUNK_EVENTS, trace.count - trace.firstIndex - middle * CHUNK_EVENTS);
    if (rows > 0 && chunks[middle]!.time[rows - 1]! < time) first = middle + 1;
    else end = middle;
  }
  if (first === chunks.length) return trace.count;
  const base = trace.firstIndex + first * CHUNK_EVENTS;
  const rows = Math.max(0, Math.min(CHUNK_EVENTS, trace.count - base));
  return base + lowerBound(chunks[first]!.time, time, 0, rows);
}

/** Time of the range in which some task waited. Tasks of the model run one at a time, so their waits do not overlap. */
export function waitingTime(index: TimelineIndex, from: number, to: number): number {
  let sum = 0;
  for (const task of index.tasks.values()) sum += task.waits.covered(from, to);
  return Math.min(sum, to - from);
}

/** @param from @param to virtual nanoseconds; the range is [from, to) */
export function rangeStatistics(
  index: TimelineIndex,
  trace: TraceBuffer,
  from: number,
  to: number,
): RangeStatistics {
  const length = Math.max(0, to - from);
  let copied = 0;
  for (const engine of index.engines.values()) copied += copiedPages(engine, from, to);
  return {
    from,
    to,
    events: eventsBefore(trace, to) - eventsBefore(trace, from),
    faults: index.faults.between(from, to),
    evictions: index.evictions.between(from, to),
    movedPages: index.moved.between(from, to),
    copiedPages: copied,
    bytesPerSecond: length > 0 ? (copied * PAGE_SIZE * 1e9) / length : null,
    waiting: length > 0 ? waitingTime(index, from, to) / length : null,
  };
}
