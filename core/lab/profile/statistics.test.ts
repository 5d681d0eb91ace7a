/** Covers the middle and the quartiles of small lists. */
import { expect, test } from 'vitest';
import { fourDigits, quantile, summarise } from './statistics.ts';

test('quartiles lie between neighbours in proportion', () => {
  expect(summarise([4, 1, 3, 2])).toEqual({ value: 2.5, low: 1.75, high: 3.25 });
  expect(summarise([7])).toEqual({ value: 7, low: 7, high: 7 });
  expect(quantile([1, 2, 3, 4, 5], 1)).toBe(5);
});

test('one slow moment moves neither the median nor the quartiles', () => {
  const calm = summarise([10, 11, 12, 13, 14, 15, 16])!;
  expect(summarise([10, 11, 12, 13, 14, 15, 9000])).toEqual(calm);
});

test('no samples have no summary', () => {
  expect(summarise([])).toBeUndefined();
});

test('four digits that mean something', () => {
  expect([fourDigits(123456), fourDigits(0.000123456)]).toEqual([123500, 0.0001235]);
});
