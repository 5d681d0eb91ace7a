/** The spans of one line as the window gets them: merged to the picture's columns, told where one stands alone. */
import { packSpan, type TimelineSpans } from '../../public/timeline_types.ts';
import type { Selection } from '../../public/view_types.ts';
import type { TraceBuffer } from '../../trace/trace_buffer.ts';
import type { IdNames } from '../../views/trace_reader.ts';
import { eachShown } from './level_of_detail.ts';
import type { SpanLane } from './span_lane.ts';
import { LOOK, OBJECT, TEXT } from './span_text.ts';
import { timeAt } from './timeline_index.ts';
import type { TrackLanes } from './tracks.ts';

/** Pixels to the next span from which on a text may have room. */
const TEXT_PIXELS = 26;

export interface Picture {
  readonly from: number;
  readonly to: number;
  readonly pixels: number;
  readonly selection: Selection | null;
}

/** One of the rows [first, first + count) began, ended, or is described by this event. */
function holdsEvent(lane: SpanLane, first: number, count: number, event: number): boolean {
  const row = Math.min(first + count, lane.firstOfEvent(event + 1)) - 1;
  if (row < first) return false;
  return lane.event[row] === event || lane.endEvent[row] === event || lane.about[row] === event;
}

/** @throws nothing; rows of events that are not held any more are left out */
export function trackSpans(
  { track, lanes }: TrackLanes,
  picture: Picture,
  trace: TraceBuffer,
  names: IdNames,
): TimelineSpans {
  const { from, to, pixels, selection } = picture;
  const numbers: number[] = [];
  const texts = new Map<number, string>();
  const wide = ((to - from) / pixels) * TEXT_PIXELS;
  const event = selection?.kind === 'event' ? selection.index : -1;
  let spans = 0;
  for (const { lane, kind, row, tell } of lanes) {
    const low = lane.firstOfEvent(trace.firstIndex);
    eachShown(lane, low, from, to, pixels, (first, count, start, end) => {
      const selected = event >= 0 && holdsEvent(lane, first, count, event);
      if (count > 1) {
        const of = lane.event[first]!;
        packSpan(numbers, {
          start,
          end,
          count,
          kind,
          event: of,
          row,
          objectId: 0,
          from: null,
          to: null,
          failed: false,
          selected,
        });
      } else {
        const next = first + 1 < lane.length ? lane.start[first + 1]! : Number.POSITIVE_INFINITY;
        const hasRoom = Math.max(end, next) - start >= wide;
        const depth = hasRoom ? TEXT : selection?.kind === 'object' ? OBJECT : LOOK;
        const facts = tell(lane, first, trace, names, depth);
        // A signal that stands alone is drawn with the line from where its fence was emitted.
        const emit = kind === 'signal' && next - start >= wide ? lane.about[first]! : 0;
        const began = emit > 0 && emit >= trace.firstIndex ? timeAt(trace, emit) : start;
        const { event: of, objectId, from: source, to: target, failed } = facts;
        packSpan(numbers, {
          start: began,
          end,
          count,
          kind,
          event: of,
          row,
          objectId,
          from: source,
          to: target,
          failed,
          selected,
        });
        if (hasRoom) texts.set(spans, facts.text);
      }
      spans++;
    });
  }
  return { track: track.id, numbers: Float64Array.from(numbers), texts };
}
