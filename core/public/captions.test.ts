import { expect, test } from 'vitest';
import { captionAt } from './captions.ts';

const at = (...positions: number[]) => positions.map(position => ({ position }));

test('a caption is shown once its input is executed; the opening words before any is', () => {
  const captions = at(0, 3, 5);
  expect([0, 1, 3, 4, 5, 6].map(position => captionAt(captions, position, 9))).toEqual([0, 0, 0, 1, 1, 2]);
});

test('at the end the words behind the last input are shown, and nowhere before', () => {
  const captions = at(0, 8, 9);
  expect(captionAt(captions, 8, 9)).toBe(0);
  expect(captionAt(captions, 9, 9)).toBe(2);
});

test('without opening words nothing is shown before the first caption', () => {
  expect(captionAt(at(2), 1, 9)).toBe(-1);
  expect(captionAt([], 1, 9)).toBe(-1);
});
