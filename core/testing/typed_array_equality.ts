/**
 * Set-up of all tests of core: toEqual compares arrays of numbers as memory. Element by element, as it otherwise does, a picture
 * takes seconds.
 */
import { expect } from 'vitest';

function sameMemory(a: unknown, b: unknown): boolean | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  // Two floats can be equal and other bytes, or the same bytes and not equal.
  if (a instanceof Float32Array || a instanceof Float64Array) return undefined;
  const bytes = (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return bytes(a).equals(bytes(b));
}

expect.addEqualityTesters([sameMemory]);
