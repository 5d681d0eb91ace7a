/** Every reader of files, as one thing to call; what each may throw is what its declaration says. */
import { KernelError } from '../../base/errno.ts';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { type MachineDescription, parseMachineDescription } from '../../hw/machine_description.ts';
import {
  type ByteSource,
  ContainerError,
  ContainerReader,
  memorySource,
} from '../../session/file/container_reader.ts';
import { SessionHeaderError } from '../../session/file/session_header.ts';
import { captureKind } from '../../session/import/capture_kind.ts';
import { captureHead, ImportError } from '../../session/import/capture_stream.ts';
import { importCaptures, LINE_KINDS, type LineKind } from '../../session/import/import_captures.ts';
import { InputError } from '../../session/input_error.ts';
import { InputLogError, parseInputLog } from '../../session/input_log.ts';
import { RecordedSession, SessionOpenError } from '../../session/recorded_session.ts';
import { ReplayError, replaySession } from '../../session/replay.ts';
import { decodeSession, SessionFileError } from '../../session/session_file.ts';
import { sessionInfo } from '../../session/session_info.ts';
import { importTranscript } from '../import/import_transcript.ts';
import { importWebGpu } from '../import/import_webgpu.ts';
import { parseScenario, ScenarioError } from '../scenario.ts';
import { parseTranscript, TranscriptError } from '../transcript/transcript_file.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What readers need besides the file. */
export interface ReaderSurroundings {
  /** A machine with one lab_gpu. */
  readonly lab: MachineDescription;
  /** The machine that transcripts were recorded on. */
  readonly transcripts: MachineDescription;
  /** Unpacks blocks of sessions; without it as everywhere. */
  readonly unpack?: ByteSource['unpack'];
}

export interface FileReader {
  readonly name: string;
  /** Errors with a sentence; everything else is a crash. */
  readonly refusals: readonly (abstract new (
    ...args: never[]
  ) => Error)[];
  readonly read: (bytes: Bytes, surroundings: ReaderSurroundings) => Promise<unknown>;
}

const SESSION_ERRORS = [ContainerError, SessionHeaderError, SessionOpenError] as const;
const nowhere = { write: () => undefined };
const common = { appVersion: '0', nowMs: () => 0 };
const textOf = (bytes: Bytes) => new TextDecoder().decode(bytes);

/** Everything that opening a session can show. */
async function openWhole(bytes: Bytes, { unpack }: ReaderSurroundings): Promise<RecordedSession> {
  const session = await RecordedSession.open(memorySource(bytes, unpack));
  await sessionInfo(session, bytes.length);
  for await (const image of session.keyframes()) void image;
  await session.texts().all([0, 1, 1_000_000]);
  return session;
}

/** As the captures of a kind, whatever they are. */
async function importAs(kind: LineKind, bytes: Bytes): Promise<void> {
  const parts: Uint8Array[] = [];
  const sink = { write: (part: Uint8Array) => void parts.push(part.slice()) };
  const capture = { name: 'capture', kind, source: memorySource(bytes) };
  const report = await importCaptures([capture], sink, { appVersion: '0', title: 'capture' });
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  const session = await RecordedSession.open(memorySource(file));
  const info = await sessionInfo(session, file.length);
  if (info.events !== report.events || info.problems.length > 0)
    throw new Error(
      `${report.events} events were imported, ${info.events} are in the file: ${info.problems.join()}`,
    );
}

export const IMAGE: FileReader = {
  name: 'image',
  refusals: [SessionFileError],
  read: async bytes => decodeSession(bytes),
};

export const SESSION_READERS: readonly FileReader[] = [
  {
    name: 'container',
    refusals: [ContainerError],
    read: async (bytes, { unpack }) => {
      const reader = await ContainerReader.open(memorySource(bytes, unpack));
      for (const block of reader.blocks) await reader.read(block);
    },
  },
  { name: 'session', refusals: SESSION_ERRORS, read: openWhole },
  {
    name: 'replay',
    refusals: [...SESSION_ERRORS, ReplayError, InputError],
    read: async (bytes, { lab, unpack }) => {
      const session = await RecordedSession.open(memorySource(bytes, unpack));
      const machine = createHostMachine(lab);
      try {
        await replaySession(session, { machine });
      } finally {
        await machine.dispose();
      }
    },
  },
  IMAGE,
];

export const TEXT_READERS: readonly FileReader[] = [
  { name: 'input log', refusals: [InputLogError], read: async bytes => parseInputLog(textOf(bytes)) },
  { name: 'scenario', refusals: [ScenarioError], read: async bytes => parseScenario(textOf(bytes), 'file') },
  {
    name: 'transcript',
    refusals: [TranscriptError],
    read: async bytes => parseTranscript(textOf(bytes), 'file'),
  },
  {
    name: 'machine',
    refusals: [KernelError, SyntaxError],
    read: async bytes => parseMachineDescription(JSON.parse(textOf(bytes)), 'file'),
  },
];

/** What `import` does: the contents decide. */
export const IMPORT: FileReader = {
  name: 'import',
  refusals: [ImportError, InputError],
  read: async (bytes, { lab, transcripts }) => {
    const found = captureKind(await captureHead(memorySource(bytes)));
    const source = memorySource(bytes);
    if (found.kind === 'other') return;
    if (found.kind === 'webgpu')
      await importWebGpu('capture', source, nowhere, { ...common, like: lab, vramBytes: 32 * 2 ** 20 });
    else if (found.kind === 'transcript')
      await importTranscript('capture', source, nowhere, { ...common, description: transcripts });
    else await importAs(found.kind, bytes);
  },
};

export const LINE_READERS: readonly FileReader[] = LINE_KINDS.map(kind => ({
  name: `import as ${kind}`,
  refusals: [ImportError],
  read: bytes => importAs(kind, bytes),
}));
