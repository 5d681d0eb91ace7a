/**
 * Amounts at moments, with their running sum: how much there was between two times is a difference of two sums.
 *
 * Units      virtual nanoseconds; the amounts are the caller's
 */
import { lowerBound } from './span_lane.ts';

const FIRST_ROWS = 256;
const FORGET_ROWS = 65_536;

export class SumLane {
  length = 0;
  time = new Float64Array(FIRST_ROWS);
  event = new Uint32Array(FIRST_ROWS);
  /** Sum of the amounts up to and with the row. */
  private sum = new Float64Array(FIRST_ROWS);
  /** Sum of the rows that are not held any more. */
  private before = 0;

  add(time: number, event: number, amount = 1): void {
    if (this.length === this.time.length) this.grow();
    const row = this.length++;
    this.time[row] = time;
    this.event[row] = event;
    this.sum[row] = (row > 0 ? this.sum[row - 1]! : this.before) + amount;
  }

  /** Sum of everything before `time`. */
  sumBefore(time: number): number {
    const row = lowerBound(this.time, time, 0, this.length);
    return row === 0 ? this.before : this.sum[row - 1]!;
  }

  /** Sum of the amounts in [from, to). */
  between(from: number, to: number): number {
    return Math.max(0, this.sumBefore(to) - this.sumBefore(from));
  }

  /** Events from `count` on did not happen. */
  truncate(count: number): void {
    this.length = lowerBound(this.event, count, 0, this.length);
  }

  /** Events before `event` are not held any more; once they are half of the rows, their rows go. */
  forgetBefore(event: number): void {
    const gone = lowerBound(this.event, event, 0, this.length);
    if (gone < FORGET_ROWS || gone < this.length / 2) return;
    this.before = this.sum[gone - 1]!;
    for (const column of [this.time, this.event, this.sum]) column.copyWithin(0, gone, this.length);
    this.length -= gone;
  }

  private grow(): void {
    const rows = this.length * 2;
    const [time, event, sum] = [this.time, this.event, this.sum];
    this.time = new Float64Array(rows);
    this.event = new Uint32Array(rows);
    this.sum = new Float64Array(rows);
    this.time.set(time);
    this.event.set(event);
    this.sum.set(sum);
  }
}
