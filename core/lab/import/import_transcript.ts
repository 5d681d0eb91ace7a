/**
 * A kernel transcript as a session: its calls are inputs of the lab, its answers notes beside them. Where the lab lacks a call or
 * a device, the steps become notes only.
 */
import { createHostMachine } from '../../hw/host/host_machine.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import { bootKernel } from '../../kernel/boot.ts';
import type { ByteSource } from '../../session/file/container_reader.ts';
import { type ByteSink, ContainerWriter } from '../../session/file/container_writer.ts';
import { encodeHeader, type SessionHeader } from '../../session/file/session_header.ts';
import { capturePieces, ImportError } from '../../session/import/capture_stream.ts';
import type { Input } from '../../session/input.ts';
import type { NoteLine } from '../../session/recorder.ts';
import { sessionHeader } from '../session_of_scenario.ts';
import { notModelled } from '../transcript/not_modelled.ts';
import {
  parseTranscript,
  type Transcript,
  TranscriptError,
  type TranscriptStep,
} from '../transcript/transcript_file.ts';
import { recordInputs } from './record_inputs.ts';
import type { ReplayableOptions, ReplayableReport } from './replayable_report.ts';

/** A transcript is one JSON text and has to be held as a whole. */
const MAX_BYTES = 32 * 1024 * 1024;

export interface TranscriptImportOptions extends ReplayableOptions {
  /** The machine that transcripts were recorded on. */
  readonly description: MachineDescription;
}

async function wholeText(source: ByteSource, options: ReplayableOptions): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of capturePieces(source, options)) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MAX_BYTES) throw new ImportError(`A transcript has at most ${MAX_BYTES} characters.`);
  }
  return text + decoder.decode();
}

const inputOf = ({ task, call, args, as }: TranscriptStep): Input =>
  as === undefined ? { task, call, args } : { task, call, args, as };

/** What the recorded kernel answered, beside the input with this position. */
function answerNote(
  { task: _, call, args: __, as: ___, ...answer }: TranscriptStep,
  position: number,
): NoteLine {
  return { kind: 'kernel', position, text: `${call}: ${JSON.stringify(answer)}` };
}

function countsOf({ steps }: Transcript): Record<string, number> {
  const counts = new Map<string, number>([['steps', steps.length]]);
  for (const { kernel } of steps) {
    for (const { fn, times } of kernel ?? []) counts.set(fn, (counts.get(fn) ?? 0) + (times ?? 1));
  }
  return Object.fromEntries(counts);
}

/** Import one transcript. @throws ImportError it cannot be read; ImportCancelled */
export async function importTranscript(
  name: string,
  source: ByteSource,
  to: ByteSink,
  options: TranscriptImportOptions,
): Promise<ReplayableReport> {
  const text = await wholeText(source, options);
  let transcript: Transcript;
  try {
    transcript = parseTranscript(text, name);
  } catch (error) {
    throw error instanceof TranscriptError ? new ImportError(error.message) : error;
  }
  const missing = notModelled(transcript, bootKernel(options.description));
  const remarks =
    missing.length === 0 ? [] : ['It cannot be replayed here, so its steps are notes.', ...missing];
  const about = {
    kind: 'transcript' as const,
    name,
    lines: text.split('\n').length,
    linesNotUnderstood: 0,
    notUnderstood: [],
    captured: countsOf(transcript),
    remarks,
  };
  const machine = createHostMachine(options.description);
  try {
    const scene = { id: '', title: `${transcript.group}/${transcript.name}`, seed: 0 };
    const header: SessionHeader = {
      ...sessionHeader(scene, machine, options.appVersion, ['import']),
      origin: { capture: name, kind: 'transcript', kernel: transcript.kernel, driver: transcript.driver },
    };
    if (missing.length > 0) {
      await writeNotes(transcript, header, to);
      const nothing = {
        inputs: 0,
        events: 0,
        digest: '',
        refused: {},
        firstRefused: [],
        leftOut: transcript.steps.length,
      };
      return { ...about, ...nothing, replayable: false, machine: 'none' };
    }
    const inputs = transcript.steps.map(inputOf);
    const recorded = await recordInputs(inputs, machine, to, {
      header,
      notes: transcript.steps.map(answerNote),
      nowMs: options.nowMs,
      onProgress: done => options.onProgress?.(done, inputs.length),
      isCancelled: options.isCancelled,
    });
    return { ...about, ...recorded, replayable: true, machine: options.description.name };
  } finally {
    await machine.dispose();
  }
}

async function writeNotes({ steps }: Transcript, header: SessionHeader, to: ByteSink): Promise<void> {
  const writer = new ContainerWriter(to);
  writer.append(
    'HEAD',
    encodeHeader({
      ...header,
      machine: 'none',
      vram: 'none',
      machineHash: '',
      eventTypes: [],
      description: {} as MachineDescription,
    }),
  );
  const notes = steps.map((step, i) => ({
    kind: 'kernel',
    position: 0,
    text: `step ${i}: ${JSON.stringify(step)}`,
  }));
  writer.append('NOTE', new TextEncoder().encode(notes.map(note => `${JSON.stringify(note)}\n`).join('')));
  await writer.finish();
}
