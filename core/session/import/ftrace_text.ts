/**
 * Reads ftrace text: /sys/kernel/tracing/trace, trace_pipe, systrace files, `trace-cmd report`, `perf script`.
 *
 * Models     print_trace_line, kernel/trace/trace_output.c, Linux 3.x to 6.18
 * Units      ns; clocks that count something else than seconds are taken as they are, and that is said
 * Left out   the flags of the line (interrupts, preemption depth)
 */
import type { CaptureReader, ImportContext } from './capture_parser.ts';
import { emitTracepoint, knownTracepoint } from './tracepoint.ts';
import { MANY_LINES } from './tracepoint_formats.ts';

/** From the CPU on; what stands before it is split at its last hyphen. */
const EVENT =
  / \[(\d{3,10})\] (?:([^\s]{4,5}) )? *(\d{1,12})(?:\.(\d{1,9}))?: (?:(\w+):)?(\w+):(?: +(.*))?$/s;
const LOST = /^CPU:\s*(\d+) \[LOST (\d+) EVENTS\]/;
const WRITTEN = /^# entries-in-buffer\/entries-written:\s*(\d+)\/(\d+)/;
const TGID = /\s+\((?:\s*(\d+)|-+)\)$/;
/** Characters of an event with all its lines. */
const MAX_PAYLOAD = 65_536;

/** True for a line of this form. */
export function isFtraceLine(line: string): boolean {
  const match = EVENT.exec(line);
  return match !== null && taskOf(line.slice(0, match.index)) !== null;
}

/** `comm pid` or `comm pid tgid`; null when there is no task. */
function taskOf(text: string): string | null {
  const tgid = TGID.exec(text);
  const front = (tgid ? text.slice(0, tgid.index) : text).trim();
  // perf writes a blank between name and number.
  const match = /^(.*)[-\s]\s*(\d{1,10})$/s.exec(front);
  if (!match) return null;
  return `${match[1]!.trim()} ${match[2]}${tgid?.[1] ? ` ${tgid[1]}` : ''}`;
}

interface Pending {
  readonly name: string;
  readonly system: string;
  readonly task: number;
  readonly cpu: number;
  readonly time: number;
  payload: string;
}

export class FtraceReader implements CaptureReader {
  private pending: Pending | null = null;
  private backwards = 0;
  private lastTime = Number.NEGATIVE_INFINITY;
  private counterClock = false;

  constructor(private readonly context: ImportContext) {}

  line(text: string): void {
    const match = EVENT.exec(text);
    const task = match && taskOf(text.slice(0, match.index));
    if (match && task !== null) {
      this.flush();
      this.begin(match, task);
    } else if (text.startsWith('#')) this.comment(text);
    else if (LOST.test(text)) this.lost(LOST.exec(text)!);
    else if (text === '' && !this.takesLines()) return;
    else if (this.takesLines() && this.pending!.payload.length + text.length < MAX_PAYLOAD)
      this.pending!.payload += `\n${text}`;
    else this.context.notUnderstood(text);
  }

  end(): void {
    this.flush();
    if (this.backwards > 0)
      this.context.remark(
        `${this.backwards} events have an earlier time than the one before them; they stay in the order of the file.`,
      );
    if (this.counterClock)
      this.context.remark(
        'The clock of the trace counts something else than seconds; its numbers are kept as they are.',
      );
  }

  /** An event whose text is not known to fit one line may go on in the next. */
  private takesLines(): boolean {
    if (!this.pending) return false;
    const { name } = this.pending;
    return MANY_LINES.includes(name) || knownTracepoint(name) === undefined;
  }

  private begin(match: RegExpExecArray, task: string): void {
    const [, cpu, , seconds, fraction, system, name, payload] = match;
    const time =
      fraction === undefined ? Number(seconds) : Number(seconds) * 1e9 + Number(fraction.padEnd(9, '0'));
    if (fraction === undefined) this.counterClock = true;
    if (time < this.lastTime) this.backwards++;
    this.lastTime = time;
    this.pending = {
      name: name!,
      system: system ?? '',
      task: this.context.sink.task(task),
      cpu: Math.min(Number(cpu), 0xffffffff),
      time,
      payload: payload ?? '',
    };
  }

  private flush(): void {
    const { pending } = this;
    this.pending = null;
    if (pending) emitTracepoint(pending.name, pending, pending.payload, this.context.sink);
  }

  private comment(text: string): void {
    const written = WRITTEN.exec(text);
    if (written && Number(written[2]) > Number(written[1])) {
      this.context.remark(
        `The buffer held ${written[1]} of ${written[2]} events: the start of the trace was overwritten.`,
      );
    }
    const tracer = /^# tracer: (.+)$/.exec(text);
    if (tracer) this.context.origin('tracer', tracer[1]!);
  }

  private lost(match: RegExpExecArray): void {
    this.flush();
    const { sink } = this.context;
    sink.emit(sink.type('ftrace:lost_events', ['cpu', 'count']), 0, Math.max(0, this.lastTime), [
      Number(match[1]) >>> 0,
      Number(match[2]) >>> 0,
    ]);
  }
}
