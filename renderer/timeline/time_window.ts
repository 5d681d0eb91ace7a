/**
 * The part of virtual time that the timeline shows, and how it moves: pure arithmetic, from hours down to nanoseconds.
 *
 * Units  virtual nanoseconds
 */

export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** What follows the newest instant by itself. */
export type Following = 'all' | 'newest' | 'nothing';

/** Nothing happens between two nanoseconds, so nothing below is shown. */
export const LEAST_NS = 20;
/** A window of an empty trace. */
export const FIRST_NS = 1_000_000;
/** Room right of the newest instant, as a part of the window. */
export const ROOM = 0.04;

export const lengthOf = ({ from, to }: TimeWindow) => to - from;

/** Everything, with a little room behind the newest instant. */
export function allOf(from: number, newest: number): TimeWindow {
  const length = Math.max(FIRST_NS / 1000, newest - from);
  return { from, to: from + length * (1 + ROOM) };
}

/** A window of the same length whose right end stands just behind the newest instant. */
export function atNewest(window: TimeWindow, from: number, newest: number): TimeWindow {
  const length = lengthOf(window);
  const to = newest + length * ROOM;
  return to - length < from ? { from, to: from + length } : { from: to - length, to };
}

/** Never shorter than LEAST_NS, never far outside of what exists. */
export function keepInside(window: TimeWindow, from: number, newest: number): TimeWindow {
  const all = allOf(from, newest);
  const length = Math.min(Math.max(LEAST_NS, lengthOf(window)), lengthOf(all) * 1.5);
  const center = (window.from + window.to) / 2;
  // The middle of the window stays on something.
  const middle = Math.min(Math.max(center, all.from), all.to);
  return { from: middle - length / 2, to: middle + length / 2 };
}

/** @param factor above 1 shows less and larger @param at the moment that stays where it is */
export function zoom(window: TimeWindow, factor: number, at: number): TimeWindow {
  const length = Math.max(LEAST_NS, lengthOf(window) / factor);
  const part = (at - window.from) / lengthOf(window);
  const from = at - part * length;
  return { from, to: from + length };
}

/** @param part of the window's length; positive shows later times */
export function pan(window: TimeWindow, part: number): TimeWindow {
  const by = lengthOf(window) * part;
  return { from: window.from + by, to: window.to + by };
}

/** The nearest window of the same length that shows a span with some room around it. */
export function reveal(window: TimeWindow, start: number, end: number): TimeWindow {
  const length = lengthOf(window);
  const room = length * 0.1;
  if (start >= window.from && end <= window.to) return window;
  if (end - start > length - 2 * room) {
    const wide = (end - start) * 1.3;
    const middle = (start + end) / 2;
    return { from: middle - wide / 2, to: middle + wide / 2 };
  }
  const from = start < window.from ? start - room : end + room - length;
  return { from, to: from + length };
}
