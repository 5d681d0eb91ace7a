/**
 * The shader `fetch`: one thread that decodes and executes one slice of commands, up to the first with units of work, which
 * it prepares for `execute`. It keeps the engine's registers, exactly as host/host_streamer.ts does.
 *
 * Bindings   data buffers and table (gart_wgsl.ts), state, work
 */
import * as C from '../ring/commands.ts';
import * as E from '../ring/engine_state.ts';
import { TILE_BYTES, TILE_ROWS } from '../ring/surface.ts';
import { type GartShape, gartBindings, gartFunctions, nrGartBindings } from './gart_wgsl.ts';
import * as S from './streamer_layout.ts';

/** Threads of a workgroup of `execute`, and dwords that one of them does for FILL and COPY. */
export const EXECUTE_GROUP = 64;
export const DWORDS_PER_THREAD = 16;

/** Counters by their place behind S_COUNTERS. */
const SLICES = E.A_SLICES - E.ENGINE_WORDS;
const COMMANDS = E.A_COMMANDS - E.ENGINE_WORDS;
const BYTES = E.A_BYTES - E.ENGINE_WORDS;
const INTERRUPTS = E.A_INTERRUPTS - E.ENGINE_WORDS;
const FLUSHES = E.A_FLUSHES - E.ENGINE_WORDS;
/** Counted by the fault log, in memory. */
const FAULTS = E.A_FAULTS - E.ENGINE_WORDS;

const fixedDwords = C.COMMAND_DWORDS.map(dwords => `${dwords}u`).join(', ');

/** WGSL: legal operands and units of the command in `words`. */
const checks = `
fn overlap(a: u32, a_bytes: u32, b: u32, b_bytes: u32) -> bool {
  return b - a < a_bytes || a - b < b_bytes;
}
fn rows_of(format: u32, rows: u32) -> u32 {
  let tiled = (format & ${C.FORMAT_TILED_X}u) != 0u;
  return select(rows, (rows + ${TILE_ROWS - 1}u) & ${~(TILE_ROWS - 1) >>> 0}u, tiled);
}
fn is_surface(address: u32, pitch: u32, format: u32, rows: u32) -> bool {
  let plain = format & ${~C.FORMAT_TILED_X >>> 0}u;
  let align = select(3u, ${TILE_BYTES - 1}u, (format & ${C.FORMAT_TILED_X}u) != 0u);
  let fits = pitch <= 0xffffffffu / max(1u, rows_of(format, rows));
  return plain <= ${C.FORMAT_RGB565}u && (address & 3u) == 0u && (pitch & align) == 0u && fits;
}
fn is_target(address: u32, pitch: u32, format: u32, at: u32, width: u32, height: u32) -> bool {
  let right = ((at & 0xffffu) + width) * select(4u, 2u, (format & 1u) != 0u);
  return right <= pitch && is_surface(address, pitch, format, (at >> 16u) + height);
}
fn range_of(pitch: u32, format: u32, rows: u32) -> u32 { return pitch * rows_of(format, rows); }
fn rect_units(format: u32, x: u32, width: u32, height: u32) -> u32 {
  if (width == 0u) { return 0u; }
  let short = (format & 1u) != 0u;
  let first = select(x, x >> 1u, short);
  let end = select(x + width, (x + width + 1u) >> 1u, short);
  return (end - first) * height;
}
var<private> legal: bool;
fn units_of(opcode: u32, dwords: u32) -> u32 {
  legal = true;
  let a = select(0u, words[1], dwords > 1u);
  let b = words[2]; let c = words[3]; let d = words[4]; let e = words[5]; let f = words[6];
  let g = words[7]; let h = words[8];
  switch (opcode) {
    case ${C.CMD_FILL}u: { legal = ((a | b) & 3u) == 0u; return b >> 2u; }
    case ${C.CMD_COPY}u: { legal = ((a | b | c) & 3u) == 0u; return select(c >> 2u, 0u, a == b); }
    case ${C.CMD_BLIT}u: {
      let to = h & 0xffu;
      let from_format = h >> 8u;
      let height = g >> 16u;
      let to_bytes = range_of(b, to, (c >> 16u) + height);
      let from_bytes = range_of(e, from_format, (f >> 16u) + height);
      legal = is_target(a, b, to, c, g & 0xffffu, height)
        && is_surface(d, e, from_format, (f >> 16u) + height) && !overlap(a, to_bytes, d, from_bytes);
      return rect_units(to, c & 0xffffu, g & 0xffffu, height);
    }
    case ${C.CMD_DRAW_RECT}u: {
      legal = is_target(a, b, c, d, e & 0xffffu, e >> 16u);
      return rect_units(c, d & 0xffffu, e & 0xffffu, e >> 16u);
    }
    case ${C.CMD_DRAW_TEXT}u: {
      legal = (g & 3u) == 0u && h <= ${C.MAX_TEXT}u && dwords == ${C.TEXT_HEAD_DWORDS}u + ((h + 3u) >> 2u)
        && is_target(a, b, c, d, h * ${C.GLYPH_WIDTH}u, ${C.GLYPH_HEIGHT}u)
        && !overlap(a, range_of(b, c, (d >> 16u) + ${C.GLYPH_HEIGHT}u), g, ${C.GLYPH_TABLE_BYTES}u);
      return rect_units(c, d & 0xffffu, h * ${C.GLYPH_WIDTH}u, ${C.GLYPH_HEIGHT}u);
    }
    case ${C.CMD_FLUSH}u: { return HAS_TLB; }
    case ${C.CMD_NOP}u: { return 0u; }
    default: { legal = (a & 3u) == 0u; return 0u; }
  }
}
fn units_per_slice(opcode: u32) -> u32 {
  let bytes = words[3];
  if (opcode != ${C.CMD_COPY}u || !overlap(words[1], bytes, words[2], bytes)) { return ${C.SLICE_UNITS}u; }
  return min(${C.SLICE_UNITS}u, min(words[1] - words[2], words[2] - words[1]) >> 2u);
}
`;

/** WGSL: the engine's registers and what moves them. */
const registers = `
const MAX_DWORDS = ${C.MAX_COMMAND_DWORDS}u;
const COMMANDS_OF_SLICE = ${C.SLICE_COMMANDS}u;
const NR_REGISTERS = ${E.ENGINE_WORDS}u;
const NR_COUNTERS = ${E.COUNTER_WORDS}u;
var<private> e: array<u32, ${E.ENGINE_WORDS}>;
var<private> n: array<u32, ${E.COUNTER_WORDS}>;
var<private> words: array<u32, ${C.MAX_COMMAND_DWORDS}>;
var<private> tail: u32;
var<private> progressed: bool;

fn position() -> u32 {
  return select(e[${E.E_RING_BASE}] + e[${E.E_HEAD}], e[${E.E_BATCH}], e[${E.E_IN_BATCH}] != 0u);
}
fn at_tail() -> bool { return e[${E.E_IN_BATCH}] == 0u && e[${E.E_HEAD}] == tail; }
fn is_running() -> bool {
  return e[${E.E_STATUS}] == ${E.STATUS_RUNNING}u || e[${E.E_STATUS}] == ${E.STATUS_WAITING}u;
}
fn end(status: u32) -> bool { e[${E.E_STATUS}] = status; return false; }
fn note_progress() {
  if (e[${E.E_IN_BATCH}] == 0u) { progressed = true; return; }
  let at = e[${E.E_BATCH}];
  let units = e[${E.E_UNITS_DONE}];
  let most = e[${E.E_MAX_ACTHD}];
  if (at < most || (at == most && units <= e[${E.E_MAX_UNITS}])) { return; }
  e[${E.E_MAX_ACTHD}] = at;
  e[${E.E_MAX_UNITS}] = units;
  progressed = true;
}
fn go_on() -> bool {
  if (at_tail()) { return end(${E.STATUS_IDLE}u); }
  return true;
}
fn retire(bytes: u32) -> bool {
  n[${COMMANDS}]++;
  e[${E.E_UNITS_DONE}] = 0u;
  if (e[${E.E_IN_BATCH}] != 0u) { e[${E.E_BATCH}] += bytes; }
  else {
    let head = e[${E.E_HEAD}] + bytes;
    e[${E.E_HEAD}] = select(head, 0u, head == e[${E.E_RING_BYTES}]);
  }
  note_progress();
  return go_on();
}
`;

/** WGSL: reading a command. */
const reading = `
fn is_length(opcode: u32, dwords: u32) -> bool {
  if (opcode == ${C.CMD_NOP}u) { return dwords <= ${C.MAX_COMMAND_DWORDS}u; }
  if (opcode == ${C.CMD_DRAW_TEXT}u) {
    return dwords >= ${C.TEXT_HEAD_DWORDS}u && dwords <= ${C.MAX_COMMAND_DWORDS}u;
  }
  var fixed = array<u32, ${C.COMMAND_DWORDS.length}>(${fixedDwords});
  return dwords == fixed[opcode];
}
fn is_header(header: u32, dwords: u32) -> bool {
  let opcode = header >> 24u;
  if (opcode >= ${C.COMMAND_NAMES.length}u) { return end(${E.STATUS_BAD_OPCODE}u); }
  var fits = is_length(opcode, dwords);
  if (e[${E.E_IN_BATCH}] == 0u) {
    let head = e[${E.E_HEAD}];
    fits = fits && 4u * dwords <= select(e[${E.E_RING_BYTES}], tail, tail > head) - head;
  }
  if (!fits) { return end(${E.STATUS_BAD_COMMAND}u); }
  return true;
}
fn read_command(at: u32) -> bool {
  var dwords = 1u;
  var good = true;
  gart_load_access = ${E.ACCESS_FETCH}u;
  for (var i = 0u; i < MAX_DWORDS; i++) {
    if (i >= dwords || !good) { break; }
    words[i] = gart_load(at + 4u * i);
    if (gart_bad_load != 0u) { good = end(${E.STATUS_FETCH_FAULT}u); }
    gart_report();
    if (good && i == 0u) {
      dwords = (words[0] & 0xffffffu) + 1u;
      good = is_header(words[0], dwords);
    }
  }
  gart_load_access = ${E.ACCESS_READ}u;
  return good;
}
`;

/** WGSL: one step of a slice; false when the slice ends with it. */
const stepping = `
fn do_piece(opcode: u32, dwords: u32, units: u32, done: u32) {
  let count = min(units - done, units_per_slice(opcode));
  var threads = count;
  if (opcode == ${C.CMD_FLUSH}u) { threads = NR_ENTRIES; n[${FLUSHES}]++; }
  else {
    n[${BYTES}] += 4u * count;
    if (opcode == ${C.CMD_FILL}u || opcode == ${C.CMD_COPY}u) {
      threads = (count + ${DWORDS_PER_THREAD - 1}u) / ${DWORDS_PER_THREAD}u;
    }
  }
  work[0] = (threads + ${EXECUTE_GROUP - 1}u) / ${EXECUTE_GROUP}u;
  work[${S.W_UNITS}] = count;
  work[${S.W_FROM}] = done;
  work[${S.W_COMMAND}] = gart_command;
  work[${S.W_SEQNO}] = gart_seqno;
  for (var i = 0u; i < MAX_DWORDS; i++) { work[${S.W_WORDS}u + i] = words[i]; }
  if (done + count == units) { retire(4u * dwords); return; }
  e[${E.E_UNITS_DONE}] = done + count;
  note_progress();
}
fn execute(opcode: u32, bytes: u32) -> bool {
  let a = words[1];
  let in_batch = e[${E.E_IN_BATCH}] != 0u;
  switch (opcode) {
    case ${C.CMD_STORE_DWORD}u: {
      gart_store(a, words[2]);
      gart_report();
      n[${BYTES}] += 4u;
      if (a == e[${E.E_STATUS_PAGE}] + ${4 * E.HWS_SEQNO}u) { e[${E.E_SEQNO}] = words[2]; }
    }
    case ${C.CMD_WAIT}u: {
      let value = gart_load(a);
      gart_report();
      if (i32(value - words[2]) < 0) { return end(${E.STATUS_WAITING}u); }
    }
    case ${C.CMD_USER_INTERRUPT}u: { n[${INTERRUPTS}]++; }
    case ${C.CMD_FLUSH}u: { n[${FLUSHES}]++; }
    case ${C.CMD_BATCH_START}u: {
      if (in_batch) { return end(${E.STATUS_BAD_COMMAND}u); }
      retire(bytes);
      e[${E.E_IN_BATCH}] = 1u;
      e[${E.E_BATCH}] = a;
      e[${E.E_MAX_ACTHD}] = a;
      e[${E.E_MAX_UNITS}] = 0u;
      e[${E.E_STATUS}] = ${E.STATUS_RUNNING}u;
      return true;
    }
    case ${C.CMD_BATCH_CHAIN}u: {
      if (!in_batch) { return end(${E.STATUS_BAD_COMMAND}u); }
      n[${COMMANDS}]++;
      e[${E.E_UNITS_DONE}] = 0u;
      e[${E.E_BATCH}] = a;
      note_progress();
      return true;
    }
    case ${C.CMD_BATCH_END}u: {
      if (!in_batch) { return end(${E.STATUS_BAD_COMMAND}u); }
      n[${COMMANDS}]++;
      e[${E.E_IN_BATCH}] = 0u;
      e[${E.E_BATCH}] = 0u;
      e[${E.E_UNITS_DONE}] = 0u;
      e[${E.E_MAX_ACTHD}] = 0u;
      e[${E.E_MAX_UNITS}] = 0u;
      progressed = true;
      return go_on();
    }
    default: { }
  }
  return retire(bytes);
}
fn step() -> bool {
  gart_seqno = e[${E.E_SEQNO}];
  gart_command = n[${COMMANDS}];
  if (!read_command(position())) { return false; }
  let opcode = words[0] >> 24u;
  let dwords = (words[0] & 0xffffffu) + 1u;
  let units = units_of(opcode, dwords);
  if (!legal) { return end(${E.STATUS_BAD_COMMAND}u); }
  let done = e[${E.E_UNITS_DONE}];
  if (done < units) { do_piece(opcode, dwords, units, done); return false; }
  return execute(opcode, 4u * dwords);
}
`;

/** WGSL: one slice, or the beginning or end of a run. */
const running = `
fn slice() {
  n[${SLICES}]++;
  e[${E.E_STATUS}] = ${E.STATUS_RUNNING}u;
  progressed = false;
  for (var i = 0u; i < COMMANDS_OF_SLICE; i++) { if (!step()) { break; } }
  if (progressed) { e[${E.E_STALLED}] = 0u; }
  else if (is_running()) {
    e[${E.E_STALLED}]++;
    if (e[${E.E_STALLED}] >= atomicLoad(&state[${S.S_HANG_SLICES}])) { e[${E.E_STATUS}] = ${E.STATUS_HANG}u; }
  }
}
fn finish() {
  gart_seqno = e[${E.E_SEQNO}];
  gart_command = n[${COMMANDS}];
  gart_store(e[${E.E_STATUS_PAGE}] + ${4 * E.HWS_HEAD}u, e[${E.E_HEAD}]);
  gart_report();
  e[${E.E_ACTHD}] = position();
}
fn next_phase() -> u32 {
  let may_go_on = is_running() && n[${SLICES}] < atomicLoad(&state[${S.S_MAX_SLICES}])
    && n[${COMMANDS}] + ${C.SLICE_COMMANDS}u <= ${C.MAX_RUN_COMMANDS}u;
  return select(${S.PHASE_FINISH}u, ${S.PHASE_SLICE}u, may_go_on);
}
@compute @workgroup_size(1)
fn main() {
  work[0] = 0u;
  work[1] = 1u;
  work[2] = 1u;
  var phase = atomicLoad(&state[${S.S_PHASE}]);
  if (phase == ${S.PHASE_DONE}u) { return; }
  let first = atomicLoad(&state[${S.S_ENGINE}]) * ${E.ENGINE_WORDS}u;
  for (var i = 0u; i < NR_REGISTERS; i++) { e[i] = atomicLoad(&state[first + i]); }
  for (var i = 0u; i < NR_COUNTERS; i++) { n[i] = atomicLoad(&state[${S.S_COUNTERS}u + i]); }
  tail = atomicLoad(&state[${S.S_TAIL}]);
  if (phase == ${S.PHASE_BEGIN}u) {
    if (e[${E.E_STATUS}] == ${E.STATUS_OFF}u || e[${E.E_STATUS}] >= ${E.STATUS_HANG}u) {
      atomicStore(&state[${S.S_PHASE}], ${S.PHASE_DONE}u);
      return;
    }
    e[${E.E_STATUS}] = select(${E.STATUS_RUNNING}u, ${E.STATUS_IDLE}u, at_tail());
    phase = next_phase();
  }
  if (phase == ${S.PHASE_SLICE}u) {
    slice();
    phase = next_phase();
  } else {
    finish();
    phase = ${S.PHASE_DONE}u;
  }
  for (var i = 0u; i < NR_REGISTERS; i++) { atomicStore(&state[first + i], e[i]); }
  for (var i = 0u; i < NR_COUNTERS; i++) {
    if (i != ${FAULTS}u) { atomicStore(&state[${S.S_COUNTERS}u + i], n[i]); }
  }
  atomicStore(&state[${S.S_PHASE}], phase);
}
`;

/** The shader for a machine; the table has a TLB's snapshot behind it where `tlb`. */
export function fetchShader(shape: GartShape, tlb: boolean): string {
  const next = nrGartBindings(shape);
  return `${gartBindings(shape)}
@group(0) @binding(${next}) var<storage, read_write> state: array<atomic<u32>>;
@group(0) @binding(${next + 1}) var<storage, read_write> work: array<u32, ${S.WORK_WORDS}>;
const HAS_TLB = ${tlb ? 1 : 0}u;
const NR_ENTRIES = ${shape.nrEntries}u;
${gartFunctions(shape)}${registers}${checks}${reading}${stepping}${running}`;
}
