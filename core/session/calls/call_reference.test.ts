/** Covers the generated reference of calls: it is what the comments say, names every registered call, and says something of each. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readCallReference } from '../../testing/call_reference.mjs';
import { callNames } from '../call_table.ts';
import './all.ts';

const text = readFileSync(new URL('../../public/call_reference.json', import.meta.url), 'utf8');
const calls: { name: string; about: string; args: { name: string; optional?: true; says?: string }[] }[] =
  JSON.parse(text);
const call = (name: string) => calls.find(each => each.name === name)!;

test('the committed reference is what the comments say (else: npm run docs:calls)', () => {
  expect(calls).toEqual(readCallReference());
});

test('every registered call has an entry with a sentence', () => {
  expect(calls.map(({ name }) => name)).toEqual(callNames());
  expect(calls.filter(({ about }) => about.length < 5).map(({ name }) => name)).toEqual([]);
});

test('values of an argument are not taken for arguments', () => {
  expect(call('gpu.create').args).toEqual([
    { name: 'fd' },
    { name: 'size' },
    { name: 'domain', optional: true, says: 'vram, tt, system' },
    { name: 'name', optional: true },
    { name: 'visible', optional: true },
    { name: 'priority', optional: true },
  ]);
  expect(call('munmap').args.map(({ name }) => name)).toEqual(['map', 'first', 'count', 'at', 'length']);
});
