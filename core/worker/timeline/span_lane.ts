/**
 * Spans of one kind in the order in which they begin, as columns: no object per span.
 *
 * Units      virtual nanoseconds; indexes of events
 * Closed     rows below `nrClosed` have ended, do not overlap, and ascend by start and by end, so a search by time is binary and the
 *            number of spans between two times is a difference of rows
 * Open       rows from `nrClosed` on wait for their end (`end` is Infinity), in the order in which they began
 */
const FIRST_ROWS = 256;
const FORGET_ROWS = 65_536;

export class SpanLane {
  /** Rows in use. */
  length = 0;
  nrClosed = 0;
  start = new Float64Array(FIRST_ROWS);
  end = new Float64Array(FIRST_ROWS);
  /** The event that began it; strictly ascending. */
  event = new Uint32Array(FIRST_ROWS);
  /** The event that ended it; 0 while it is open. */
  endEvent = new Uint32Array(FIRST_ROWS);
  /** An event that says more about it, or 0. */
  about = new Uint32Array(FIRST_ROWS);

  /** A span begins. @returns its row */
  open(time: number, event: number): number {
    if (this.length === this.start.length) this.grow();
    const row = this.length++;
    this.start[row] = time;
    this.end[row] = Number.POSITIVE_INFINITY;
    this.event[row] = event;
    this.endEvent[row] = 0;
    this.about[row] = 0;
    return row;
  }

  /** The row ends. One that ends before an older row is drawn behind it: a lane does one thing at a time. */
  close(row: number, start: number, end: number, event: number): void {
    this.start[row] = start;
    this.end[row] = end;
    this.endEvent[row] = event;
    while (this.nrClosed < this.length && this.end[this.nrClosed] !== Number.POSITIVE_INFINITY) {
      const next = this.nrClosed++;
      const before = next > 0 ? this.end[next - 1]! : Number.NEGATIVE_INFINITY;
      this.start[next] = Math.max(this.start[next]!, before);
      this.end[next] = Math.max(this.end[next]!, this.start[next]!);
    }
  }

  /** Something that takes no time. */
  instant(time: number, event: number, about = 0): void {
    const row = this.open(time, event);
    this.about[row] = about;
    this.close(row, time, time, event);
  }

  /** The newest row that is open, or -1. */
  get openRow(): number {
    return this.nrClosed < this.length ? this.length - 1 : -1;
  }

  /** First closed row that ends at `time` or later. */
  firstEndingAt(time: number): number {
    return lowerBound(this.end, time, 0, this.nrClosed);
  }

  /** First closed row from `low` on that begins at `time` or later. */
  firstStartingAt(time: number, low = 0): number {
    return lowerBound(this.start, time, low, this.nrClosed);
  }

  /**
   * The same, looked for around a guess first: neighbours in a picture hold about as many rows each.
   *
   * @param guess rows behind `low`
   */
  firstStartingNear(time: number, low: number, guess: number): number {
    const { start, nrClosed } = this;
    const at = low + guess;
    if (at >= nrClosed) return this.firstStartingAt(time, low);
    let step = 4 + (guess >> 4);
    if (start[at]! < time) {
      let end = at + step;
      while (end < nrClosed && start[end]! < time) end += step *= 2;
      return lowerBound(start, time, Math.max(low, end - step), Math.min(end, nrClosed));
    }
    let begin = at - step;
    while (begin > low && start[begin]! >= time) begin -= step *= 2;
    return lowerBound(start, time, Math.max(low, begin), Math.min(nrClosed, Math.max(low, begin) + step + 1));
  }

  /** First row of this event or a later one. */
  firstOfEvent(event: number): number {
    return lowerBound(this.event, event, 0, this.length);
  }

  /** Closed rows that begin in [from, to). */
  countStarting(from: number, to: number): number {
    return Math.max(0, this.firstStartingAt(to) - this.firstStartingAt(from));
  }

  /** Time of [from, to) that closed rows and the first open one cover. */
  covered(from: number, to: number): number {
    let sum = 0;
    const last = this.firstStartingAt(to);
    for (let row = this.firstEndingAt(from); row < last; row++) {
      sum += Math.min(to, this.end[row]!) - Math.max(from, this.start[row]!);
    }
    if (this.nrClosed < this.length && this.start[this.nrClosed]! < to) {
      sum += to - Math.max(from, this.start[this.nrClosed]!);
    }
    return sum;
  }

  /**
   * Events from `count` on did not happen: spans that began there are gone, spans that ended there are open again.
   *
   * @param startOf when a row began that is open again; its start may have been moved when it ended
   */
  truncate(count: number, startOf: (event: number) => number): void {
    this.length = this.firstOfEvent(count);
    this.nrClosed = Math.min(this.nrClosed, this.length);
    const isOpen = (row: number) =>
      this.end[row] === Number.POSITIVE_INFINITY || this.endEvent[row]! >= count;
    for (let row = this.length - 1; row >= 0 && isOpen(row); row--) {
      this.endEvent[row] = 0;
      this.end[row] = Number.POSITIVE_INFINITY;
      this.start[row] = startOf(this.event[row]!);
      if (this.about[row]! >= count) this.about[row] = 0;
      this.nrClosed = Math.min(this.nrClosed, row);
    }
  }

  /** Events before `event` are not held any more; once they are half of the rows, their rows go. */
  forgetBefore(event: number): void {
    const gone = Math.min(this.nrClosed, this.firstOfEvent(event));
    if (gone < FORGET_ROWS || gone < this.length / 2) return;
    for (const column of [this.start, this.end, this.event, this.endEvent, this.about]) {
      column.copyWithin(0, gone, this.length);
    }
    this.length -= gone;
    this.nrClosed -= gone;
  }

  private grow(): void {
    const rows = this.length * 2;
    this.start = copied(new Float64Array(rows), this.start);
    this.end = copied(new Float64Array(rows), this.end);
    this.event = copied(new Uint32Array(rows), this.event);
    this.endEvent = copied(new Uint32Array(rows), this.endEvent);
    this.about = copied(new Uint32Array(rows), this.about);
  }
}

function copied<Column extends Float64Array | Uint32Array>(to: Column, from: Column): Column {
  to.set(from as never);
  return to;
}

/** First index in [low, high) whose value is not below `wanted`; `high` when there is none. */
export function lowerBound(
  column: Float64Array | Uint32Array,
  wanted: number,
  low: number,
  high: number,
): number {
  let [first, end] = [low, high];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (column[middle]! < wanted) first = middle + 1;
    else end = middle;
  }
  return first;
}
