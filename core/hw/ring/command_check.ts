/**
 * What a command needs before it may be executed: legal length and operands, and how many units of work it has.
 */
import {
  CMD_BLIT,
  CMD_COPY,
  CMD_DRAW_RECT,
  CMD_DRAW_TEXT,
  CMD_FILL,
  CMD_FLUSH,
  CMD_NOP,
  COMMAND_DWORDS,
  COMMAND_NAMES,
  dwordsOf,
  GLYPH_HEIGHT,
  GLYPH_TABLE_BYTES,
  GLYPH_WIDTH,
  MAX_COMMAND_DWORDS,
  MAX_TEXT,
  opcodeOf,
  SLICE_UNITS,
  TEXT_HEAD_DWORDS,
} from './commands.ts';
import { dwordRect, isFormat, isShort, isTiled, TILE_BYTES, TILE_ROWS } from './surface.ts';

/** True when an opcode has a meaning. */
export function isOpcode(opcode: number): boolean {
  return opcode < COMMAND_NAMES.length;
}

/** True when a header of a known opcode has a length that its command can have. */
export function isLength(header: number): boolean {
  const opcode = opcodeOf(header);
  const dwords = dwordsOf(header);
  if (opcode === CMD_NOP) return dwords <= MAX_COMMAND_DWORDS;
  if (opcode === CMD_DRAW_TEXT) return dwords >= TEXT_HEAD_DWORDS && dwords <= MAX_COMMAND_DWORDS;
  return dwords === COMMAND_DWORDS[opcode];
}

/** Low and high half of a pair, as x | y << 16. */
export const low16 = (pair: number): number => pair & 0xffff;
export const high16 = (pair: number): number => pair >>> 16;

/** True when two address ranges have a byte in common; lengths in bytes, addresses modulo 2^32. */
function overlap(a: number, aBytes: number, b: number, bBytes: number): boolean {
  return (b - a) >>> 0 < aBytes || (a - b) >>> 0 < bBytes;
}

/** Bytes from a surface's address to the end of a row. */
function rangeOf(pitch: number, format: number, rows: number): number {
  return pitch * (isTiled(format) ? Math.ceil(rows / TILE_ROWS) * TILE_ROWS : rows);
}

function isSurface(address: number, pitch: number, format: number, rows: number): boolean {
  if (!isFormat(format) || address % 4 !== 0 || pitch % 4 !== 0) return false;
  if (isTiled(format) && pitch % TILE_BYTES !== 0) return false;
  return rangeOf(pitch, format, rows) < 2 ** 32;
}

/** A target's rows must not reach into each other: its dwords are written in any order. */
function isTarget(
  address: number,
  pitch: number,
  format: number,
  at: number,
  width: number,
  height: number,
): boolean {
  const right = (low16(at) + width) * (isShort(format) ? 2 : 4);
  return right <= pitch && isSurface(address, pitch, format, high16(at) + height);
}

/**
 * Units of work of a command, or -1 when its operands are illegal. The length is legal already.
 *
 * @param words the command, header first
 * @param tlb   whether the machine has a TLB
 */
export function unitsOf(words: Uint32Array, tlb: boolean): number {
  const [header = 0, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = words;
  switch (opcodeOf(header)) {
    case CMD_FILL:
      return a % 4 === 0 && b % 4 === 0 ? b / 4 : -1;
    case CMD_COPY:
      if (a % 4 !== 0 || b % 4 !== 0 || c % 4 !== 0) return -1;
      return a === b ? 0 : c / 4;
    case CMD_BLIT: {
      const toFormat = h & 0xff;
      const fromFormat = h >>> 8;
      const height = high16(g);
      if (!isTarget(a, b, toFormat, c, low16(g), height)) return -1;
      const fromRows = high16(f) + height;
      if (!isSurface(d, e, fromFormat, fromRows)) return -1;
      const toBytes = rangeOf(b, toFormat, high16(c) + height);
      if (overlap(a, toBytes, d, rangeOf(e, fromFormat, fromRows))) return -1;
      return dwordRect(toFormat, low16(c), low16(g), height).units;
    }
    case CMD_DRAW_RECT:
      if (!isTarget(a, b, c, d, low16(e), high16(e))) return -1;
      return dwordRect(c, low16(d), low16(e), high16(e)).units;
    case CMD_DRAW_TEXT:
      if (g % 4 !== 0 || h > MAX_TEXT) return -1;
      if (dwordsOf(header) !== TEXT_HEAD_DWORDS + Math.ceil(h / 4)) return -1;
      if (!isTarget(a, b, c, d, h * GLYPH_WIDTH, GLYPH_HEIGHT)) return -1;
      if (overlap(a, rangeOf(b, c, high16(d) + GLYPH_HEIGHT), g, GLYPH_TABLE_BYTES)) return -1;
      return dwordRect(c, low16(d), h * GLYPH_WIDTH, GLYPH_HEIGHT).units;
    case CMD_FLUSH:
      return tlb ? 1 : 0;
    case CMD_NOP:
      return 0;
    default:
      // STORE_DWORD, WAIT, BATCH_*: an address; USER_INTERRUPT, BATCH_END: none.
      return a % 4 === 0 ? 0 : -1;
  }
}

/** Units of a command that one slice may do: SLICE_UNITS, or as many as a copy onto itself may move at once. */
export function unitsPerSlice(words: Uint32Array): number {
  if (opcodeOf(words[0]!) !== CMD_COPY) return SLICE_UNITS;
  const [, target = 0, source = 0, bytes = 0] = words;
  if (!overlap(target, bytes, source, bytes)) return SLICE_UNITS;
  const distance = Math.min((target - source) >>> 0, (source - target) >>> 0);
  return Math.min(SLICE_UNITS, distance / 4);
}

/** True when a copy runs from its end to its start. */
export function isBackwards(words: Uint32Array): boolean {
  const [, target = 0, source = 0, bytes = 0] = words;
  return target !== source && (target - source) >>> 0 < bytes;
}
