/**
 * How long the timeline takes with a long trace: reading it, going back, and each question a picture asks, against what a frame may
 * take. For a bench, which prints it; no test waits for these times.
 */
import type { Selection } from '../../public/view_types.ts';
import type { TraceBuffer } from '../../trace/trace_buffer.ts';
import type { IdNames } from '../../views/trace_reader.ts';
import { flowChain } from './flow_chain.ts';
import { generateTrace, ROUND_EVENTS, ROUND_NS } from './generated_trace.ts';
import { rangeStatistics } from './range_statistics.ts';
import { series } from './series.ts';
import { TimelineIndex } from './timeline_index.ts';
import { trackSpans } from './track_spans.ts';
import { allTracks } from './tracks.ts';

/** A picture is answered in this time, or it is too late for the hand that moved it. */
export const PICTURE_MS = 20;
const PIXELS = 1800;
const BINS = 400;

export interface TimelineFigure {
  readonly name: string;
  readonly milliseconds: number;
  /** Of what it may take; null where nothing waits for it. */
  readonly ofBudget: number | null;
}

const NAMES: IdNames = { object: id => `bo ${id}`, task: pid => `task ${pid}`, vmaAt: () => null };

function picture(
  index: TimelineIndex,
  trace: TraceBuffer,
  from: number,
  to: number,
  selection: Selection | null = null,
): number {
  let spans = 0;
  for (const track of allTracks(index, NAMES)) {
    const shown = { from, to, pixels: PIXELS, selection };
    spans += trackSpans(track, shown, trace, NAMES).numbers.length;
  }
  return spans;
}

/** @param nowMs a clock in milliseconds @param events of the trace */
export function benchTimeline(nowMs: () => number, events = 10_000_000): TimelineFigure[] {
  const rounds = Math.ceil(events / ROUND_EVENTS);
  const trace = generateTrace(rounds);
  const end = rounds * ROUND_NS;
  const index = new TimelineIndex();
  const figures: TimelineFigure[] = [];
  const timed = (name: string, budget: number | null, times: number, work: () => unknown) => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < times; i++) {
      const began = nowMs();
      work();
      best = Math.min(best, nowMs() - began);
    }
    figures.push({ name, milliseconds: best, ofBudget: budget === null ? null : best / budget });
  };
  timed(`read ${trace.count} events`, null, 1, () => index.read(trace));
  for (const [name, part] of [
    ['all', 1],
    ['a hundredth', 0.01],
    ['a millionth', 1e-6],
  ] as const) {
    const from = part === 1 ? 0 : end / 2;
    timed(`picture of ${name}`, PICTURE_MS, 5, () => picture(index, trace, from, from + end * part));
  }
  const object = { kind: 'object', id: 1 } as const;
  timed('picture of a hundredth, an object selected', PICTURE_MS, 5, () =>
    picture(index, trace, end / 2, end * 0.51, object),
  );
  timed('sums of all', PICTURE_MS, 5, () => rangeStatistics(index, trace, 0, end));
  const extent = {
    from: 0,
    dropped: 0,
    now: end,
    nowEvents: trace.count,
    newest: end,
    newestEvents: trace.count,
    newestPosition: 0,
  };
  timed('charts of all', PICTURE_MS, 5, () => series(index, extent, 0, end, BINS));
  const middle = { kind: 'event', index: Math.floor(rounds / 2) * ROUND_EVENTS } as const;
  timed('chain of an event', PICTURE_MS, 5, () => flowChain(middle, index, trace, trace.count));
  timed('go back by half', null, 1, () => index.truncate(trace.count / 2, trace));
  return figures;
}
