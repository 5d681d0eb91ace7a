/**
 * Packing of blocks by Node's own zlib, which knows dictionaries: large blocks beside the thread that asks, small ones at once, which
 * takes less than asking another thread and waiting for it; and unpacking at once, for which streams need a dozen turns of the event
 * loop. What it writes and reads is what session/file/packing.ts does.
 */
import { deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import { DICTIONARY_BYTES, SMALL_BYTES, tooMuch } from '../session/file/packing.ts';

/** Packed bytes. */
export async function packByZlib(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const dictionary = DICTIONARY_BYTES;
  if (bytes.length <= SMALL_BYTES) return plain(deflateRawSync(bytes, { level: 9, dictionary }));
  return new Promise((resolve, reject) => {
    deflateRaw(bytes, { level: 6, dictionary }, (error, packed) => {
      if (error) reject(error);
      else resolve(plain(packed));
    });
  });
}

/** Bytes are made in pieces of so many at most, so that a claim costs no memory before it is kept. */
const MOST_PIECE = 1 << 20;

/** Bytes of before. @throws Error when the bytes are no deflate stream, or another number than `rawBytes` comes out */
export async function unpackByZlib(
  packed: Uint8Array<ArrayBuffer>,
  rawBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const chunkSize = Math.min(Math.max(rawBytes, 1024), MOST_PIECE);
    const maxOutputLength = Math.max(rawBytes, 1);
    bytes = plain(inflateRawSync(packed, { dictionary: DICTIONARY_BYTES, chunkSize, maxOutputLength }));
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooMuch(rawBytes);
    throw error;
  }
  if (bytes.length > rawBytes) throw tooMuch(rawBytes);
  if (bytes.length !== rawBytes)
    throw new Error(`${bytes.length} bytes came out where ${rawBytes} were announced`);
  return bytes;
}

/** Not a Buffer, whose slice() is another one. */
function plain({ buffer, byteOffset, length }: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, length);
}
