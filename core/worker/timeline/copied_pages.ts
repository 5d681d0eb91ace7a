/**
 * How much a copy engine copied in a range of time.
 *
 * Units      pages; virtual nanoseconds
 * Rule       a copy goes on evenly over its span; of one that the range cuts the part inside counts
 * Left out   copies whose fence has not signalled: nothing says yet when the engine began with them
 */
import type { EngineLane } from './timeline_index.ts';

/** @returns pages, also parts of one; never more than the engine copies in that time */
export function copiedPages({ work, copied }: EngineLane, from: number, to: number): number {
  const first = work.firstEndingAt(from);
  const last = work.firstStartingAt(to) - 1;
  if (copied.length === 0 || first > last) return 0;
  // Times are whole nanoseconds, and an engine does one thing at a time.
  const pagesBy = (row: number, time: number): number => {
    const [start, end] = [work.start[row]!, work.end[row]!];
    return time <= start ? 0 : (copied.between(end, end + 1) * (time - start)) / (end - start);
  };
  const whole = copied.between(from, to);
  const cutAtEnd = work.end[last]! >= to ? pagesBy(last, to) : 0;
  return whole + cutAtEnd - pagesBy(first, from);
}
