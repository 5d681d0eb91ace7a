/**
 * The content hash of pages: two independent 32-bit lanes, sensitive to the place of every word, and a plain sum of
 * mixed words, so that a compute shader gets the same number in whatever order its threads arrive.
 *
 *   page lanes    a = sum over i of mixA(word[i], i),  b = sum over i of mixB(word[i], i)           i in [0, 1024)
 *   object lanes  A = sum over p of mixA(a[p], p),     B = sum over p of mixB(b[p], p)              p = page in the object
 *
 * All sums modulo 2^32. hw/webgpu/wgsl.ts has the same functions in WGSL; a test holds the two together.
 * Not for    security: it finds errors, not forgers
 */

/** 32-bit words of a page. */
export const WORDS_PER_PAGE = 1024;

/** Mix of a word and its place, lane a; a signed 32-bit integer. */
export function mixA(word: number, place: number): number {
  let x = word ^ (Math.imul(place, 0x9e3779b1) + 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** Mix of a word and its place, lane b; a signed 32-bit integer. */
export function mixB(word: number, place: number): number {
  let x = word + Math.imul(place, 0xc2b2ae35) + 0x27d4eb2f;
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return x ^ (x >>> 15);
}

/** The word whose mixA() at place 0 is `mixed`; uint32. */
export function unmixA(mixed: number): number {
  let x = mixed ^ (mixed >>> 16);
  x = Math.imul(x, inverseOf(0x846ca68b));
  x ^= (x >>> 15) ^ (x >>> 30);
  x = Math.imul(x, inverseOf(0x7feb352d));
  return (x ^ (x >>> 16) ^ 0x85ebca6b) >>> 0;
}

/** The word whose mixB() at place 0 is `mixed`; uint32. */
export function unmixB(mixed: number): number {
  let x = mixed ^ (mixed >>> 15) ^ (mixed >>> 30);
  x = Math.imul(x, inverseOf(0x297a2d39));
  x ^= (x >>> 12) ^ (x >>> 24);
  x = Math.imul(x, inverseOf(0x2c1b3c6d));
  x ^= (x >>> 15) ^ (x >>> 30);
  return (x - 0x27d4eb2f) >>> 0;
}

/** Inverse of an odd number modulo 2^32, by Newton's iteration: each step doubles the bits that are right (3 at first). */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 4; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}

/** Lane a of the page that starts at `words[first]`; uint32. */
export function pageLaneA(words: Uint32Array, first: number): number {
  let sum = 0;
  for (let i = 0; i < WORDS_PER_PAGE; i++) sum = (sum + mixA(words[first + i]!, i)) | 0;
  return sum >>> 0;
}

/** Lane b of the page that starts at `words[first]`; uint32. */
export function pageLaneB(words: Uint32Array, first: number): number {
  let sum = 0;
  for (let i = 0; i < WORDS_PER_PAGE; i++) sum = (sum + mixB(words[first + i]!, i)) | 0;
  return sum >>> 0;
}

/** Lanes of a page of zeros. */
export const ZERO_PAGE_A = pageLaneA(new Uint32Array(WORDS_PER_PAGE), 0);
export const ZERO_PAGE_B = pageLaneB(new Uint32Array(WORDS_PER_PAGE), 0);

/** Hash of a text by its UTF-16 units: 16 hex digits. */
export function contentHashOfText(text: string): string {
  let a = 0;
  let b = 0;
  for (let i = 0; i < text.length; i++) {
    a = (a + mixA(text.charCodeAt(i), i)) | 0;
    b = (b + mixB(text.charCodeAt(i), i)) | 0;
  }
  return hashText(mixA(a, text.length), mixB(b, text.length));
}

/** Two lanes as 16 hex digits. */
export function hashText(lane0: number, lane1: number): string {
  const hex = (lane: number) => (lane >>> 0).toString(16).padStart(8, '0');
  return hex(lane0) + hex(lane1);
}
