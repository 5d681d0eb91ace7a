/**
 * The columnar event buffer: everything that people later see is made from these columns and from nothing else.
 *
 * Layout     chunks of CHUNK_EVENTS rows; per row: type (Uint16), task (Uint16), time in ns (Float64), five Uint32 arguments
 * Digest     two independent 32-bit lanes over every word of every event, updated as events are emitted; two more over the
 *            machine's answers in ticket order
 * Memory     32 bytes a row; past `budgetEvents` the oldest chunk is dropped, `firstIndex` says so, the digest keeps all
 * Not for    text: names live in tables beside the events (kernel object ids are integers)
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { EVENT_ARGS, type EventType } from './event.ts';

/** Rows per chunk. */
export const CHUNK_EVENTS = 65_536;

/** One chunk of the columns; arrays have CHUNK_EVENTS rows, `args` has EVENT_ARGS words a row. */
export class TraceChunk {
  readonly type: Uint16Array;
  readonly task: Uint16Array;
  readonly time: Float64Array;
  readonly args: Uint32Array;

  constructor(rows = CHUNK_EVENTS) {
    this.type = new Uint16Array(rows);
    this.task = new Uint16Array(rows);
    this.time = new Float64Array(rows);
    this.args = new Uint32Array(rows * EVENT_ARGS);
  }
}

/** Stands where a chunk will be made with the next event. */
const NO_CHUNK = new TraceChunk(0);

/** A decoded row, for people, tests and exports; never used on hot paths. */
export interface TraceEvent {
  readonly index: number;
  readonly typeId: number;
  readonly task: number;
  readonly time: number;
  readonly args: readonly number[];
}

export class TraceBuffer {
  /** Events ever emitted; the index of the next one. */
  count = 0;
  /** Index of the oldest event still held. */
  firstIndex = 0;
  /** Virtual time stamped on events; the kernel advances it. */
  now = 0;
  /** Task on whose behalf the kernel runs; 0 is the kernel itself. */
  currentTask = 0;
  private lane0 = 0x811c9dc5;
  private lane1 = 0x9747b28c;
  private answer0 = 0x811c9dc5 | 0;
  private answer1 = 0x9747b28c | 0;
  private chunks: TraceChunk[] = [];
  private head = NO_CHUNK;
  private row = CHUNK_EVENTS;
  /** So many of the oldest chunks are another buffer's, too: read only. */
  private borrowed = 0;

  /** @param budgetEvents rows kept at most; rounded up to whole chunks */
  constructor(readonly budgetEvents = 10_485_760) {}

  /** Append one event; arguments are unsigned 32-bit integers (higher bits are lost). About 6 ns. */
  emit(type: EventType, a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0): void {
    if (this.row === CHUNK_EVENTS) this.nextChunk();
    const chunk = this.head;
    const row = this.row++;
    const base = row * EVENT_ARGS;
    const head = type.id | (this.currentTask << 16);
    chunk.type[row] = type.id;
    chunk.task[row] = this.currentTask;
    chunk.time[row] = this.now;
    const args = chunk.args;
    args[base] = a0;
    args[base + 1] = a1;
    args[base + 2] = a2;
    args[base + 3] = a3;
    args[base + 4] = a4;
    // Each lane is a bijection of its state for fixed words and of each word for a fixed state; rotations keep a change in
    // one word from cancelling against its neighbour.
    let x = this.lane0;
    x = Math.imul(x ^ head, 0x01000193);
    x = Math.imul(((x << 13) | (x >>> 19)) ^ a0, 0x85ebca6b);
    x = Math.imul(((x << 11) | (x >>> 21)) ^ a1, 0xc2b2ae35);
    x = Math.imul(((x << 15) | (x >>> 17)) ^ a2, 0x27d4eb2f);
    x = Math.imul(((x << 7) | (x >>> 25)) ^ a3, 0x165667b1);
    x = Math.imul(((x << 17) | (x >>> 15)) ^ a4, 0x9e3779b1);
    this.lane0 = x ^ (x >>> 16);
    let y = this.lane1;
    y = Math.imul(((y << 5) | (y >>> 27)) + head, 0xcc9e2d51);
    y = Math.imul(((y << 9) | (y >>> 23)) + a0, 0x1b873593) ^ a1;
    y = Math.imul(((y << 14) | (y >>> 18)) + a2, 0xe6546b64 | 1) ^ a3;
    y = Math.imul(((y << 19) | (y >>> 13)) + a4, 0x38495ab5) ^ this.now;
    this.lane1 = Math.imul(y ^ (y >>> 15), 0x2545f491) ^ (this.now / 4294967296);
    this.count++;
  }

  /** Forget the rows but not the count or the digest; used after a restore. */
  startEmpty(): void {
    this.head = NO_CHUNK;
    this.chunks = [];
    this.row = CHUNK_EVENTS;
    this.borrowed = 0;
    this.firstIndex = this.count;
  }

  /**
   * Take over the rows that an earlier life of this buffer holds up to `count`: after a restore in the same process nothing
   * of the past needs to be lost. The other buffer stays as it is.
   */
  adoptRows(other: TraceBuffer): void {
    const held = this.count - other.firstIndex;
    if (held <= 0 || other.count < this.count) return;
    const whole = Math.floor(held / CHUNK_EVENTS);
    const rest = held % CHUNK_EVENTS;
    this.chunks = other.chunks.slice(0, whole);
    this.borrowed = whole;
    this.firstIndex = other.firstIndex;
    this.head = NO_CHUNK;
    this.row = CHUNK_EVENTS;
    if (rest === 0) return;
    const from = other.chunks[whole]!;
    const head = new TraceChunk();
    head.type.set(from.type.subarray(0, rest));
    head.task.set(from.task.subarray(0, rest));
    head.time.set(from.time.subarray(0, rest));
    head.args.set(from.args.subarray(0, rest * EVENT_ARGS));
    this.chunks.push(head);
    this.head = head;
    this.row = rest;
  }

  /**
   * Append rows of a recording, `args` as EVENT_ARGS columns of `count` words; the digest knows nothing of them. For a buffer that
   * only holds the past of others (adoptRows).
   */
  appendRows(rows: {
    readonly count: number;
    readonly type: Uint16Array;
    readonly task: Uint16Array;
    readonly time: Float64Array;
    readonly args: Uint32Array;
  }): void {
    const { count, type, task, time, args } = rows;
    for (let i = 0; i < count; i++) {
      if (this.row === CHUNK_EVENTS) this.nextChunk();
      const { head } = this;
      const row = this.row++;
      head.type[row] = type[i]!;
      head.task[row] = task[i]!;
      head.time[row] = time[i]!;
      for (let a = 0; a < EVENT_ARGS; a++) head.args[row * EVENT_ARGS + a] = args[a * count + i]!;
    }
    this.count += count;
    if (count > 0) this.now = time[count - 1]!;
  }

  private nextChunk(): void {
    if (this.chunks.length * CHUNK_EVENTS >= this.budgetEvents) {
      const oldest = this.chunks.shift()!;
      this.firstIndex += CHUNK_EVENTS;
      this.head = this.borrowed > 0 ? new TraceChunk() : oldest;
      if (this.borrowed > 0) this.borrowed--;
    } else {
      this.head = new TraceChunk();
    }
    this.chunks.push(this.head);
    this.row = 0;
  }

  /** Type of the event with this index, without decoding it; it must still be held. */
  typeIdAt(index: number): number {
    const position = index - this.firstIndex;
    return this.chunks[Math.floor(position / CHUNK_EVENTS)]!.type[position % CHUNK_EVENTS]!;
  }

  /** One argument of the event with this index, without decoding it; it must still be held. */
  argAt(index: number, column: number): number {
    const position = index - this.firstIndex;
    const chunk = this.chunks[Math.floor(position / CHUNK_EVENTS)]!;
    return chunk.args[(position % CHUNK_EVENTS) * EVENT_ARGS + column]!;
  }

  /** Decode the event with this index; it must still be held. */
  at(index: number): TraceEvent {
    invariant(
      index >= this.firstIndex && index < this.count,
      () => `Event ${index} is not held (the buffer has ${this.firstIndex} to ${this.count - 1}).`,
    );
    const position = index - this.firstIndex;
    const chunk = this.chunks[Math.floor(position / CHUNK_EVENTS)]!;
    const row = position % CHUNK_EVENTS;
    return {
      index,
      typeId: chunk.type[row]!,
      task: chunk.task[row]!,
      time: chunk.time[row]!,
      args: Array.from(chunk.args.subarray(row * EVENT_ARGS, (row + 1) * EVENT_ARGS)),
    };
  }

  /**
   * Visit the events of some types that are still held, oldest first; the others are passed over without decoding them.
   *
   * @param types of declareEvent()
   */
  forEachOf(types: readonly EventType[], visit: (event: TraceEvent) => void): void {
    const wanted = new Uint8Array(1 << 16);
    for (const { id } of types) wanted[id] = 1;
    let index = this.firstIndex;
    for (const chunk of this.chunks) {
      const rows = Math.min(CHUNK_EVENTS, this.count - index);
      for (let row = 0; row < rows; row++) if (wanted[chunk.type[row]!] === 1) visit(this.at(index + row));
      index += rows;
    }
  }

  /**
   * Mix an outside answer (a machine's reply, in ticket order) into the digest without adding a row. Answers have lanes of
   * their own, so the digest does not depend on when a barrier delivered them.
   */
  mixAnswer(word: number): void {
    this.answer0 = Math.imul(this.answer0 ^ word, 0x01000193) ^ (this.answer0 >>> 17);
    this.answer1 = Math.imul(((this.answer1 << 13) | (this.answer1 >>> 19)) + word, 0xc2b2ae35) | 0;
  }

  /** Running digest over every event emitted and every answer mixed in so far: 16 hex digits. */
  digest(): string {
    const hex = (n: number) => (n >>> 0).toString(16).padStart(8, '0');
    const rotated = (this.answer1 << 7) | (this.answer1 >>> 25);
    return hex(this.lane0 ^ this.answer0) + hex(Math.imul(this.lane1 ^ rotated, 0x9e3779b1));
  }

  /** Chunks that hold events [firstIndex, count), oldest first; for views and exports, read only. */
  columns(): readonly TraceChunk[] {
    return this.chunks;
  }
}
// A snapshot keeps count and digest; the rows stay behind in the recording and start empty after a restore.
snapshotClass(TraceBuffer, 'trace.TraceBuffer', 1, {
  transient: ['chunks', 'head', 'row', 'borrowed', 'firstIndex'] as unknown as readonly (keyof TraceBuffer)[],
  rebuild: buffer => buffer.startEmpty(),
});
