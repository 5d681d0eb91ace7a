/**
 * The container of a `.gartlab` file: a magic, then blocks one after the other, each complete in itself.
 *
 * Layout     file    magic (8 bytes), format version (u32), zero (u32)
 *            block   sync word (u32), kind (4 ASCII letters), sequence number (u32), packed length (u32), raw length (u32),
 *                    CRC-32 of the packed bytes (u32), CRC-32 of the five words before it (u32); then the packed bytes
 *            all little-endian; packed = raw deflate (RFC 1951) with a preset dictionary (dictionary.ts)
 * Recovery   a block that was not written to its end, or was damaged, fails a checksum; the next sync word begins the next one.
 *            The index at the end only makes opening faster
 * See        docs/session-format.md
 */

/** Raised when blocks of before are read in another way; docs/session-format.md lists the migrations. */
export const FORMAT_VERSION = 2;
export const FILE_HEADER_BYTES = 16;
export const BLOCK_HEADER_BYTES = 28;
/** A block claims at most so much when unpacked: what a hostile file can make a reader hold. */
export const MAX_RAW_BYTES = 64 * 1024 * 1024;

const MAGIC = Uint8Array.from([0x47, 0x41, 0x52, 0x54, 0x4c, 0x41, 0x42, 0x0a]); // "GARTLAB\n"
/** Bytes "\xb5GBK": unlikely in packed data, and not text. */
export const SYNC_WORD = 0x4b4247b5;

/**
 * HEAD what was recorded on what, JSON · INPT inputs, JSON lines · EVNT event columns · KEYF a session image · DIGE digests at
 * positions, JSON lines · NOTE annotations, JSON lines · TEXT strings that events refer to, JSON lines · INDX the index, JSON
 */
export const BLOCK_KINDS = ['HEAD', 'INPT', 'EVNT', 'KEYF', 'DIGE', 'NOTE', 'TEXT', 'INDX'] as const;
export type BlockKind = (typeof BLOCK_KINDS)[number];

export interface BlockHeader {
  readonly kind: BlockKind;
  readonly sequence: number;
  readonly packedBytes: number;
  readonly rawBytes: number;
  readonly crc: number;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32 (IEEE 802.3) of bytes. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The first bytes of a file. */
export function encodeFileHeader(): Uint8Array {
  const bytes = new Uint8Array(FILE_HEADER_BYTES);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(8, FORMAT_VERSION, true);
  return bytes;
}

/** The format version of a file that begins so, or null when it is no session. */
export function decodeFileHeader(bytes: Uint8Array): number | null {
  if (bytes.length < FILE_HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
}

/** The header of a block. */
export function encodeBlockHeader({ kind, sequence, packedBytes, rawBytes, crc }: BlockHeader): Uint8Array {
  const bytes = new Uint8Array(BLOCK_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SYNC_WORD, true);
  for (let i = 0; i < 4; i++) bytes[4 + i] = kind.charCodeAt(i);
  view.setUint32(8, sequence, true);
  view.setUint32(12, packedBytes, true);
  view.setUint32(16, rawBytes, true);
  view.setUint32(20, crc, true);
  view.setUint32(24, crc32(bytes.subarray(4, 24)), true);
  return bytes;
}

/** The header that stands at a place, or null when none does: wrong sync word, damaged, of an unknown kind, or too large. */
export function decodeBlockHeader(bytes: Uint8Array, at = 0): BlockHeader | null {
  if (at < 0 || at + BLOCK_HEADER_BYTES > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK_HEADER_BYTES);
  if (view.getUint32(0, true) !== SYNC_WORD) return null;
  if (view.getUint32(24, true) !== crc32(bytes.subarray(at + 4, at + 24))) return null;
  const word = String.fromCharCode(bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!);
  const kind = BLOCK_KINDS.find(each => each === word);
  const rawBytes = view.getUint32(16, true);
  const packedBytes = view.getUint32(12, true);
  if (kind === undefined || rawBytes > MAX_RAW_BYTES || packedBytes > MAX_RAW_BYTES) return null;
  return { kind, sequence: view.getUint32(8, true), packedBytes, rawBytes, crc: view.getUint32(20, true) };
}
