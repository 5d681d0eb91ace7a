/**
 * Shaders of the GART benchmark: the same loop over the same words, once by GART address through the functions that the
 * command streamer uses (gart_wgsl.ts), once directly.
 *
 * Work       an element is a line of 64 bytes, as the streamer moves them (for `atomic` one word); every element is touched once: its
 *            place is a permutation of its number. `load` adds words up that are all 1, `load-store` adds one to each
 *            word, `atomic` does so atomically
 */
import {
  FAULT_LIST_WORDS,
  FAULT_PAGE_WORDS,
  type GartShape,
  gartBindings,
  gartFunctions,
  LINE_BYTES,
  nrGartBindings,
} from './gart_wgsl.ts';

export const GART_OPERATIONS = ['load', 'load-store', 'atomic'] as const;
export type GartOperation = (typeof GART_OPERATIONS)[number];
export const GART_PATTERNS = ['sequential', 'strided', 'random'] as const;
export type GartPattern = (typeof GART_PATTERNS)[number];

/** Elements that one invocation does, and invocations of a workgroup. */
export const ELEMENTS_PER_THREAD = 8;
export const BENCH_GROUP = 64;
/** Words of the fault log: a count, the list of commands, a word per page. */
export const BENCH_LOG_WORDS = 4 + FAULT_LIST_WORDS + FAULT_PAGE_WORDS;

/** How the data buffers are bound for an operation. */
export function bindingMode(operation: GartOperation): GartShape['data'] {
  if (operation === 'load') return 'read';
  return operation === 'atomic' ? 'atomic' : 'read_write';
}

/** Words of one element. */
export function wordsPerElement(operation: GartOperation): number {
  return operation === 'atomic' ? 1 : LINE_BYTES / 4;
}

/** WGSL: the place of element i of `elements`, a power of two; every factor is odd. */
function permutation(pattern: GartPattern, elements: number, perPage: number): string {
  const mask = `${elements - 1}u`;
  if (pattern === 'sequential') return 'return i;';
  // One page and one element further each time.
  if (pattern === 'strided') return `return (i * ${perPage + 1}u) & ${mask};`;
  const half = (31 - Math.clz32(elements)) >> 1;
  return `var x = (i * 0x9e3779b1u) & ${mask};
  x = x ^ (x >> ${half}u);
  x = (x * 0x85ebca6bu) & ${mask};
  return x ^ (x >> ${half}u);`;
}

function mainFunction(operation: GartOperation, words: number, pattern: GartPattern, each: string): string {
  const perElement = wordsPerElement(operation);
  const elements = words / perElement;
  const threads = elements / ELEMENTS_PER_THREAD;
  const expected = operation === 'load' ? ELEMENTS_PER_THREAD * perElement : 0;
  return `
const TURNS = ${ELEMENTS_PER_THREAD}u;
fn place_of(i: u32) -> u32 {
  ${permutation(pattern, elements, 1024 / perElement)}
}
@compute @workgroup_size(${BENCH_GROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let first = id.x;
  var sum = vec4<u32>();
  for (var i = 0u; i < TURNS; i++) {
    let place = place_of(first + i * ${threads}u);
    ${each}
  }
  if (sum.x + sum.y + sum.z + sum.w != ${expected}u) { atomicAdd(&sink[0], 1u); }
}
`;
}

/** The sink counts invocations whose sum is wrong: reading it back is what keeps the loads from being optimised away. */
function sinkBinding(binding: number): string {
  return `@group(0) @binding(${binding}) var<storage, read_write> sink: array<atomic<u32>>;\n`;
}

/** The loop through the GART: data buffers, table, sink, then the log where there is one. */
export function gartBenchShader(
  operation: GartOperation,
  pattern: GartPattern,
  words: number,
  shape: GartShape,
): string {
  const next = nrGartBindings(shape);
  const hasLog = shape.faultLog !== undefined;
  const log = hasLog
    ? `@group(0) @binding(${next + 1}) var<storage, read_write> log: array<atomic<u32>>;\n`
    : '';
  const each = {
    load: `let line = gart_load_line(place * ${LINE_BYTES}u); sum += line[0] + line[1] + line[2] + line[3];`,
    'load-store': `var line = gart_load_line(place * ${LINE_BYTES}u);
    line[0] += 1u; line[1] += 1u; line[2] += 1u; line[3] += 1u;
    gart_store_line(place * ${LINE_BYTES}u, line);`,
    atomic: 'gart_add(place * 4u, 1u);',
  }[operation];
  const main = mainFunction(operation, words, pattern, hasLog ? `${each} gart_report();` : each);
  return gartBindings(shape) + sinkBinding(next) + log + gartFunctions(shape) + main;
}

/** The same loop on one buffer without translation: data, then sink. */
export function directBenchShader(operation: GartOperation, pattern: GartPattern, words: number): string {
  const mode = bindingMode(operation);
  const element = mode === 'atomic' ? 'atomic<u32>' : 'u32';
  const access = mode === 'read' ? 'read' : 'read_write';
  const line = Array.from({ length: LINE_BYTES / 4 }, (_, k) => `data[place * ${LINE_BYTES / 4}u + ${k}u]`);
  const each = {
    load: `sum.x += ${line.join(' + ')};`,
    'load-store': line.map(word => `${word} += 1u;`).join(' '),
    atomic: 'atomicAdd(&data[place], 1u);',
  }[operation];
  return `@group(0) @binding(0) var<storage, ${access}> data: array<${element}, ${words}>;
${sinkBinding(1)}${mainFunction(operation, words, pattern, each)}`;
}
