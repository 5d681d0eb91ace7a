/**
 * Packing of blocks: raw deflate with a preset dictionary (dictionary.ts).
 *
 * Small blocks are packed with the dictionary by fflate; large ones by the platform's own streams, which know no dictionary and work
 * beside the thread that calls them. A stream that never looks back before its start is read alike with a dictionary and without
 * one, so both, and those of version 1, are unpacked in one way: behind the dictionary, as a piece that is stored as it is.
 * A sink or source whose platform has something better brings it along (ByteSink.pack, ByteSource.unpack).
 */
import { deflateSync } from 'fflate';
import { DICTIONARY } from './dictionary.ts';

/** Blocks of up to so many bytes are packed with the dictionary: about a millisecond of the calling thread. */
export const SMALL_BYTES = 32 * 1024;

/** The dictionary as bytes. */
export const DICTIONARY_BYTES: Uint8Array<ArrayBuffer> = new TextEncoder().encode(DICTIONARY.join(''));

/** The dictionary as a deflate block that is stored as it is and not the last one. */
const DICTIONARY_BLOCK = storedBlock(DICTIONARY_BYTES);

function storedBlock(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(5 + bytes.length);
  const view = new DataView(block.buffer);
  view.setUint16(1, bytes.length, true);
  view.setUint16(3, bytes.length ^ 0xffff, true);
  block.set(bytes, 5);
  return block;
}

/** Packed bytes. */
export async function pack(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length <= SMALL_BYTES)
    return deflateSync(bytes, { dictionary: DICTIONARY_BYTES, level: 9 }) as Uint8Array<ArrayBuffer>;
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return collect(stream, Number.POSITIVE_INFINITY);
}

/**
 * Bytes of before.
 *
 * @param rawBytes how many there must be; a stream that gives more is stopped, so a bomb holds no more than it claimed
 * @throws Error when the bytes are no deflate stream, or another number comes out
 */
export async function unpack(
  packed: Uint8Array<ArrayBuffer>,
  rawBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([DICTIONARY_BLOCK, packed])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = await collect(stream, rawBytes, DICTIONARY_BYTES.length);
  if (bytes.length !== rawBytes)
    throw new Error(`${bytes.length} bytes came out where ${rawBytes} were announced`);
  return bytes;
}

/** Why a stream was stopped. */
export function tooMuch(announced: number): Error {
  return new Error(`more than the announced ${announced} bytes came out`);
}

/** Everything behind the first `skip` bytes of a stream, at most `most`. */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  most: number,
  skip = 0,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  let left = skip;
  const reader = stream.getReader();
  for (;;) {
    const { done, value: piece } = await reader.read();
    if (done) break;
    const value = piece.subarray(Math.min(left, piece.length));
    left -= piece.length - value.length;
    length += value.length;
    if (length > most) {
      await reader.cancel().catch(() => undefined);
      throw tooMuch(most);
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
