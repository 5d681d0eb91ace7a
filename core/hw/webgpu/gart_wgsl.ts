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
import { ACCESS_READ, ACCESS_WRITE, RUN_MAX_FAULTS } from '../ring/engine_state.ts';

/** Data buffers in WGSL: heaps by number, the mirror heap, none. */
const MIRROR_BUFFER = 8;
export const NO_BUFFER = 15;

/**
 * Where faults go: words of an `array<atomic<u32>>` that the caller binds, zeros at first. One fault is kept per page: the
 * first by (command, dword, access), whatever order threads come in.
 */
export interface FaultLogPlace {
  /** Name of the array in the caller's WGSL. */
  readonly array: string;
  /** Word that counts pages with a fault. */
  readonly countWord: number;
  /** First of FAULT_LIST_WORDS words: (command, seqno) of the first pages. */
  readonly listWord: number;
  /** First of FAULT_PAGE_WORDS words: by page, what faultKeyOf() decodes; 0 is no fault. */
  readonly pagesWord: number;
}

/** Pages whose command and seqno are noted: as many as an answer has records. */
export const FAULT_LIST_WORDS = 2 * RUN_MAX_FAULTS;
/** Pages of the 4 GiB space. */
export const FAULT_PAGE_WORDS = 2 ** 20;

/** A fault by its page's word: the first command, and the first of its dwords in the page with the access. */
export function faultKeyOf(word: number): { command: number; byte: number; access: number } {
  const key = ~word >>> 0;
  return { command: key >>> 12, byte: key & 0xffc, access: key & 3 };
}

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
 * `gart_add(address, value)`, which gives the value before. `gart_load_line` and `gart_store_line` move the LINE_BYTES that
 * begin at a multiple of LINE_BYTES, with one translation.
 *
 * With a fault log, `gart_report()` writes the records of the last load and the last store that faulted since it was last
 * called: the caller calls it after at most one load and one store. Who faults is said by `gart_seqno`, `gart_command` and
 * `gart_load_access`, which the caller sets. `gart_store_masked` changes some bits of a word that no other thread touches.
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

/** WGSL: one statement per data buffer, chosen by place.x; nothing for a place that is none. */
function select(shape: GartShape, statement: (buffer: number) => string): string {
  return buffersOf(shape)
    .map((_, i) => {
      const number = i < shape.heapBytes.length ? i : MIRROR_BUFFER;
      return `  if (place.x == ${number}u) { ${statement(i)} }`;
    })
    .join('\n');
}

/** A fault of a page, if it is the first. */
function faultFunctions({ array, countWord, listWord, pagesWord }: FaultLogPlace): string {
  return `
var<private> gart_seqno: u32;
var<private> gart_command: u32;
var<private> gart_load_access: u32 = ${ACCESS_READ}u;
var<private> gart_bad_load: u32;
var<private> gart_bad_store: u32;
fn gart_record(address: u32, access: u32) {
  let key = ~((gart_command << 12u) | (address & 0xffcu) | access);
  if (atomicMax(&${array}[${pagesWord}u + (address >> 12u)], key) != 0u) { return; }
  let page = atomicAdd(&${array}[${countWord}u], 1u);
  if (page >= ${RUN_MAX_FAULTS}u) { return; }
  atomicStore(&${array}[${listWord}u + 2u * page], gart_command);
  atomicStore(&${array}[${listWord}u + 2u * page + 1u], gart_seqno);
}
fn gart_report() {
  if ((gart_bad_load | gart_bad_store) != 0u) {
    for (var i = 0u; i < 2u; i++) {
      let address = select(gart_bad_load, gart_bad_store, i == 1u);
      if (address != 0u) { gart_record(address, select(gart_load_access, ${ACCESS_WRITE}u, i == 1u)); }
    }
    gart_bad_load = 0u;
    gart_bad_store = 0u;
  }
}`;
}

/** Data buffer and word of an address. A bad address is remembered with bit 0 set. */
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
  return vec2<u32>(select(${NO_BUFFER}u, buffer, bound), ((entry >> 12u) << 10u) | ((address >> 2u) & 1023u));
}`;
}

function bufferOfEntry({ mirrorBytes }: GartShape): string {
  if (mirrorBytes === 0) return '(entry >> 3u) & 7u';
  return `select((entry >> 3u) & 7u, ${MIRROR_BUFFER}u, (entry & 2u) != 0u)`;
}

/** WGSL: pages of data buffer `buffer`; 0 for one that does not exist. */
function pagesOfBuffer({ heapBytes, mirrorBytes }: GartShape): string {
  const pages = heapBytes.map(bytes => bytes / PAGE_SIZE);
  const first = pages[0] ?? 0;
  const heaps = pages.every(each => each === first)
    ? `select(0u, ${first}u, buffer < ${pages.length}u)`
    : pages.reduceRight((rest, each, i) => `select(${rest}, ${each}u, buffer == ${i}u)`, '0u');
  if (mirrorBytes === 0) return heaps;
  return `select(${heaps}, ${mirrorBytes / PAGE_SIZE}u, buffer == ${MIRROR_BUFFER}u)`;
}

/** WGSL: the value of a data buffer's word. */
function read(shape: GartShape, buffer: number, word: string): string {
  return shape.data === 'atomic' ? `atomicLoad(&data${buffer}[${word}])` : `data${buffer}[${word}]`;
}

function write(shape: GartShape, buffer: number, word: string, value: string): string {
  return shape.data === 'atomic'
    ? `atomicStore(&data${buffer}[${word}], ${value});`
    : `data${buffer}[${word}] = ${value};`;
}

const QUAD = [0, 1, 2, 3] as const;
const LANES = 'xyzw';
/** Bytes that gart_load_line() and gart_store_line() move. */
export const LINE_BYTES = 64;

/**
 * WGSL: the four quads of a line, one after the other. Of several buffers each gets a loop: an adapter that executes both
 * sides of an `if` leaves the loop of a buffer that no thread has to do with after its first turn. A single buffer needs none,
 * and without it the line stays in registers: on such an adapter 1.5 times as fast.
 *
 * @param quad statements for quad `q` of the line, whose first word is `base`; both are WGSL
 */
function eachQuad(shape: GartShape, quad: (q: string, base: string) => string): string {
  if (buffersOf(shape).length > 1)
    return `for (var q = 0u; q < 4u; q++) { ${quad('q', 'place.y + 4u * q')} }`;
  return QUAD.map(q => quad(`${q}`, `place.y + ${4 * q}u`)).join(' ');
}

function loadFunctions(shape: GartShape): string {
  const line = (buffer: number) =>
    eachQuad(shape, (q, base) => {
      const words = QUAD.map(k => read(shape, buffer, `${base} + ${k}u`));
      return `line[${q}] = vec4<u32>(${words.join(', ')});`;
    });
  return `
fn gart_load(address: u32) -> u32 {
  let place = gart_place_load(address);
  var value = 0u;
${select(shape, i => `value = ${read(shape, i, 'place.y')};`)}
  return value;
}
fn gart_load_line(address: u32) -> array<vec4<u32>, 4> {
  let place = gart_place_load(address);
  var line = array<vec4<u32>, 4>();
${select(shape, line)}
  return line;
}`;
}

function storeFunctions(shape: GartShape): string {
  const line = (buffer: number) =>
    eachQuad(shape, (q, base) =>
      QUAD.map(k => write(shape, buffer, `${base} + ${k}u`, `line[${q}].${LANES[k]}`)).join(' '),
    );
  const masked = (buffer: number) =>
    write(shape, buffer, 'place.y', `(${read(shape, buffer, 'place.y')} & ~mask) | (value & mask)`);
  return `
fn gart_store(address: u32, value: u32) {
  let place = gart_place_store(address);
${select(shape, i => write(shape, i, 'place.y', 'value'))}
}
fn gart_store_line(address: u32, given: array<vec4<u32>, 4>) {
  var line = given;
  let place = gart_place_store(address);
${select(shape, line)}
}
fn gart_store_masked(address: u32, mask: u32, value: u32) {
  let place = gart_place_store(address);
${select(shape, masked)}
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
