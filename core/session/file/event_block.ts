/**
 * Event columns as one block: each column on its own, as differences to the last event of the same type, so that they pack well.
 *
 * Layout   count (u32), index of the first event (f64); types (u16 each), tasks (u16 each), times as nanoseconds since the
 *          event before (f64 for the first, then u32 each, 0xffffffff = an f64 in the list at the end), EVENT_ARGS columns of u32
 *          differences, the list of large steps (f64 each)
 */
import { allEventTypes, EVENT_ARGS } from '../../trace/event.ts';
import { CHUNK_EVENTS, type TraceBuffer } from '../../trace/trace_buffer.ts';

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
  const large: number[] = [];
  const types = new Uint16Array(rows);
  const tasks = new Uint16Array(rows);
  const steps = new Uint32Array(rows);
  const args = new Uint32Array(rows * EVENT_ARGS);
  // The last event of each type, all types in one table.
  const last = new Uint32Array(allEventTypes().length * EVENT_ARGS);
  const chunks = trace.columns();
  let before = 0;
  let firstTime = 0;
  for (let i = 0; i < count; i++) {
    const position = first + i - trace.firstIndex;
    const chunk = chunks[Math.floor(position / CHUNK_EVENTS)]!;
    const row = position % CHUNK_EVENTS;
    const type = chunk.type[row]!;
    types[i] = type;
    tasks[i] = chunk.task[row]!;
    const time = chunk.time[row]!;
    if (i === 0) firstTime = time;
    else {
      const step = time - before;
      if (step >= 0 && step < LARGE_STEP) steps[i] = step;
      else {
        steps[i] = LARGE_STEP;
        large.push(step);
      }
    }
    before = time;
    let base = row * EVENT_ARGS;
    let old = type * EVENT_ARGS;
    const values = chunk.args;
    for (let at = i; at < rows * EVENT_ARGS; at += rows) {
      const value = values[base++]!;
      args[at] = value - last[old]!;
      last[old++] = value;
    }
  }
  const bytes = new Uint8Array(bytesFor(rows, large.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, count, true);
  view.setUint32(4, large.length, true);
  view.setFloat64(8, first, true);
  view.setFloat64(16, firstTime, true);
  let at = HEAD_BYTES;
  for (const column of [types, tasks, steps, args, Float64Array.from(large)]) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return bytes;
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
