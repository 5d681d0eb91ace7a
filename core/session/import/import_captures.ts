/**
 * Captures of other systems as one session: recognised, read line by line, written as event columns and texts.
 *
 * Rule     what a capture does not say stays unknown: the session has no machine, no inputs and nothing to replay
 * Memory   bounded, whatever the captures hold (event_sink.ts, capture_stream.ts); the header is written last, when the event
 *          types and tasks are known
 */
import type { MachineDescription } from '../../hw/machine_description.ts';
import type { ByteSource } from '../file/container_reader.ts';
import { type ByteSink, ContainerWriter } from '../file/container_writer.ts';
import { encodeHeader } from '../file/session_header.ts';
import type { DigestLine, NoteLine } from '../recorder.ts';
import { BufinfoReader } from './bufinfo_dump.ts';
import type { CaptureKind } from './capture_kind.ts';
import type { CaptureReader, ImportContext } from './capture_parser.ts';
import { captureLines, ImportCancelled, ImportError, type StreamOptions } from './capture_stream.ts';
import { DebugfsReader } from './debugfs_memory.ts';
import { EventSink } from './event_sink.ts';
import { FdinfoReader } from './fdinfo_series.ts';
import { FtraceReader } from './ftrace_text.ts';

/** Lines not understood that are listed. */
const MAX_LISTED = 50;
const LISTED_LENGTH = 200;
const MAX_REMARKS = 50;

export type LineKind = Exclude<CaptureKind, 'transcript' | 'webgpu'>;

/** All captures that are read line by line. */
export const LINE_KINDS: readonly LineKind[] = [
  'ftrace',
  'fdinfo',
  'bufinfo',
  'amdgpu_gem_info',
  'amdgpu_vram_mm',
  'amdgpu_gtt_mm',
  'i915_gem_objects',
];

export interface Capture {
  /** For messages and the header. */
  readonly name: string;
  readonly kind: LineKind;
  readonly source: ByteSource;
}

export interface NotUnderstood {
  readonly capture: string;
  readonly line: number;
  readonly text: string;
}

export interface ImportReport {
  readonly captures: readonly {
    readonly name: string;
    readonly kind: LineKind;
    readonly lines: number;
    readonly events: number;
  }[];
  readonly lines: number;
  readonly linesNotUnderstood: number;
  /** The first of them. */
  readonly notUnderstood: readonly NotUnderstood[];
  readonly events: number;
  /** By name of the event. */
  readonly eventCounts: Readonly<Record<string, number>>;
  readonly tasks: number;
  /** Whole sentences: what was overwritten, damaged, contradictory. */
  readonly remarks: readonly string[];
}

/** Progress counts the bytes of all captures together. */
export interface ImportOptions extends StreamOptions {
  readonly appVersion: string;
  readonly title: string;
}

function readerOf(kind: LineKind, context: ImportContext): CaptureReader {
  if (kind === 'ftrace') return new FtraceReader(context);
  if (kind === 'fdinfo') return new FdinfoReader(context);
  if (kind === 'bufinfo') return new BufinfoReader(context);
  return new DebugfsReader(context, kind);
}

/** One import in progress. */
class Import {
  readonly captures: ImportReport['captures'][number][] = [];
  readonly notUnderstood: NotUnderstood[] = [];
  readonly remarks: string[] = [];
  readonly origin: Record<string, string> = {};
  linesNotUnderstood = 0;
  lines = 0;

  constructor(private readonly sink: EventSink) {}

  remark(sentence: string): void {
    if (this.remarks.length < MAX_REMARKS) this.remarks.push(sentence);
  }

  async read({ name, kind, source }: Capture, options: StreamOptions): Promise<void> {
    const { sink } = this;
    const before = sink.events;
    let lines = 0;
    const reader = readerOf(kind, {
      sink,
      notUnderstood: (text, number = lines) => this.strange(name, number, text),
      remark: sentence => this.remark(`${name}: ${sentence}`),
      origin: (key, value) => {
        this.origin[`${name}: ${key}`] = value.slice(0, LISTED_LENGTH);
      },
    });
    try {
      for await (const batch of captureLines(source, options)) {
        for (const line of batch.lines) {
          lines++;
          reader.line(line);
        }
        if (batch.cut > 0) this.remark(`${name}: ${batch.cut} lines were cut at their first characters.`);
        if (sink.isFull) await sink.drain();
      }
    } catch (error) {
      if (!(error instanceof ImportError) || error instanceof ImportCancelled) throw error;
      this.remark(`${name}: ${error.message} What came before is imported.`);
    }
    reader.end();
    this.lines += lines;
    this.captures.push({ name, kind, lines, events: sink.events - before });
    this.origin[name] =
      `${kind}, ${source.size} bytes, ${lines} lines, ${kind === 'ftrace' ? 'times of its clock' : 'times unknown'}`;
  }

  private strange(capture: string, line: number, text: string): void {
    this.linesNotUnderstood++;
    if (this.notUnderstood.length < MAX_LISTED)
      this.notUnderstood.push({ capture, line, text: text.slice(0, LISTED_LENGTH) });
  }
}

/**
 * Import captures into one session.
 *
 * @param captures in order; their kinds are those of captureKind()
 * @throws ImportCancelled; what the sink throws
 */
export async function importCaptures(
  captures: readonly Capture[],
  to: ByteSink,
  options: ImportOptions,
): Promise<ImportReport> {
  const writer = new ContainerWriter(to);
  const sink = new EventSink(writer);
  const run = new Import(sink);
  let before = 0;
  for (const capture of captures) {
    const start = before;
    await run.read(capture, { ...options, onBytes: done => options.onBytes?.(start + done) });
    before += capture.source.size;
  }
  if (captures.filter(({ kind }) => kind === 'ftrace').length > 1)
    run.remark('The traces stand one after the other; whether their clocks agree is unknown.');
  sink.finish();
  finish(writer, sink, run, options);
  await writer.finish();
  return {
    captures: run.captures,
    lines: run.lines,
    linesNotUnderstood: run.linesNotUnderstood,
    notUnderstood: run.notUnderstood,
    events: sink.events,
    eventCounts: Object.fromEntries([...sink.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    tasks: sink.tasks.length - 1,
    remarks: run.remarks,
  };
}

const jsonLines = (lines: readonly unknown[]) =>
  new TextEncoder().encode(lines.map(line => `${JSON.stringify(line)}\n`).join(''));

function finish(writer: ContainerWriter, sink: EventSink, run: Import, options: ImportOptions): void {
  const notes: NoteLine[] = [
    ...run.remarks,
    ...run.notUnderstood.map(
      ({ capture, line, text }) => `${capture}, line ${line} was not understood: ${text}`,
    ),
  ].map(text => ({ kind: 'import', position: 0, text }));
  if (notes.length > 0) writer.append('NOTE', jsonLines(notes));
  const digest: DigestLine = { position: 0, events: sink.events, time: sink.now, digest: sink.digest };
  writer.append('DIGE', jsonLines([digest]));
  writer.append(
    'HEAD',
    encodeHeader({
      format: 'gart-lab-session',
      appVersion: options.appVersion,
      title: options.title,
      scene: '',
      seed: 0,
      flags: ['import'],
      machine: 'none',
      vram: 'none',
      adapter: { name: 'unknown', software: false, vendor: '', architecture: '' },
      machineHash: '',
      description: {} as MachineDescription,
      eventTypes: sink.typeLines,
      tasks: sink.tasks,
      origin: run.origin,
    }),
  );
}
