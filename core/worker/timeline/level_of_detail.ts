/**
 * One lane at the level of detail of a picture: what is wider than a pixel stands for itself, what is narrower is merged with the
 * others of its pixel column into one span with their exact number.
 *
 * Cost       a binary search per column of the picture, whatever the lane holds
 */
import type { SpanLane } from './span_lane.ts';

/** Takes the rows [first, first + count) of the lane as one span. */
export type TakeRows = (first: number, count: number, start: number, end: number) => void;

/**
 * Visit what a picture of [from, to] shows of a lane, in order.
 *
 * @param low    first row that may be shown (rows of events that are not held any more lie before it)
 * @param pixels columns of the picture
 */
export function eachShown(
  lane: SpanLane,
  low: number,
  from: number,
  to: number,
  pixels: number,
  take: TakeRows,
): void {
  const { start, end, nrClosed } = lane;
  const width = (to - from) / pixels;
  let row = Math.max(low, lane.firstEndingAt(from));
  let guess = 0;
  while (row < nrClosed && start[row]! <= to) {
    const began = start[row]!;
    if (end[row]! - began >= width) {
      take(row, 1, began, end[row]!);
      row++;
      continue;
    }
    const column = Math.floor((began - from) / width);
    let next = lane.firstStartingNear(from + (column + 1) * width, row + 1, guess);
    guess = next - row - 1;
    // Rows do not overlap, so only the last one of a column can be wide.
    if (next - row > 1 && end[next - 1]! - start[next - 1]! >= width) next--;
    take(row, next - row, began, end[next - 1]!);
    row = next;
  }
  // The oldest open row is what is being done; those behind it are queued and are shown as one.
  const open = Math.max(low, nrClosed);
  if (open >= lane.length) return;
  const began = Math.max(start[open]!, open > 0 && open === nrClosed ? (end[open - 1] ?? 0) : 0);
  if (began <= to) take(open, 1, began, Number.POSITIVE_INFINITY);
}
