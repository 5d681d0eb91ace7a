import { expect, test } from 'vitest';
import { rowAfterKey } from './row_keys.ts';

test('arrows go to the neighbours, Home and End to the ends, page keys by what fits; the ends are where it ends', () => {
  const from = (key: string, at: number) => rowAfterKey(key, at, 100, 10);
  expect(['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End'].map(key => from(key, 50))).toEqual([
    51, 49, 60, 40, 0, 99,
  ]);
  expect([from('ArrowDown', 99), from('PageDown', 95), from('ArrowUp', 0), from('PageUp', 3)]).toEqual([
    99, 99, 0, 0,
  ]);
});

test('a list that is lower than a row: page keys still move', () => {
  expect(rowAfterKey('PageDown', 4, 9, 0)).toBe(5);
});

test('other keys are not for lists', () => {
  expect(rowAfterKey('Enter', 4, 9, 3)).toBeNull();
  expect(rowAfterKey('r', 4, 9, 3)).toBeNull();
});
