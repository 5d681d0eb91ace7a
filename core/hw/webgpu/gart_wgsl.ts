/**
 * WGSL that reads and writes memory by GART address: translation through the table, or through the snapshot of it that a
 * TLB is, and what happens to an access that leads nowhere.
 *
 * Units      GART byte addresses (32 bits), 4 KiB pages, entries as hw/gart_entry.ts encodes them with system pages
 *            already named by their place in the mirror heap
 * Bindings   data buffers (VRAM heaps, then the mirror heap), then the table: at most six of eight; one fault log in a
 *            buffer of the caller's. A buffer is bound once, so it is either read, or read and written, or atomic
 * Invariants I1 no function writes outside the page that its entry names: an entry that names a page outside its buffer is
 *               a fault like one that is not bound
 *            I2 a dropped load gives 0, a dropped store or add does nothing
 */
import { invariant } from '../../base/invariant.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import { MAX_VRAM_HEAPS } from '../machine_description.ts';

/** Accesses in fault records and in WGSL. */
export const ACCESS_LOAD = 0;
export const ACCESS_STORE = 1;

/** Where fault records go: words of an `array<atomic<u32>>` that the caller binds. */
export interface FaultLogPlace {
  /** Name of the array in the caller's WGSL. */
  readonly array: string;
  /** Word that counts records. */
  readonly countWord: number;
  /** First of FAULT_SEEN_WORDS words: a bit per page and access that has a record already. */
  readonly seenWord: number;
  /** First word of the records, FAULT_RECORD_WORDS each. */
  readonly firstWord: number;
  /** Records there is room for; the count goes on without them. */
  readonly capacity: number;
}

/** One bit per page of the 4 GiB space and access. */
export const FAULT_SEEN_WORDS = (2 ** 20 * 2) / 32;
/** (page address, access, engine << 24 | command, seqno) */
export const FAULT_RECORD_WORDS = 4;

/** What the functions work on. */
export interface GartShape {
  /** Bytes of the data buffers: VRAM heaps (at most four). */
  readonly heapBytes: readonly number[];
  /** Bytes of the mirror heap; 0 without one. */
  readonly mirrorBytes: number;
  /** Entries of the table; addresses behind them are unbound. */
  readonly nrEntries: number;
  /** Which entry of the bound table is that of address 0: behind the table itself lies the TLB's snapshot. */
  readonly firstEntry: number;
  /** How the data buffers are bound. */
  readonly data: 'read' | 'read_write' | 'atomic';
  /** How the table is bound. */
  readonly table: 'read' | 'read_write';
  /** An unbound entry is a fault (with a record, if there is a log), or leads silently to the scratch page. */
  readonly unbound: 'invalid' | 'scratch';
  readonly faultLog: FaultLogPlace | undefined;
}

/** Data buffers of a shape. */
function buffersOf(shape: GartShape): readonly number[] {
  return shape.mirrorBytes === 0 ? shape.heapBytes : [...shape.heapBytes, shape.mirrorBytes];
}

/** Bindings that gartBindings() declares. */
export function nrGartBindings(shape: GartShape): number {
  return buffersOf(shape).length + 1;
}

/** WGSL: the data buffers and the table, from binding 0 of group 0 on. */
export function gartBindings(shape: GartShape): string {
  invariant(
    shape.heapBytes.length <= MAX_VRAM_HEAPS,
    () => `${shape.heapBytes.length} heaps; an entry names at most ${MAX_VRAM_HEAPS}.`,
  );
  const element = shape.data === 'atomic' ? 'atomic<u32>' : 'u32';
  const mode = shape.data === 'read' ? 'read' : 'read_write';
  const buffers = buffersOf(shape);
  // Arrays of known size: the check that each access lies inside is then with a constant.
  const data = buffers.map(
    (bytes, i) => `@group(0) @binding(${i}) var<storage, ${mode}> data${i}: array<${element}, ${bytes / 4}>;`,
  );
  return `${data.join('\n')}
@group(0) @binding(${buffers.length}) var<storage, ${shape.table}> gart: array<u32, ${shape.firstEntry + shape.nrEntries}>;
`;
}

/**
 * WGSL: `gart_load(address)`, where the data can be written `gart_store(address, value)`, and where it is atomic
 * `gart_add(address, value)`, which gives the value before. `gart_load4` and `gart_store4` move the four words of 16 bytes
 * that begin at a multiple of 16, with one translation.
 *
 * With a fault log, `gart_report()` writes the records of the last load and the last store that faulted since it was last
 * called: the caller calls it after at most one load and one store. Who faults is said by `gart_engine`, `gart_seqno`
 * and `gart_command`, which the caller sets.
 */
export function gartFunctions(shape: GartShape): string {
  const writes = shape.data !== 'read';
  return `${shape.faultLog === undefined ? '' : faultFunctions(shape.faultLog)}
${placeFunction(shape, 'load')}
${loadFunctions(shape)}
${writes ? placeFunction(shape, 'store') + storeFunctions(shape) : ''}
${shape.data === 'atomic' ? addFunction(shape) : ''}
`;
}

/**
 * WGSL: one statement per data buffer, chosen by place.x; nothing for a place that is none. With more than one buffer each
 * is a loop of no or one turn: an adapter that executes both sides of an `if` leaves out a loop that no thread enters.
 */
function select(shape: GartShape, statement: (buffer: number) => string): string {
  const buffers = buffersOf(shape);
  if (buffers.length === 1) return `  if (place.x == 0u) { ${statement(0)} }`;
  return buffers
    .map((_, i) => `  for (var i = select(1u, 0u, place.x == ${i}u); i < 1u; i++) { ${statement(i)} }`)
    .join('\n');
}

/**
 * A record in the log, unless this page has one for this access. A loop of no or one turn for the reason of select().
 */
function faultFunctions({ array, countWord, seenWord, firstWord, capacity }: FaultLogPlace): string {
  return `
var<private> gart_engine: u32;
var<private> gart_seqno: u32;
var<private> gart_command: u32;
var<private> gart_bad_load: u32;
var<private> gart_bad_store: u32;
fn gart_record(address: u32, access: u32) {
  let bit = (address >> 12u) * 2u + access;
  let mask = 1u << (bit & 31u);
  if ((atomicOr(&${array}[${seenWord}u + (bit >> 5u)], mask) & mask) != 0u) { return; }
  let record = atomicAdd(&${array}[${countWord}u], 1u);
  if (record >= ${capacity}u) { return; }
  let word = ${firstWord}u + record * ${FAULT_RECORD_WORDS}u;
  atomicStore(&${array}[word], address & ~0xfffu);
  atomicStore(&${array}[word + 1u], access);
  atomicStore(&${array}[word + 2u], (gart_engine << 24u) | gart_command);
  atomicStore(&${array}[word + 3u], gart_seqno);
}
fn gart_report() {
  for (var i = select(0u, 1u, (gart_bad_load | gart_bad_store) == 0u); i < 1u; i++) {
    if (gart_bad_load != 0u) { gart_record(gart_bad_load, ${ACCESS_LOAD}u); }
    if (gart_bad_store != 0u) { gart_record(gart_bad_store, ${ACCESS_STORE}u); }
    gart_bad_load = 0u;
    gart_bad_store = 0u;
  }
}`;
}

/** Data buffer and word of an address; buffer 7 is none. A bad address is remembered with bit 0 set. */
function placeFunction(shape: GartShape, access: 'load' | 'store'): string {
  const need = access === 'store' ? 5 : 1;
  const faults = shape.unbound === 'invalid' ? '!bound' : '!bound && (entry & 1u) != 0u';
  const remember =
    shape.faultLog === undefined
      ? ''
      : `gart_bad_${access} = select(gart_bad_${access}, address | 1u, ${faults});`;
  return `
fn gart_place_${access}(address: u32) -> vec2<u32> {
  let page = address >> 12u;
  let entry = select(0u, gart[page + ${shape.firstEntry}u], page < ${shape.nrEntries}u);
  let buffer = ${bufferOfEntry(shape)};
  let bound = (entry & ${need}u) == ${need}u && (entry >> 12u) < ${pagesOfBuffer(shape)};
  ${remember}
  return vec2<u32>(select(7u, buffer, bound), ((entry >> 12u) << 10u) | ((address >> 2u) & 1023u));
}`;
}

function bufferOfEntry({ heapBytes, mirrorBytes }: GartShape): string {
  if (mirrorBytes === 0) return '(entry >> 3u) & 7u';
  return `select((entry >> 3u) & 7u, ${heapBytes.length}u, (entry & 2u) != 0u)`;
}

/** WGSL: pages of data buffer `buffer`; 0 for one that does not exist. */
function pagesOfBuffer(shape: GartShape): string {
  const pages = buffersOf(shape).map(bytes => bytes / PAGE_SIZE);
  const first = pages[0] ?? 0;
  if (pages.every(each => each === first)) return `select(0u, ${first}u, buffer < ${pages.length}u)`;
  return pages.reduceRight((rest, each, i) => `select(${rest}, ${each}u, buffer == ${i}u)`, '0u');
}

/** WGSL: word `place.y + k` of a data buffer. */
function read(shape: GartShape, buffer: number, k: number): string {
  const word = `data${buffer}[place.y${k === 0 ? '' : ` + ${k}u`}]`;
  return shape.data === 'atomic' ? `atomicLoad(&${word})` : word;
}

function write(shape: GartShape, buffer: number, k: number, value: string): string {
  const word = `data${buffer}[place.y${k === 0 ? '' : ` + ${k}u`}]`;
  return shape.data === 'atomic' ? `atomicStore(&${word}, ${value});` : `${word} = ${value};`;
}

const QUAD = [0, 1, 2, 3] as const;
const LANES = 'xyzw';

function loadFunctions(shape: GartShape): string {
  const quad = (i: number) => QUAD.map(k => read(shape, i, k)).join(', ');
  return `
fn gart_load(address: u32) -> u32 {
  let place = gart_place_load(address);
  var value = 0u;
${select(shape, i => `value = ${read(shape, i, 0)};`)}
  return value;
}
fn gart_load4(address: u32) -> vec4<u32> {
  let place = gart_place_load(address);
  var value = vec4<u32>();
${select(shape, i => `value = vec4<u32>(${quad(i)});`)}
  return value;
}`;
}

function storeFunctions(shape: GartShape): string {
  return `
fn gart_store(address: u32, value: u32) {
  let place = gart_place_store(address);
${select(shape, i => write(shape, i, 0, 'value'))}
}
fn gart_store4(address: u32, value: vec4<u32>) {
  let place = gart_place_store(address);
${select(shape, i => QUAD.map(k => write(shape, i, k, `value.${LANES[k]}`)).join(' '))}
}`;
}

function addFunction(shape: GartShape): string {
  return `
fn gart_add(address: u32, value: u32) -> u32 {
  let place = gart_place_store(address);
  var before = 0u;
${select(shape, i => `before = atomicAdd(&data${i}[place.y], value);`)}
  return before;
}`;
}
