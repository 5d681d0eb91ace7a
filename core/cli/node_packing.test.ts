/** Covers packing by Node's zlib: each of the two ways reads what the other wrote, and neither believes what a block claims. */
import { describe, expect, test } from 'vitest';
import { pack, SMALL_BYTES, unpack } from '../session/file/packing.ts';
import { packByZlib, unpackByZlib } from './node_packing.ts';

const lines = (count: number) =>
  new TextEncoder().encode('{"task":"A","call":"munmap","args":{"map":"m1"}}\n'.repeat(count));
const SMALL = lines(12);
const LARGE = lines(4000);

describe.each([
  ['a small block', SMALL],
  ['a large block', LARGE],
  ['an empty block', new Uint8Array()],
])('%s', (_, bytes) => {
  test('packed in one way: both read it', async () => {
    for (const packed of [await pack(bytes.slice()), await packByZlib(bytes)]) {
      expect(await unpack(packed, bytes.length)).toEqual(bytes);
      expect(await unpackByZlib(packed, bytes.length)).toEqual(bytes);
    }
  });
});

test('the dictionary is used for small and for large blocks', async () => {
  expect(LARGE.length).toBeGreaterThan(SMALL_BYTES);
  expect((await packByZlib(SMALL)).length).toBeLessThanOrEqual((await pack(SMALL.slice())).length + 2);
  expect((await packByZlib(LARGE)).length).toBeLessThanOrEqual((await pack(LARGE.slice())).length);
});

test('a block that lies about its length, is cut off or is no stream: refused, with what came out', async () => {
  const packed = await packByZlib(LARGE);
  await expect(unpackByZlib(packed, 1000)).rejects.toThrow('more than the announced 1000 bytes came out');
  await expect(unpackByZlib(packed, 0)).rejects.toThrow('more than the announced 0 bytes came out');
  await expect(unpackByZlib(packed, LARGE.length + 1)).rejects.toThrow(
    `${LARGE.length} bytes came out where ${LARGE.length + 1} were announced`,
  );
  await expect(unpackByZlib(packed.slice(0, -4), LARGE.length)).rejects.toThrow();
  await expect(unpackByZlib(new Uint8Array([0xff, 0xff, 0xff]), 10)).rejects.toThrow();
});
