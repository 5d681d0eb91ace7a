/**
 * Commands with units of work, as the host does them: some units of one command at a time.
 */

import { high16, isBackwards, low16 } from '../ring/command_check.ts';
import {
  CMD_BLIT,
  CMD_COPY,
  CMD_DRAW_RECT,
  CMD_DRAW_TEXT,
  CMD_FILL,
  FORMAT_XRGB8888,
  GLYPH_HEIGHT,
  GLYPH_WIDTH,
  opcodeOf,
  TEXT_HEAD_DWORDS,
} from '../ring/commands.ts';
import { addressAt, convertPixel, dwordRect, isShort } from '../ring/surface.ts';
import type { RingMemory } from './ring_memory.ts';

/** Do units [from, from + count) of a command. */
export function doUnits(memory: RingMemory, words: Uint32Array, from: number, count: number): void {
  switch (opcodeOf(words[0]!)) {
    case CMD_FILL:
      for (let unit = from; unit < from + count; unit++)
        memory.store((words[1]! + 4 * unit) >>> 0, words[3]!);
      return;
    case CMD_COPY:
      copyUnits(memory, words, from, count);
      return;
    case CMD_BLIT:
      blitUnits(memory, words, from, count);
      return;
    case CMD_DRAW_RECT:
      rectUnits(memory, words, from, count);
      return;
    case CMD_DRAW_TEXT:
      textUnits(memory, words, from, count);
  }
}

function copyUnits(memory: RingMemory, words: Uint32Array, from: number, count: number): void {
  const [, target = 0, source = 0, bytes = 0] = words;
  const backwards = isBackwards(words);
  for (let unit = from; unit < from + count; unit++) {
    const byte = 4 * (backwards ? bytes / 4 - 1 - unit : unit);
    memory.store((target + byte) >>> 0, memory.load((source + byte) >>> 0));
  }
}

/** The rectangle that a command writes. */
interface Target {
  readonly address: number;
  readonly pitch: number;
  readonly format: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** @param pixel value of a pixel in the target's format, by column and row of the rectangle */
function paintUnits(
  memory: RingMemory,
  target: Target,
  from: number,
  count: number,
  pixel: (column: number, row: number) => number,
): void {
  const { address, pitch, format, x, y, width, height } = target;
  const { first, perRow } = dwordRect(format, x, width, height);
  for (let unit = from; unit < from + count; unit++) {
    const row = Math.floor(unit / perRow);
    const dword = first + (unit % perRow);
    const at = addressAt(address, pitch, format, dword * 4, y + row);
    if (!isShort(format)) {
      memory.store(at, pixel(dword - x, row));
      continue;
    }
    let mask = 0;
    let value = 0;
    for (let half = 0; half < 2; half++) {
      const column = 2 * dword + half - x;
      if (column < 0 || column >= width) continue;
      mask |= 0xffff << (16 * half);
      value |= pixel(column, row) << (16 * half);
    }
    memory.storeMasked(at, mask, value);
  }
}

function blitUnits(memory: RingMemory, words: Uint32Array, from: number, count: number): void {
  const [, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, formats = 0] = words;
  const format = formats & 0xff;
  const sourceFormat = formats >>> 8;
  const pixelBytes = isShort(sourceFormat) ? 2 : 4;
  const target = {
    address: a,
    pitch: b,
    format,
    x: low16(c),
    y: high16(c),
    width: low16(g),
    height: high16(g),
  };
  paintUnits(memory, target, from, count, (column, row) => {
    const byteX = (low16(f) + column) * pixelBytes;
    const at = addressAt(d, e, sourceFormat, byteX, high16(f) + row);
    const word = memory.load((at & ~3) >>> 0);
    const value = isShort(sourceFormat) ? (word >>> (8 * (at & 3))) & 0xffff : word;
    return convertPixel(value, sourceFormat, format);
  });
}

function rectUnits(memory: RingMemory, words: Uint32Array, from: number, count: number): void {
  const [, address = 0, pitch = 0, format = 0, at = 0, size = 0, color = 0] = words;
  const value = convertPixel(color, FORMAT_XRGB8888, format);
  const target = {
    address,
    pitch,
    format,
    x: low16(at),
    y: high16(at),
    width: low16(size),
    height: high16(size),
  };
  paintUnits(memory, target, from, count, () => value);
}

function textUnits(memory: RingMemory, words: Uint32Array, from: number, count: number): void {
  const [, address = 0, pitch = 0, format = 0, at = 0, ink = 0, paper = 0, glyphs = 0, length = 0] = words;
  const inkValue = convertPixel(ink, FORMAT_XRGB8888, format);
  const paperValue = convertPixel(paper, FORMAT_XRGB8888, format);
  const width = length * GLYPH_WIDTH;
  const target = { address, pitch, format, x: low16(at), y: high16(at), width, height: GLYPH_HEIGHT };
  paintUnits(memory, target, from, count, (column, row) => {
    const number = Math.floor(column / GLYPH_WIDTH);
    const character = (words[TEXT_HEAD_DWORDS + (number >>> 2)]! >>> (8 * (number & 3))) & 0xff;
    const byte = (glyphs + character * GLYPH_HEIGHT + row) >>> 0;
    const bits = memory.load((byte & ~3) >>> 0) >>> (8 * (byte & 3));
    return (bits >>> (7 - (column & 7))) & 1 ? inkValue : paperValue;
  });
}
