/** Covers shrinking on a made-up failure. */
import { expect, test } from 'vitest';
import type { Input } from '../../session/input.ts';
import { shrinkHistory } from './shrink.ts';

test('shrinkHistory: only the inputs that the failure needs are left, in order', async () => {
  const inputs: Input[] = Array.from({ length: 500 }, (_, i) => ({ task: 'A', call: `c${i}`, args: {} }));
  const needs = ['c3', 'c250', 'c499'];
  const small = await shrinkHistory(inputs, async some =>
    needs.every(call => some.some(i => i.call === call)),
  );
  expect(small.map(input => input.call)).toEqual(needs);
});
