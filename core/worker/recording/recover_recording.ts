/** Makes a whole file of a recording that nobody finished: what was cut off goes, notes and an index come. */
import type { RecoveredView } from '../../public/recording.ts';
import type { NoteView } from '../../public/session_types.ts';
import { BLOCK_HEADER_BYTES } from '../../session/file/container.ts';
import { ContainerReader } from '../../session/file/container_reader.ts';
import { ContainerWriter, type IndexLine } from '../../session/file/container_writer.ts';
import { RecordedSession } from '../../session/recorded_session.ts';
import { decodeSession } from '../../session/session_file.ts';
import { noteLines } from './recording_file.ts';
import { type RandomFile, sinkOf, sourceOf } from './recording_folder.ts';

/** What stands beside a recording. */
export interface RecordingAbout {
  readonly title: string;
  readonly notes: readonly NoteView[];
}

const count = (many: number, what: string) => `${many} ${what}${many === 1 ? '' : 's'}`;

/**
 * @returns what is in it, or null when nothing was done yet and so nothing was lost
 * @throws ContainerError, SessionOpenError with a sentence: it cannot be opened
 */
export async function recoverRecording(
  name: string,
  file: RandomFile,
  { title, notes }: RecordingAbout,
): Promise<RecoveredView | null> {
  const missing = await finishFile(file, notes);
  const session = await RecordedSession.open(sourceOf(file));
  const { inputs, digests, header, report } = session;
  if (inputs.length === 0) return null;
  const starts = header.flags.filter(flag => flag.startsWith('events from position '));
  return {
    name,
    title: title || header.title,
    inputs: inputs.length,
    events: digests.at(-1)?.events ?? 0,
    bytes: file.size,
    missing: [
      ...missing,
      ...starts.map(flag => `The flight recorder kept ${flag}; executing the inputs again gives them all.`),
      ...report.problems,
    ],
  };
}

/** @returns sentences about what is missing */
async function finishFile(file: RandomFile, notes: readonly NoteView[]): Promise<string[]> {
  const reader = await ContainerReader.open(sourceOf(file));
  if (reader.report.finished) return [];
  const whole: IndexLine[] = [];
  for (const block of reader.blocks) {
    const { kind, sequence, packedBytes } = block;
    // Behind a gap nothing is appended: its numbers would not follow.
    const bytes = sequence === whole.length ? await reader.read(block) : null;
    if (bytes === null) break;
    // Whoever opens the file then knows where its keyframes stand without reading them.
    const about = kind === 'KEYF' ? placeOfKeyframe(bytes) : {};
    whole.push({ kind, offset: block.offset - BLOCK_HEADER_BYTES, packedBytes, about });
  }
  const last = whole.at(-1);
  if (!last) return [];
  const lost = reader.blocks.length - whole.length;
  if (lost > 1) return [`${count(lost, 'block')} cannot be read.`];
  file.truncate(last.offset + BLOCK_HEADER_BYTES + last.packedBytes);
  const writer = new ContainerWriter(sinkOf(file), whole);
  if (notes.length > 0) writer.append('NOTE', noteLines(notes));
  await writer.finish();
  file.flush();
  return ['What happened in the last moment before the end, at most a second, may be missing.'];
}

function placeOfKeyframe(bytes: Uint8Array<ArrayBuffer>): IndexLine['about'] {
  try {
    return { position: decodeSession(bytes).position };
  } catch {
    // Who goes there finds out, and begins further back.
    return {};
  }
}
