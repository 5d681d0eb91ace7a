/** Where things stand in the timeline's canvas: gutter with names, overview strip, ruler, tracks; pixels and moments. */
import {
  countSpans,
  type TimelineAnswer,
  type TimelineSpan,
  unpackSpan,
} from '../../core/public/timeline_types.ts';
import type { TimeWindow } from './time_window.ts';
import { type PlacedTrack, SPAN_HEIGHT, spanTop, trackAt } from './track_rows.ts';

export const GUTTER = 96;
export const OVERVIEW_HEIGHT = 18;
export const RULER_HEIGHT = 22;
/** Top of the tracks. */
export const TRACKS_TOP = OVERVIEW_HEIGHT + RULER_HEIGHT;
/** Spans of no length are as wide as this, so that they can be seen and pressed. */
export const LEAST_WIDTH = 2;
/** A press this far beside a span still means it. */
const NEAR = 4;

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly window: TimeWindow;
  /** The newest instant: work that has not ended goes so far. */
  readonly newest: number;
  /** How far the tracks are scrolled up. */
  readonly scroll: number;
}

/** Pixels of the tracks. */
export const plotWidth = ({ width }: Pick<Frame, 'width'>) => Math.max(1, width - GUTTER);

export function xOf({ width, window }: Frame, time: number): number {
  return GUTTER + ((time - window.from) / (window.to - window.from)) * plotWidth({ width });
}

export function timeOf({ width, window }: Frame, x: number): number {
  return window.from + ((x - GUTTER) / plotWidth({ width })) * (window.to - window.from);
}

export type Zone = 'names' | 'overview' | 'ruler' | 'tracks';

export function zoneAt(x: number, y: number): Zone {
  if (y < OVERVIEW_HEIGHT) return x < GUTTER ? 'names' : 'overview';
  if (y < TRACKS_TOP) return x < GUTTER ? 'names' : 'ruler';
  return x < GUTTER ? 'names' : 'tracks';
}

/** A span with where it is drawn. */
export interface Hit {
  readonly placed: PlacedTrack;
  readonly span: TimelineSpan;
  readonly text: string | undefined;
}

/** Left and right end of a span in the picture; work that has not ended goes to the newest instant. */
export function edgesOf(frame: Frame, span: TimelineSpan): readonly [number, number] {
  const left = xOf(frame, span.start);
  const right = xOf(frame, Number.isFinite(span.end) ? span.end : frame.newest);
  return [left, Math.max(right, left + LEAST_WIDTH)];
}

/** What lies under a point: the narrowest span there, because a wait lies in its call. */
export function hitAt(
  frame: Frame,
  placed: readonly PlacedTrack[],
  answer: TimelineAnswer,
  x: number,
  y: number,
): Hit | null {
  const inside = y - TRACKS_TOP + frame.scroll;
  const line = y < TRACKS_TOP ? undefined : trackAt(placed, inside);
  if (!line || x < GUTTER) return null;
  const spans = answer.spans.find(each => each.track === line.track.id);
  if (!spans) return null;
  let best: Hit | null = null;
  let bestScore = Number.POSITIVE_INFINITY;
  for (let i = 0; i < countSpans(spans); i++) {
    const span = unpackSpan(spans, i);
    const top = spanTop(line, span.row);
    if (inside < top - 2 || inside > top + SPAN_HEIGHT + 2) continue;
    const [left, right] = edgesOf(frame, span);
    // The line of a fence leads to its signal, and the signal is what stands there.
    const from = span.kind === 'signal' ? right - LEAST_WIDTH : left;
    const away = x < from ? from - x : x > right ? x - right : 0;
    if (away > NEAR) continue;
    const score = away * 1e6 + (right - from);
    if (score < bestScore) {
      bestScore = score;
      best = { placed: line, span, text: spans.texts.get(i) };
    }
  }
  return best;
}
