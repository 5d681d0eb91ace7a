/**
 * Pixels in memory: where a pixel lies, and how its value changes from format to format. The WGSL of the streamer has the
 * same functions; the tests that run on both machines hold the two together.
 *
 * Units      pixels; bytes from the left edge; GART byte addresses
 */
import { FORMAT_RGB565, FORMAT_TILED_X, FORMAT_XRGB8888 } from './commands.ts';

/** Bytes and rows of a tile. */
export const TILE_BYTES = 512;
export const TILE_ROWS = 8;

/** True for the formats that commands may name. */
export function isFormat(format: number): boolean {
  const plain = format & ~FORMAT_TILED_X;
  return plain === FORMAT_XRGB8888 || plain === FORMAT_RGB565;
}

export function isTiled(format: number): boolean {
  return (format & FORMAT_TILED_X) !== 0;
}

/** True when a pixel has 2 bytes. */
export function isShort(format: number): boolean {
  return (format & ~FORMAT_TILED_X) === FORMAT_RGB565;
}

/** Address of a byte of a row. */
export function addressAt(
  address: number,
  pitch: number,
  format: number,
  byteX: number,
  row: number,
): number {
  if (!isTiled(format)) return (address + Math.imul(row, pitch) + byteX) >>> 0;
  const tileRow = Math.imul(row >>> 3, Math.imul(pitch, TILE_ROWS));
  return (address + tileRow + ((byteX >>> 9) << 12) + ((row & 7) << 9) + (byteX & 511)) >>> 0;
}

/** A pixel's value in another format; tiling does not matter. */
export function convertPixel(value: number, from: number, to: number): number {
  if (isShort(from) === isShort(to)) return value;
  if (isShort(to)) return ((value >>> 8) & 0xf800) | ((value >>> 5) & 0x07e0) | ((value >>> 3) & 0x001f);
  const red = (value >>> 11) & 31;
  const green = (value >>> 5) & 63;
  const blue = value & 31;
  return (
    (0xff000000 |
      (((red << 3) | (red >>> 2)) << 16) |
      (((green << 2) | (green >>> 4)) << 8) |
      ((blue << 3) | (blue >>> 2))) >>>
    0
  );
}

/** A rectangle of a surface as the dwords that hold it, row by row: the units of BLIT and DRAW_*. */
export interface DwordRect {
  /** First dword of each row, from the left edge. */
  readonly first: number;
  /** Dwords of a row. */
  readonly perRow: number;
  readonly units: number;
}

export function dwordRect(format: number, x: number, width: number, height: number): DwordRect {
  if (width === 0) return { first: 0, perRow: 0, units: 0 };
  const first = isShort(format) ? x >>> 1 : x;
  const end = isShort(format) ? (x + width + 1) >>> 1 : x + width;
  return { first, perRow: end - first, units: (end - first) * height };
}
