/**
 * Takes the events of captures and writes them as a session: event types, tasks and texts are numbered as they come, columns
 * go out block by block.
 *
 * Memory   one chunk of events, MAX_TEXTS texts, at most MAX_TASKS tasks and MAX_TYPES event types, whatever the capture holds
 */
import type { EventType } from '../../trace/event.ts';
import { CHUNK_EVENTS, TraceBuffer } from '../../trace/trace_buffer.ts';
import type { ContainerWriter } from '../file/container_writer.ts';
import { encodeEvents } from '../file/event_block.ts';

/** Texts remembered at one time; after that the same text may be written a second time. */
const MAX_TEXTS = 50_000;
/** Characters of a text block. */
const TEXT_BLOCK = 1 << 20;
const MAX_TASKS = 60_000;
const MAX_TYPES = 2_000;
/** Blocks on their way to the sink before the importer waits for it. */
const BLOCKS_IN_FLIGHT = 8;

export class EventSink {
  /** As the header holds them. */
  readonly typeLines: string[] = [];
  readonly tasks: string[] = ['unknown'];
  /** By name of the event. */
  readonly counts = new Map<string, number>();
  private readonly trace = new TraceBuffer(CHUNK_EVENTS);
  private readonly types = new Map<string, EventType>();
  private readonly taskNumbers = new Map<string, number>();
  private texts = new Map<string, number>();
  private textLines: string[] = [];
  private textLength = 0;
  private nextText = 0;
  private firstUnwrittenText = 0;
  private written = 0;
  private inFlight = 0;

  constructor(private readonly writer: ContainerWriter) {}

  get events(): number {
    return this.trace.count;
  }

  get digest(): string {
    return this.trace.digest();
  }

  /** Time of the last event, ns. */
  get now(): number {
    return this.trace.now;
  }

  /** True when the caller should await drain() before it goes on. */
  get isFull(): boolean {
    return this.inFlight >= BLOCKS_IN_FLIGHT;
  }

  /** Wait for the blocks that are on their way. */
  async drain(): Promise<void> {
    await this.writer.flush();
    this.inFlight = 0;
  }

  /** An event type by name and columns; beyond the bound, one for all others. */
  type(name: string, columns: readonly string[]): EventType {
    const line = `${name} ${columns.join(',')}`;
    const known = this.types.get(line);
    if (known) return known;
    if (this.types.size >= MAX_TYPES) return this.type('unknown:other_event', columns);
    const type: EventType = { id: this.typeLines.length, name, fields: columns, words: {} };
    this.typeLines.push(line);
    this.types.set(line, type);
    return type;
  }

  /** Number of a task, for the task column; 0 when there are too many. */
  task(name: string): number {
    const known = this.taskNumbers.get(name);
    if (known !== undefined) return known;
    if (this.tasks.length >= MAX_TASKS) return 0;
    this.taskNumbers.set(name, this.tasks.length);
    return this.tasks.push(name) - 1;
  }

  /** Index of a text. */
  text(text: string): number {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    if (this.texts.size >= MAX_TEXTS) this.texts = new Map();
    const index = this.nextText++;
    this.texts.set(text, index);
    this.textLines.push(`${JSON.stringify(text)}\n`);
    this.textLength += text.length;
    if (this.textLength >= TEXT_BLOCK) this.writeTexts();
    return index;
  }

  /** Append an event. @param time ns; may lie before the last one's @param words at most EVENT_ARGS */
  emit(type: EventType, task: number, time: number, words: readonly number[]): void {
    const { trace } = this;
    if (trace.count - this.written === CHUNK_EVENTS) this.writeEvents();
    trace.now = time;
    trace.currentTask = task;
    trace.emit(type, words[0], words[1], words[2], words[3], words[4]);
    this.counts.set(type.name, (this.counts.get(type.name) ?? 0) + 1);
  }

  /** Write what is left. */
  finish(): void {
    this.writeEvents();
    this.writeTexts();
  }

  private writeEvents(): void {
    const { count } = this.trace;
    if (count === this.written) return;
    this.writer.append('EVNT', encodeEvents(this.trace, this.written, count), {
      first: this.written,
      count: count - this.written,
    });
    this.written = count;
    this.inFlight++;
  }

  private writeTexts(): void {
    if (this.textLines.length === 0) return;
    const first = this.firstUnwrittenText;
    const lines = `${JSON.stringify({ first })}\n${this.textLines.join('')}`;
    this.writer.append('TEXT', new TextEncoder().encode(lines), { first });
    this.firstUnwrittenText = this.nextText;
    this.textLines = [];
    this.textLength = 0;
    this.inFlight++;
  }
}
