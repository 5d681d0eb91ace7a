/**
 * Kinds of recipes and what a patch does to bytes (page_contents.ts).
 */

export const KIND_WORD = 1;
export const KIND_RANGE = 2;
/** From here on a recipe stands alone: it has no parent. */
export const KIND_LITERAL = 3;
export const KIND_OPAQUE = 4;

/** Apply a KIND_WORD or KIND_RANGE. */
export function applyPatch(bytes: Uint8Array, kind: number, a: number, b: number): void {
  if (kind === KIND_RANGE) {
    const byte = a & 0xfff;
    bytes.fill(b, byte, byte + (a >>> 12));
    return;
  }
  storeWordsInto(bytes, 0, [a, b]);
}

/** Little-endian words from a byte on. */
export function storeWordsInto(bytes: Uint8Array, byte: number, words: ArrayLike<number>): void {
  let at = byte;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    bytes[at++] = word & 0xff;
    bytes[at++] = (word >>> 8) & 0xff;
    bytes[at++] = (word >>> 16) & 0xff;
    bytes[at++] = word >>> 24;
  }
}

/** `into` with the elements of `array` at its start, as many as fit. */
export function resized<T extends Uint8Array | Uint32Array>(array: T, into: T): T {
  into.set(array.subarray(0, into.length));
  return into;
}
