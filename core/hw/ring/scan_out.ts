/**
 * The display engine: what a person sees of a framebuffer, read through the GART.
 *
 * Models     a primary plane and a cursor plane of a display pipe; where nothing is bound the plane shows SCRATCH_PATTERN,
 *            so that a framebuffer which was forced out is seen to be gone
 * Units      GART byte addresses, bytes, pixels; images are RGBA, one byte each, row by row
 * Left out   scaling, gamma, a TLB of its own: entries take effect with the next picture
 */
import type { Bytes } from '../../base/units.ts';
import { FORMAT_XRGB8888 } from './commands.ts';
import { addressAt, convertPixel, isShort } from './surface.ts';

/** A picture of 32-bit pixels with alpha in the top byte, over the framebuffer. */
export interface CursorPlane {
  readonly address: number;
  readonly pitch: Bytes;
  readonly width: number;
  readonly height: number;
  /** Left upper corner in the picture; may lie outside. */
  readonly x: number;
  readonly y: number;
}

/** What is shown. */
export interface ScanOut {
  readonly address: number;
  readonly pitch: Bytes;
  /** FORMAT_* of ring/commands.ts. */
  readonly format: number;
  readonly width: number;
  readonly height: number;
  readonly cursor?: CursorPlane;
}

/** Two colours (RGBA words, red in the low byte) in squares of 16 pixels. */
export const SCRATCH_COLORS = [0xffff00ff, 0xff202020] as const;
export const SCRATCH_SHIFT = 4;

/** The pixel of the pattern that stands for memory which is not there. */
export function scratchPixel(x: number, y: number): number {
  return SCRATCH_COLORS[((x >> SCRATCH_SHIFT) + (y >> SCRATCH_SHIFT)) & 1]!;
}

/** XRGB8888 as an RGBA word without transparency. */
function rgbaOf(value: number): number {
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | ((value >>> 16) & 0xff)) >>> 0;
}

/** One channel of `over` laid on `under`. */
function blend(over: number, under: number, alpha: number): number {
  return Math.floor((over * alpha + under * (255 - alpha) + 127) / 255);
}

/**
 * One pixel of the picture as an RGBA word.
 *
 * @param load the dword at an address, or -1 where nothing is bound
 */
export function shownPixel(of: ScanOut, x: number, y: number, load: (address: number) => number): number {
  const short = isShort(of.format);
  const at = addressAt(of.address, of.pitch, of.format, x * (short ? 2 : 4), y);
  const word = load((at & ~3) >>> 0);
  let shown: number;
  if (word < 0) shown = scratchPixel(x, y);
  else {
    const value = short ? (word >>> (8 * (at & 3))) & 0xffff : word;
    shown = rgbaOf(convertPixel(value, of.format, FORMAT_XRGB8888));
  }
  const { cursor } = of;
  if (cursor === undefined) return shown;
  const column = x - cursor.x;
  const row = y - cursor.y;
  if (column < 0 || row < 0 || column >= cursor.width || row >= cursor.height) return shown;
  const over = load((cursor.address + Math.imul(row, cursor.pitch) + 4 * column) >>> 0);
  if (over < 0) return scratchPixel(x, y);
  const alpha = over >>> 24;
  const red = blend((over >>> 16) & 255, shown & 255, alpha);
  const green = blend((over >>> 8) & 255, (shown >>> 8) & 255, alpha);
  const blue = blend(over & 255, (shown >>> 16) & 255, alpha);
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
