/**
 * The shader `execute`: the units of work of one piece of a command, one thread for each dword (for FILL and COPY, for each
 * line of 64 bytes). What each unit does is what host/ring_work.ts does.
 *
 * Bindings   data buffers and table (gart_wgsl.ts), state, work as a uniform
 */
import * as C from '../ring/commands.ts';
import { type GartShape, gartBindings, gartFunctions, LINE_BYTES, nrGartBindings } from './gart_wgsl.ts';
import { DWORDS_PER_THREAD, EXECUTE_GROUP } from './streamer_fetch_wgsl.ts';
import * as S from './streamer_layout.ts';

/** WGSL: pixels, as ring/surface.ts. */
export const surfaceFunctions = `
fn address_at(address: u32, pitch: u32, format: u32, byte_x: u32, row: u32) -> u32 {
  if ((format & ${C.FORMAT_TILED_X}u) == 0u) { return address + row * pitch + byte_x; }
  return address + (row >> 3u) * pitch * 8u + ((byte_x >> 9u) << 12u) + ((row & 7u) << 9u) + (byte_x & 511u);
}
fn is_short(format: u32) -> bool { return (format & 1u) != 0u; }
fn convert_pixel(value: u32, from_format: u32, to: u32) -> u32 {
  if (is_short(from_format) == is_short(to)) { return value; }
  if (is_short(to)) {
    return ((value >> 8u) & 0xf800u) | ((value >> 5u) & 0x07e0u) | ((value >> 3u) & 0x001fu);
  }
  let red = (value >> 11u) & 31u;
  let green = (value >> 5u) & 63u;
  let blue = value & 31u;
  return 0xff000000u | (((red << 3u) | (red >> 2u)) << 16u) | (((green << 2u) | (green >> 4u)) << 8u)
    | ((blue << 3u) | (blue >> 2u));
}
`;

const linear = `
const DWORDS = ${DWORDS_PER_THREAD}u;
fn linear_units(is_copy: bool, from_unit: u32, count: u32, thread: u32) {
  // A copy that runs backwards does the same dwords of a slice; within one they do not overlap.
  let bytes = select(word(2u), word(3u), is_copy);
  let distance = word(1u) - word(2u);
  let backwards = is_copy && distance != 0u && distance < bytes;
  let lowest = select(from_unit, (bytes >> 2u) - from_unit - count, backwards);
  let first = DWORDS * thread;
  let to = word(1u) + 4u * (lowest + first);
  let source = select(0u, word(2u) + 4u * (lowest + first), is_copy);
  let value = vec4<u32>(word(3u));
  if (((to | source) & ${LINE_BYTES - 1}u) == 0u && first + DWORDS <= count) {
    var line = array<vec4<u32>, 4>(value, value, value, value);
    if (is_copy) { line = gart_load_line(source); }
    gart_store_line(to, line);
    gart_report();
    return;
  }
  for (var i = 0u; i < DWORDS; i++) {
    if (first + i < count) {
      var dword = value.x;
      if (is_copy) { dword = gart_load(source + 4u * i); }
      gart_store(to + 4u * i, dword);
      gart_report();
    }
  }
}
`;

const painting = `
fn pixel(opcode: u32, column: u32, row: u32, format: u32) -> u32 {
  if (opcode == ${C.CMD_DRAW_RECT}u) { return convert_pixel(word(6u), ${C.FORMAT_XRGB8888}u, format); }
  let is_blit = opcode == ${C.CMD_BLIT}u;
  let from_format = select(${C.FORMAT_XRGB8888}u, word(8u) >> 8u, is_blit);
  let short = is_short(from_format);
  let x = (word(6u) & 0xffffu) + column;
  var at = address_at(word(4u), word(5u), from_format, x * select(4u, 2u, short), (word(6u) >> 16u) + row);
  if (!is_blit) {
    let number = column / ${C.GLYPH_WIDTH}u;
    let character = (word(${C.TEXT_HEAD_DWORDS}u + (number >> 2u)) >> (8u * (number & 3u))) & 0xffu;
    at = word(7u) + character * ${C.GLYPH_HEIGHT}u + row;
  }
  let loaded = gart_load(at & ~3u);
  gart_report();
  let shifted = loaded >> (8u * (at & 3u));
  let ink = ((shifted >> (7u - (column & 7u))) & 1u) != 0u;
  let value = select(select(word(6u), word(5u), ink), select(loaded, shifted & 0xffffu, short), is_blit);
  return convert_pixel(value, from_format, format);
}
fn paint_unit(opcode: u32, unit: u32) {
  let is_blit = opcode == ${C.CMD_BLIT}u;
  let format = select(word(3u), word(8u) & 0xffu, is_blit);
  let place = select(word(4u), word(3u), is_blit);
  let size = select(word(5u), word(7u), is_blit);
  let width = select(size & 0xffffu, word(8u) * ${C.GLYPH_WIDTH}u, opcode == ${C.CMD_DRAW_TEXT}u);
  let x = place & 0xffffu;
  let short = is_short(format);
  let first = select(x, x >> 1u, short);
  let per_row = select(x + width, (x + width + 1u) >> 1u, short) - first;
  let row = unit / per_row;
  let dword = first + unit % per_row;
  var mask = 0u;
  var value = 0u;
  // A pixel of 4 bytes is the whole dword, one of 2 bytes half of it; left of the rectangle wraps to a large number.
  for (var half = 0u; half < 2u; half++) {
    let column = select(dword, 2u * dword + half, short) - x;
    if (column < width && (short || half == 0u)) {
      mask |= select(0xffffffffu, 0xffffu << (16u * half), short);
      value |= pixel(opcode, column, row, format) << (16u * half);
    }
  }
  gart_store_masked(address_at(word(1u), word(2u), format, dword * 4u, (place >> 16u) + row), mask, value);
  gart_report();
}
`;

/** The shader for a machine; with a TLB the table is bound for writing, and its snapshot lies behind it. */
export function executeShader(shape: GartShape, tlb: boolean): string {
  const next = nrGartBindings(shape);
  const flush = tlb
    ? `if (opcode == ${C.CMD_FLUSH}u) {
    if (thread < ${shape.nrEntries}u) { gart[${shape.firstEntry}u + thread] = gart[thread]; }
    return;
  }`
    : '';
  return `${gartBindings(shape)}
@group(0) @binding(${next}) var<storage, read_write> state: array<atomic<u32>>;
@group(0) @binding(${next + 1}) var<uniform> work: array<vec4<u32>, ${S.WORK_WORDS / 4}>;
${gartFunctions(shape)}
fn work_word(index: u32) -> u32 { return work[index >> 2u][index & 3u]; }
fn word(index: u32) -> u32 { return work_word(${S.W_WORDS}u + index); }
${surfaceFunctions}${linear}${painting}
@compute @workgroup_size(${EXECUTE_GROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let thread = id.x;
  let opcode = word(0u) >> 24u;
  ${flush}
  let count = work_word(${S.W_UNITS}u);
  let from_unit = work_word(${S.W_FROM}u);
  gart_command = work_word(${S.W_COMMAND}u);
  gart_seqno = work_word(${S.W_SEQNO}u);
  if (opcode == ${C.CMD_FILL}u || opcode == ${C.CMD_COPY}u) {
    linear_units(opcode == ${C.CMD_COPY}u, from_unit, count, thread);
    return;
  }
  if (thread < count) { paint_unit(opcode, from_unit + thread); }
}
`;
}
