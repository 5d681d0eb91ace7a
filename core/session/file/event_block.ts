/**
 * Event columns as one block: each column on its own, as differences to the last event of the same type, so that they pack well.
 *
 * Layout   count (u32), index of the first event (f64); types (u16 each), tasks (u16 each), times as nanoseconds since the
 *          event before (f64 for the first, then u32 each, 0xffffffff = an f64 in the list at the end), EVENT_ARGS columns of u32
 *          differences, the list of large steps (f64 each)
 */
import { allEventTypes, EVENT_ARGS } from '../../trace/event.ts';
import { CHUNK_EVENTS, type TraceBuffer, type TraceChunk } from '../../trace/trace_buffer.ts';

/** Events in columns, as a block holds them. */
export interface EventColumns {
  readonly first: number;
  readonly count: number;
  readonly type: Uint16Array;
  readonly task: Uint16Array;
  readonly time: Float64Array;
  /** EVENT_ARGS columns of `count` words, one after the other. */
  readonly args: Uint32Array;
}

/** A block that does not hold what its length promises. */
export class EventBlockError extends Error {
  override readonly name = 'EventBlockError';
}

const HEAD_BYTES = 24;
const LARGE_STEP = 0xffffffff;

const bytesFor = (count: number, large: number) =>
  HEAD_BYTES + count * (2 + 2 + 4 + 4 * EVENT_ARGS) + large * 8;
/** Views of 4 and 8 bytes must stand on multiples of their size: an odd number of events is filled up. */
const even = (count: number) => count + (count & 1);

/**
 * Events [first, end) of a trace as a block.
 *
 * @param end at most CHUNK_EVENTS more than `first`; all must still be held
 */
export function encodeEvents(trace: TraceBuffer, first: number, end: number): Uint8Array<ArrayBuffer> {
  const count = end - first;
  const rows = even(count);
  const { large, firstTime } = largeSteps(trace, first, end);
  const bytes = new Uint8Array(bytesFor(rows, large.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, count, true);
  view.setUint32(4, large.length, true);
  view.setFloat64(8, first, true);
  view.setFloat64(16, firstTime, true);
  const types = new Uint16Array(bytes.buffer, HEAD_BYTES, rows);
  const tasks = new Uint16Array(bytes.buffer, HEAD_BYTES + 2 * rows, rows);
  const steps = new Uint32Array(bytes.buffer, HEAD_BYTES + 4 * rows, rows);
  const args = new Uint32Array(bytes.buffer, HEAD_BYTES + 8 * rows, rows * EVENT_ARGS);
  // The last event of each type, all types in one table.
  const last = new Uint32Array(allEventTypes().length * EVENT_ARGS);
  let before = firstTime;
  for (const { chunk, from, to, row } of piecesOf(trace, first, end)) {
    types.set(chunk.type.subarray(from, to), row);
    tasks.set(chunk.task.subarray(from, to), row);
    const { time } = chunk;
    for (let i = from, at = row; i < to; i++, at++) {
      const step = time[i]! - before;
      steps[at] = step >= 0 && step < LARGE_STEP ? step : LARGE_STEP;
      before = time[i]!;
    }
    encodeArguments(chunk, from, to, args, row, rows, last);
  }
  new Float64Array(bytes.buffer, HEAD_BYTES + (8 + 4 * EVENT_ARGS) * rows).set(large);
  return bytes;
}

/**
 * Differences of rows [from, to) to the last event of the same type, column by column from place `at` of each on. The columns are
 * written out: a loop over them takes three times as long, and this is most of what recording costs the thread that runs.
 */
function encodeArguments(
  { type, args }: TraceChunk,
  from: number,
  to: number,
  into: Uint32Array,
  at: number,
  rows: number,
  last: Uint32Array,
): void {
  const column1 = rows;
  const column2 = 2 * rows;
  const column3 = 3 * rows;
  const column4 = 4 * rows;
  for (let i = from, place = at; i < to; i++, place++) {
    const row = i * EVENT_ARGS;
    const old = type[i]! * EVENT_ARGS;
    let value = args[row]!;
    into[place] = value - last[old]!;
    last[old] = value;
    value = args[row + 1]!;
    into[column1 + place] = value - last[old + 1]!;
    last[old + 1] = value;
    value = args[row + 2]!;
    into[column2 + place] = value - last[old + 2]!;
    last[old + 2] = value;
    value = args[row + 3]!;
    into[column3 + place] = value - last[old + 3]!;
    last[old + 3] = value;
    value = args[row + 4]!;
    into[column4 + place] = value - last[old + 4]!;
    last[old + 4] = value;
  }
}

/** Events [first, end) by chunk: its rows [from, to) are events `first + row` on. */
function* piecesOf(trace: TraceBuffer, first: number, end: number) {
  const chunks = trace.columns();
  for (let at = first; at < end; ) {
    const position = at - trace.firstIndex;
    const from = position % CHUNK_EVENTS;
    const to = Math.min(CHUNK_EVENTS, from + end - at);
    yield { chunk: chunks[Math.floor(position / CHUNK_EVENTS)]!, from, to, row: at - first };
    at += to - from;
  }
}

/** Steps between events that a word does not hold, and when the first event is. */
function largeSteps(trace: TraceBuffer, first: number, end: number) {
  const large: number[] = [];
  let firstTime = 0;
  let before = 0;
  for (const { chunk, from, to, row } of piecesOf(trace, first, end)) {
    const { time } = chunk;
    if (row === 0) before = firstTime = time[from]!;
    for (let i = from; i < to; i++) {
      const step = time[i]! - before;
      if (!(step >= 0 && step < LARGE_STEP)) large.push(step);
      before = time[i]!;
    }
  }
  return { large, firstTime };
}

/** The events of a block. @throws EventBlockError its lengths do not fit, or an index or time is no number */
export function decodeEvents(bytes: Uint8Array<ArrayBuffer>): EventColumns {
  if (bytes.length < HEAD_BYTES) throw new EventBlockError(`An event block has ${bytes.length} bytes.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const count = view.getUint32(0, true);
  const large = view.getUint32(4, true);
  const first = view.getFloat64(8, true);
  let time = view.getFloat64(16, true);
  const rows = even(count);
  if (
    count > CHUNK_EVENTS ||
    bytes.length !== bytesFor(rows, large) ||
    !Number.isSafeInteger(first) ||
    first < 0 ||
    !Number.isFinite(time)
  ) {
    throw new EventBlockError(
      `An event block announces ${count} events from ${first} on, which does not fit its ${bytes.length} bytes.`,
    );
  }
  // Own memory, so that columns stand where views need them.
  const own = bytes.slice().buffer;
  let at = HEAD_BYTES;
  const type = new Uint16Array(own, at, count);
  at += rows * 2;
  const task = new Uint16Array(own, at, count);
  at += rows * 2;
  const steps = new Uint32Array(own, at, count);
  at += rows * 4;
  const differences = new Uint32Array(own, at, rows * EVENT_ARGS);
  at += rows * 4 * EVENT_ARGS;
  const largeSteps = new Float64Array(own, at, large);
  const times = new Float64Array(count);
  const args = new Uint32Array(count * EVENT_ARGS);
  const last: Uint32Array[] = [];
  let nextLarge = 0;
  for (let i = 0; i < count; i++) {
    if (i > 0) time += steps[i] === LARGE_STEP ? (largeSteps[nextLarge++] ?? Number.NaN) : steps[i]!;
    times[i] = time;
    const of = type[i]!;
    let now = last[of];
    if (now === undefined) {
      now = new Uint32Array(EVENT_ARGS);
      last[of] = now;
    }
    for (let a = 0; a < EVENT_ARGS; a++) {
      now[a] = now[a]! + differences[a * rows + i]!;
      args[a * count + i] = now[a]!;
    }
  }
  if (!Number.isFinite(time)) throw new EventBlockError('An event block has a time that is no number.');
  return { first, count, type, task, time: times, args };
}
