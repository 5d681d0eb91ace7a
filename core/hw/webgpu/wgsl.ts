/**
 * The compute shaders of the machine. Every loop has a constant bound: nothing can stop a shader that runs away.
 * The mixing functions are those of hw/content_hash.ts; a test holds the two together.
 */

import { ZERO_PAGE_A, ZERO_PAGE_B } from '../content_hash.ts';

/** Workgroups of one row; a dispatch has at most 65,535 per dimension. */
export const DISPATCH_ROW = 32_768;

/** Bits of a hash job's first word: the data buffer in the low bits, or this flag for "through the GART". */
export const JOB_THROUGH_GART = 0x100;

/** WGSL: mix_a() and mix_b(), as mixA() and mixB() of hw/content_hash.ts. */
export const mixFunctions = `
fn mix_a(word: u32, place: u32) -> u32 {
  var x = word ^ (place * 0x9e3779b1u + 0x85ebca6bu);
  x = (x ^ (x >> 16u)) * 0x7feb352du;
  x = (x ^ (x >> 15u)) * 0x846ca68bu;
  return x ^ (x >> 16u);
}
fn mix_b(word: u32, place: u32) -> u32 {
  var x = word + place * 0xc2b2ae35u + 0x27d4eb2fu;
  x = (x ^ (x >> 15u)) * 0x2c1b3c6du;
  x = (x ^ (x >> 12u)) * 0x297a2d39u;
  return x ^ (x >> 15u);
}
`;

/** Pages that one workgroup of the hash shader covers. */
export const HASH_PAGES_PER_GROUP = 16;

/**
 * Content hash: one thread per page. Threads that share a page and add up behind a barrier were half as fast on a
 * software adapter, and caches hide the stride on a GPU.
 *
 * Bindings   0 .. nrData-1 the data buffers; then the GART table where `withGart`; then jobs; then results
 * Job        (data buffer | JOB_THROUGH_GART, page in it or GART entry, page in the object, result slot)
 * Result     (lane0, lane1, faults, 0), added to atomically
 *
 * @param nrData      data buffers: VRAM heaps, then the mirror heap
 * @param withGart    whether there is a GART table; the mirror heap is then the last data buffer
 * @param faultOnUnbound whether an unbound entry counts as a fault
 */
export function hashShader(nrData: number, withGart: boolean, faultOnUnbound: boolean): string {
  const numbers = Array.from({ length: nrData }, (_, i) => i);
  const next = nrData + (withGart ? 1 : 0);
  return `
${numbers.map(i => `@group(0) @binding(${i}) var<storage, read> data${i}: array<u32>;`).join('\n')}
${withGart ? `@group(0) @binding(${nrData}) var<storage, read> gart: array<u32>;` : ''}
@group(0) @binding(${next}) var<storage, read> jobs: array<vec4<u32>>;
@group(0) @binding(${next + 1}) var<storage, read_write> results: array<atomic<u32>>;
${mixFunctions}
${numbers.map(pageLanes).join('')}
@compute @workgroup_size(${HASH_PAGES_PER_GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let number = (group.y * ${DISPATCH_ROW}u + group.x) * ${HASH_PAGES_PER_GROUP}u + thread;
  if (number >= arrayLength(&jobs)) { return; }
  let job = jobs[number];
  var buffer = job.x;
  var page = job.y;
${withGart ? translation(nrData, faultOnUnbound) : ''}
  var lanes = vec2<u32>(${ZERO_PAGE_A}u, ${ZERO_PAGE_B}u);
  switch (buffer) {
${numbers.map(i => `    case ${i}u: { lanes = page_lanes${i}(page); }`).join('\n')}
    default: { }
  }
  atomicAdd(&results[job.w * 4u], mix_a(lanes.x, job.z));
  atomicAdd(&results[job.w * 4u + 1u], mix_b(lanes.y, job.z));
}
`;
}

/** WGSL: both page lanes of a page of one data buffer. */
function pageLanes(number: number): string {
  return `
fn page_lanes${number}(page: u32) -> vec2<u32> {
  var lanes = vec2<u32>();
  for (var i = 0u; i < 1024u; i++) {
    let word = data${number}[page * 1024u + i];
    lanes += vec2<u32>(mix_a(word, i), mix_b(word, i));
  }
  return lanes;
}
`;
}

/** WGSL: where a GART entry leads; an unbound one to no buffer, which reads as a page of zeros. */
function translation(nrData: number, faultOnUnbound: boolean): string {
  return `
  if ((job.x & ${JOB_THROUGH_GART}u) != 0u) {
    let entry = gart[job.y];
    page = entry >> 12u;
    if ((entry & 1u) == 0u) {
      buffer = ${nrData}u;
      ${faultOnUnbound ? 'atomicAdd(&results[job.w * 4u + 2u], 1u);' : ''}
    } else if ((entry & 2u) != 0u) {
      buffer = ${nrData - 1}u;
    } else {
      buffer = (entry >> 3u) & 7u;
    }
  }`;
}

/**
 * Scattered stores: one thread per word.
 * Patch (word index, mask, value, inversion): word = ((word & ~mask) | value) ^ inversion
 */
export const scatterShader = `
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@group(0) @binding(1) var<storage, read> patches: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let number = (group.y * ${DISPATCH_ROW}u + group.x) * 64u + thread;
  if (number >= arrayLength(&patches)) { return; }
  let patch_words = patches[number];
  data[patch_words.x] = ((data[patch_words.x] & ~patch_words.y) | patch_words.z) ^ patch_words.w;
}
`;

/** Fill of whole pages with one word: one workgroup per page; parameters (first page, pages, word, 0). */
export const fillShader = `
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@group(0) @binding(1) var<storage, read> parameters: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let fill = parameters[0];
  let number = group.y * ${DISPATCH_ROW}u + group.x;
  if (number >= fill.y) { return; }
  for (var i = 0u; i < 16u; i++) {
    data[(fill.x + number) * 1024u + i * 64u + thread] = fill.z;
  }
}
`;
