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
import type { Keyframe, KeyframeStore } from './keyframe_store.ts';
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
/** Bytes that all keyframes together may add for each event, and what one packs to, as a part of its bytes. */
const KEYFRAME_BYTES_PER_EVENT = 3;
const PACKED_SHARE = 1 / 8;

/** Keyframes worth their bytes, evenly among those that there are; the boot needs none. */
async function chosenKeyframes(
  keyframes: KeyframeStore,
  from: number,
  to: number,
  events: number,
): Promise<{ readonly keyframe: Keyframe; readonly bytes: Uint8Array<ArrayBuffer> }[]> {
  const all = keyframes.all().filter(({ position }) => position > 0 && position >= from && position <= to);
  const chosen = [];
  let left = KEYFRAME_BYTES_PER_EVENT * events;
  const first = all[0] && (await all[0].bytes());
  const most = first ? Math.floor(left / (first.length * PACKED_SHARE)) : 0;
  const every = Math.max(1, Math.ceil(all.length / Math.max(1, most)));
  for (let i = every - 1; i < all.length; i += every) {
    const bytes = await all[i]!.bytes();
    left -= bytes.length * PACKED_SHARE;
    if (left < 0) break;
    chosen.push({ keyframe: all[i]!, bytes });
  }
  return chosen;
}

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
  for (const { position, digest } of keyframes.all()) {
    if (digest && position > 0 && position >= fromPosition && position <= inputs.length) digests.push(digest);
  }
  for (const { keyframe, bytes } of await chosenKeyframes(keyframes, before, inputs.length, rows.count)) {
    const { position, digest } = keyframe;
    // The store goes on using its bytes; the writer takes a copy.
    writer.append('KEYF', bytes.slice(), { position, events: digest?.events ?? 0 });
    await writer.flush();
  }
  if (digests.at(-1)?.position !== inputs.length)
    digests.push({ position: inputs.length, events: rows.count, time: rows.now, digest: rows.digest() });
  writer.append('DIGE', text(digests.map(line => `${JSON.stringify(line)}\n`)), { position: inputs.length });
  if (notes.length > 0) writer.append('NOTE', text(notes.map(note => `${JSON.stringify(note)}\n`)));
  await writer.finish();
}
