/**
 * A session image as one run of bytes: text for the graph, typed arrays behind it.
 *
 * Layout     magic "GARTLAB1", uint32 length of the text (little-endian), UTF-8 JSON, then each array at the next multiple of 8
 * Not for    input logs, which are text (session/input_log.ts)
 */
import type { SnapshotImage } from '../base/snapshot.ts';
import type { SessionImage } from './session_image.ts';

const MAGIC = 'GARTLAB1';
const HEADER_BYTES = 12;

type TypedArray = SnapshotImage['arrays'][number];
const ARRAYS = { Uint8Array, Uint16Array, Uint32Array, Int32Array, Float64Array } as const;
type ArrayName = keyof typeof ARRAYS;

/** A file that is not a session of this program. */
export class SessionFileError extends Error {
  override readonly name = 'SessionFileError';
}

const align = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** One image as bytes. */
export function encodeSession(image: SessionImage): Uint8Array {
  const { arrays, ...graph } = image.snapshot;
  const table = arrays.map(array => [array.constructor.name, array.length]);
  const text = new TextEncoder().encode(JSON.stringify({ ...image, snapshot: { ...graph, arrays: table } }));
  const first = align(HEADER_BYTES + text.length);
  const total = arrays.reduce((sum, array) => sum + align(array.byteLength), first);
  const bytes = new Uint8Array(total);
  bytes.set(new TextEncoder().encode(MAGIC), 0);
  new DataView(bytes.buffer).setUint32(8, text.length, true);
  bytes.set(text, HEADER_BYTES);
  let at = first;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += align(array.byteLength);
  }
  return bytes;
}

/** The image in these bytes. @throws SessionFileError */
export function decodeSession(file: Uint8Array): SessionImage {
  const refuse = (says: string): never => {
    throw new SessionFileError(`This is not a session file of this program: ${says}`);
  };
  if (file.length < HEADER_BYTES || new TextDecoder().decode(file.subarray(0, 8)) !== MAGIC)
    refuse(`it does not begin with ${MAGIC}.`);
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getUint32(8, true);
  if (HEADER_BYTES + length > file.length) {
    refuse(`its text (${length} bytes) is longer than the file (${file.length} bytes).`);
  }
  let parsed: SessionImage;
  try {
    parsed = JSON.parse(
      new TextDecoder().decode(file.subarray(HEADER_BYTES, HEADER_BYTES + length)),
    ) as SessionImage;
  } catch (error) {
    return refuse(`its text is not JSON (${(error as Error).message}).`);
  }
  if (typeof parsed !== 'object' || parsed === null) refuse('its text is no object.');
  if (parsed.format !== 'gart-lab-session' || parsed.version !== 1) {
    refuse(`it has format ${parsed.format} version ${parsed.version}.`);
  }
  const table = parsed.snapshot?.arrays as unknown;
  if (!Array.isArray(table)) refuse('it has no table of arrays.');
  const arrays: TypedArray[] = [];
  let at = align(HEADER_BYTES + length);
  for (const entry of table as unknown[]) {
    const [name, items] = (Array.isArray(entry) ? entry : []) as [ArrayName, number];
    if (!Object.hasOwn(ARRAYS, name) || !Number.isSafeInteger(items) || items < 0) {
      refuse(`entry ${arrays.length} of its table of arrays is none.`);
    }
    // Before memory is taken for it: a length may lie.
    if (at + items * ARRAYS[name].BYTES_PER_ELEMENT > file.length)
      refuse(`it ends inside array ${arrays.length} (${name}).`);
    const array = new ARRAYS[name](items);
    new Uint8Array(array.buffer).set(file.subarray(at, at + array.byteLength));
    arrays.push(array);
    at += align(array.byteLength);
  }
  return { ...parsed, snapshot: { ...parsed.snapshot, arrays } };
}
