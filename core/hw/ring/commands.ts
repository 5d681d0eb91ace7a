/**
 * The commands of the ring: opcodes, their dwords, the limits of a slice. Both streamers (hw/host, hw/webgpu) execute
 * exactly what stands here; a batch holds the same commands as the ring.
 *
 *   header            opcode << 24 | length of the whole command in dwords - 1; a dword of 0 is a NOP
 *   NOP               header, any dwords                                            (1 to MAX_COMMAND_DWORDS)
 *   STORE_DWORD       address, value
 *   FILL              address, bytes, dword
 *   COPY              target, source, bytes                                         overlap as memmove
 *   BLIT              target, pitch, x | y << 16, source, pitch, x | y << 16, width | height << 16, format | format << 8
 *   DRAW_RECT         target, pitch, format, x | y << 16, width | height << 16, color
 *   DRAW_TEXT         target, pitch, format, x | y << 16, ink, paper, glyphs, n, n characters in dwords (low byte first)
 *   WAIT              address, value: goes on when (int32)(dword at address - value) >= 0
 *   USER_INTERRUPT    (nothing)
 *   BATCH_START       address: commands are read from there until BATCH_END; in a batch an error (no nesting)
 *   BATCH_END         back to the ring, behind the BATCH_START
 *   FLUSH             the translations that the streamer keeps (TLB) are read anew from the table
 *   BATCH_CHAIN       address: in a batch, go on there; BATCH_END still returns to the ring
 *
 * Models     drivers/gpu/drm/i915 MI_* and XY_* commands (gt/intel_gpu_commands.h), reduced
 * Units      GART byte addresses (32 bit, arithmetic modulo 2^32), bytes, pixels; pitches in bytes
 * Invariants I1 addresses, pitches and byte counts are multiples of 4 (a pitch of a tiled side of 512), else STATUS_BAD_COMMAND
 *            I2 no target is written twice by one command: (x + width) * bytes of a pixel <= its pitch; and no surface is longer
 *               than the address space: pitch * rows < 2^32, rows = y + height, tiled rounded up to 8; else
 *               STATUS_BAD_COMMAND
 *            I3 what a command draws from is not what it draws on: the address ranges of the two surfaces of a BLIT, of the
 *               surface and the glyphs of a DRAW_TEXT, do not overlap; else STATUS_BAD_COMMAND
 *            I4 every access is one aligned dword; a pixel of 2 bytes is half of one
 * Left out   rotation, raster operations, clipping, swizzling of address bit 6
 */
import { invariant } from '../../base/invariant.ts';
import type { Bytes } from '../../base/units.ts';

export const CMD_NOP = 0x00;
export const CMD_STORE_DWORD = 0x01;
export const CMD_FILL = 0x02;
export const CMD_COPY = 0x03;
export const CMD_BLIT = 0x04;
export const CMD_DRAW_RECT = 0x05;
export const CMD_DRAW_TEXT = 0x06;
export const CMD_WAIT = 0x07;
export const CMD_USER_INTERRUPT = 0x08;
export const CMD_BATCH_START = 0x09;
export const CMD_BATCH_END = 0x0a;
export const CMD_FLUSH = 0x0b;
export const CMD_BATCH_CHAIN = 0x0c;

/** Names by opcode, for sentences and views. */
export const COMMAND_NAMES: readonly string[] = [
  'NOP',
  'STORE_DWORD',
  'FILL',
  'COPY',
  'BLIT',
  'DRAW_RECT',
  'DRAW_TEXT',
  'WAIT',
  'USER_INTERRUPT',
  'BATCH_START',
  'BATCH_END',
  'FLUSH',
  'BATCH_CHAIN',
];

/** Dwords of a command by opcode, header included; 0 where the header decides (NOP, DRAW_TEXT). */
export const COMMAND_DWORDS: readonly number[] = [0, 3, 4, 4, 9, 7, 0, 3, 1, 2, 1, 1, 2];

/** Dwords that the longest command has. */
export const MAX_COMMAND_DWORDS = 64;
/** Dwords of DRAW_TEXT before its characters. */
export const TEXT_HEAD_DWORDS = 9;
/** Characters of the longest DRAW_TEXT. */
export const MAX_TEXT = (MAX_COMMAND_DWORDS - TEXT_HEAD_DWORDS) * 4;

/** Commands that one slice decodes at most. */
export const SLICE_COMMANDS = 256;
/** Dwords that one slice writes at most through the one work command it ends with. */
export const SLICE_UNITS = 65_536;
/** A run stops before a slice that could start command number MAX_RUN_COMMANDS (a fault record has 20 bits for it). */
export const MAX_RUN_COMMANDS = 2 ** 20;

/** 4 bytes, blue in the low one; the top byte is stored as it comes (0xff when converted from 565). */
export const FORMAT_XRGB8888 = 0;
/** 2 bytes, blue in the low 5 bits. */
export const FORMAT_RGB565 = 1;
/** Added to a format: tiles of 512 bytes x 8 rows, each one page. */
export const FORMAT_TILED_X = 0x10;

/** Pixels of a glyph. A glyph table is 256 glyphs of one byte per row, leftmost pixel in bit 7: one page. */
export const GLYPH_WIDTH = 8;
export const GLYPH_HEIGHT = 16;
export const GLYPH_TABLE_BYTES: Bytes = 256 * GLYPH_HEIGHT;

export function commandHeader(opcode: number, dwords: number): number {
  return ((opcode << 24) | (dwords - 1)) >>> 0;
}

export function opcodeOf(header: number): number {
  return header >>> 24;
}

/** Dwords of the command with this header. */
export function dwordsOf(header: number): number {
  return (header & 0xff_ffff) + 1;
}

function command(opcode: number, ...operands: number[]): number[] {
  return [commandHeader(opcode, operands.length + 1), ...operands.map(word => word >>> 0)];
}

const pair = (low: number, high: number) => ((low & 0xffff) | (high << 16)) >>> 0;

/** A place in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Pixels in memory: where they begin, bytes from row to row, FORMAT_*. */
export interface Surface {
  readonly address: number;
  readonly pitch: Bytes;
  readonly format: number;
}

export const nop = (): number[] => [0];
export const storeDword = (address: number, value: number) => command(CMD_STORE_DWORD, address, value);
export const fill = (address: number, bytes: Bytes, dword: number) =>
  command(CMD_FILL, address, bytes, dword);
export const copy = (target: number, source: number, bytes: Bytes) =>
  command(CMD_COPY, target, source, bytes);

/** Copy a rectangle, converting formats and tilings; the surfaces' address ranges must not overlap. */
export function blit(
  target: Surface,
  to: Point,
  source: Surface,
  from: Point,
  width: number,
  height: number,
): number[] {
  return command(
    CMD_BLIT,
    target.address,
    target.pitch,
    pair(to.x, to.y),
    source.address,
    source.pitch,
    pair(from.x, from.y),
    pair(width, height),
    target.format | (source.format << 8),
  );
}

/** @param color XRGB8888, converted to the surface's format */
export function drawRect(target: Surface, at: Point, width: number, height: number, color: number): number[] {
  return command(
    CMD_DRAW_RECT,
    target.address,
    target.pitch,
    target.format,
    pair(at.x, at.y),
    pair(width, height),
    color,
  );
}

/**
 * Draw characters in one row, each 8 x 16 pixels, over paper.
 *
 * @param glyphs     GART address of a glyph table, outside the target's rows
 * @param characters codes 0 to 255, at most MAX_TEXT
 */
export function drawText(
  target: Surface,
  at: Point,
  ink: number,
  paper: number,
  glyphs: number,
  characters: ArrayLike<number>,
): number[] {
  const { length } = characters;
  invariant(length <= MAX_TEXT, () => `One DRAW_TEXT has ${length} characters; ${MAX_TEXT} are possible.`);
  const packed: number[] = new Array(Math.ceil(length / 4)).fill(0);
  for (let i = 0; i < length; i++) packed[i >>> 2]! |= (characters[i]! & 0xff) << (8 * (i & 3));
  return command(
    CMD_DRAW_TEXT,
    target.address,
    target.pitch,
    target.format,
    pair(at.x, at.y),
    ink,
    paper,
    glyphs,
    length,
    ...packed,
  );
}

export const wait = (address: number, value: number) => command(CMD_WAIT, address, value);
export const userInterrupt = () => command(CMD_USER_INTERRUPT);
export const batchStart = (address: number) => command(CMD_BATCH_START, address);
export const batchEnd = () => command(CMD_BATCH_END);
export const batchChain = (address: number) => command(CMD_BATCH_CHAIN, address);
export const flush = () => command(CMD_FLUSH);
