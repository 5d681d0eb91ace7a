/**
 * Writes a session that lies in memory as a file: the whole of it, or its last part. The inputs are always all there, because a
 * replay begins at the boot; events, keyframes and digests begin where the part does.
 */
import { CHUNK_EVENTS, type TraceBuffer } from '../trace/trace_buffer.ts';
import { type ByteSink, ContainerWriter } from './file/container_writer.ts';
import { encodeEvents } from './file/event_block.ts';
import { encodeHeader, type SessionHeader } from './file/session_header.ts';
import type { Input } from './input.ts';
import { formatInput } from './input_log.ts';
import type { KeyframeStore } from './keyframe_store.ts';
import type { DigestLine, NoteLine } from './recorder.ts';

export interface SessionInMemory {
  readonly header: SessionHeader;
  /** Executed up to the end that is known. */
  readonly inputs: readonly Input[];
  /** Rows of the trace up to there. */
  readonly rows: TraceBuffer;
  readonly keyframes: KeyframeStore;
  readonly notes: readonly NoteLine[];
  /** Where the part begins: a position, and the first event of it; 0 and 0 for everything. */
  readonly fromPosition: number;
  readonly fromEvent: number;
}

const INPUTS_A_BLOCK = 4096;

/** Write everything and the index. @throws what the sink threw */
export async function writeSession(sink: ByteSink, session: SessionInMemory): Promise<void> {
  const { header, inputs, rows, keyframes, notes, fromPosition, fromEvent } = session;
  const writer = new ContainerWriter(sink);
  const encoder = new TextEncoder();
  const text = (lines: readonly string[]) => encoder.encode(lines.join(''));
  writer.append('HEAD', encodeHeader(header));
  for (let at = 0; at < inputs.length; at += INPUTS_A_BLOCK)
    writer.append('INPT', text(inputs.slice(at, at + INPUTS_A_BLOCK).map(formatInput)), { first: at });
  for (let at = Math.max(fromEvent, rows.firstIndex); at < rows.count; at += CHUNK_EVENTS) {
    const end = Math.min(rows.count, at + CHUNK_EVENTS);
    writer.append('EVNT', encodeEvents(rows, at, end), { first: at, count: end - at });
    await writer.flush();
  }
  const digests: DigestLine[] = [];
  const before = keyframes.nearest(fromPosition)?.position ?? 0;
  for (const keyframe of keyframes.all()) {
    const { position, digest } = keyframe;
    // The one before any input is the boot, which costs nothing to repeat.
    if (position === 0 || position < before || position > inputs.length) continue;
    if (digest && position >= fromPosition) digests.push(digest);
    writer.append('KEYF', await keyframe.bytes(), { position, events: digest?.events ?? 0 });
    await writer.flush();
  }
  if (digests.at(-1)?.position !== inputs.length)
    digests.push({ position: inputs.length, events: rows.count, time: rows.now, digest: rows.digest() });
  writer.append('DIGE', text(digests.map(line => `${JSON.stringify(line)}\n`)), { position: inputs.length });
  if (notes.length > 0) writer.append('NOTE', text(notes.map(note => `${JSON.stringify(note)}\n`)));
  await writer.finish();
}
