/**
 * Where each input ended: its time and the events so far, so that a moment of the timeline leads to a position in the inputs.
 */
import { lowerBound } from './span_lane.ts';

const FIRST_ROWS = 256;

export class InputMarks {
  /** Positions that are known; position 0 is the machine before the first input. */
  length = 0;
  private time = new Float64Array(FIRST_ROWS);
  private events = new Float64Array(FIRST_ROWS);

  /** The inputs up to `position` are done. Positions come in order; one that is known already is kept as it is. */
  done(position: number, time: number, events: number): void {
    if (position !== this.length) return;
    if (this.length === this.time.length) {
      const [times, counts] = [this.time, this.events];
      this.time = new Float64Array(this.length * 2);
      this.events = new Float64Array(this.length * 2);
      this.time.set(times);
      this.events.set(counts);
    }
    this.time[position] = time;
    this.events[position] = events;
    this.length++;
  }

  /** Inputs behind this position are other ones now. */
  truncate(position: number): void {
    this.length = Math.min(this.length, position + 1);
  }

  /** The position whose moment is nearest to a time. */
  positionAt(time: number): number {
    const after = lowerBound(this.time, time, 0, this.length);
    if (after === 0) return 0;
    if (after === this.length) return this.length - 1;
    return time - this.time[after - 1]! <= this.time[after]! - time ? after - 1 : after;
  }

  /** The first position at which an event has happened, or the last one known. */
  positionOfEvent(event: number): number {
    return Math.min(Math.max(0, this.length - 1), lowerBound(this.events, event + 1, 0, this.length));
  }

  /** Events so far at a position. */
  eventsAt(position: number): number {
    return this.events[Math.min(position, this.length - 1)] ?? 0;
  }

  timeOf(position: number): number {
    return this.time[Math.min(position, this.length - 1)] ?? 0;
  }
}
