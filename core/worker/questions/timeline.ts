/** The timeline and the charts: spans at the picture's level of detail, sums of a range, the position of a moment. */
import type { TimelineRow } from '../../public/timeline_types.ts';
import { eventRows } from '../event_text.ts';
import { flowChain } from '../timeline/flow_chain.ts';
import { eventsBefore, rangeStatistics } from '../timeline/range_statistics.ts';
import { series } from '../timeline/series.ts';
import { TEXT } from '../timeline/span_text.ts';
import { trackSpans } from '../timeline/track_spans.ts';
import { allTracks } from '../timeline/tracks.ts';
import type { Answering } from './question.ts';

/** More columns than any screen has. */
const MOST_PIXELS = 16_384;

/** @throws Error with a whole sentence for a range that is none */
function checkRange(from: number, to: number): void {
  if (Number.isFinite(from) && Number.isFinite(to) && to > from) return;
  throw new Error(`A range of time ends behind its start; ${from} to ${to} does not.`);
}

export const TIMELINE: Answering<'timeline'> = {
  answer: ({ timeline, names }, { from, to, pixels, selection, tracks: wanted, overview }) => {
    checkRange(from, to);
    const index = timeline.read();
    const { trace } = timeline;
    const extent = timeline.extent();
    const tracks = allTracks(index, names);
    const picture = { from, to, pixels: Math.max(1, Math.min(MOST_PIXELS, pixels)), selection };
    const columns = new Uint32Array(Math.max(0, Math.min(MOST_PIXELS, Math.floor(overview))));
    let before = extent.dropped;
    const width = (extent.newest - extent.from) / columns.length;
    for (let i = 0; i < columns.length; i++) {
      const until =
        i === columns.length - 1 ? trace.count : eventsBefore(trace, extent.from + (i + 1) * width);
      columns[i] = until - before;
      before = until;
    }
    return {
      extent,
      tracks: tracks.map(each => each.track),
      spans: tracks
        .filter(({ track }) => wanted === null || wanted.includes(track.id))
        .map(each => trackSpans(each, picture, trace, names)),
      flow: flowChain(selection, index, trace, extent.nowEvents),
      overview: columns,
    };
  },
};

export const TIMELINE_ROWS: Answering<'timelineRows'> = {
  answer: ({ timeline, names }, { from, to, most }) => {
    checkRange(from, to);
    const index = timeline.read();
    const { trace } = timeline;
    const rows: TimelineRow[] = [];
    for (const { track, lanes } of allTracks(index, names)) {
      for (const { lane, kind, tell } of lanes) {
        if (kind === 'emit' || kind === 'signal') continue;
        const low = lane.firstOfEvent(trace.firstIndex);
        let row = Math.max(low, lane.firstEndingAt(from));
        for (let left = most + 1; row < lane.length && left-- > 0 && lane.start[row]! <= to; row++) {
          const { text, event, objectId } = tell(lane, row, trace, names, TEXT);
          rows.push({
            start: lane.start[row]!,
            end: lane.end[row]!,
            track: track.name,
            kind,
            text,
            event,
            objectId,
          });
        }
      }
    }
    rows.sort((a, b) => a.start - b.start || a.event - b.event);
    return { rows: rows.slice(0, most), more: rows.length > most };
  },
};

export const TIMELINE_RANGE: Answering<'timelineRange'> = {
  answer: ({ timeline }, { from, to }) => {
    checkRange(from, to);
    return rangeStatistics(timeline.read(), timeline.trace, from, to);
  },
};

export const SERIES: Answering<'series'> = {
  answer: ({ timeline }, { from, to, bins }) => {
    checkRange(from, to);
    return series(timeline.read(), timeline.extent(), from, to, bins);
  },
};

export const POSITION_AT: Answering<'positionAt'> = {
  answer: ({ timeline: { marks } }, { time }) => {
    const position = marks.positionAt(time);
    return { position, time: marks.timeOf(position) };
  },
};

export const EVENT_ROW: Answering<'eventRow'> = {
  answer: ({ timeline: { trace, marks }, names }, { index }) => {
    const row = eventRows(trace, index, Math.min(index + 1, trace.count), names)[0] ?? null;
    return { row, position: marks.positionOfEvent(index) };
  },
};
