/** Covers the middle and the quartiles of small lists. */
import { expect, test } from 'vitest';
import { fourDigits, medianInterval, quantile, summarise } from './statistics.ts';

test('quartiles lie between neighbours in proportion', () => {
  expect(summarise([4, 1, 3, 2])).toEqual({ value: 2.5, low: 1.75, high: 3.25 });
  expect(summarise([7])).toEqual({ value: 7, low: 7, high: 7 });
  expect(quantile([1, 2, 3, 4, 5], 1)).toBe(5);
});

test('one slow moment moves neither the median nor the quartiles', () => {
  const calm = summarise([10, 11, 12, 13, 14, 15, 16])!;
  expect(summarise([10, 11, 12, 13, 14, 15, 9000])).toEqual(calm);
});

test('the interval of a median: ranks 1 and 6 of 6 samples, 6 and 16 of 21, all of fewer than six', () => {
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => count - i);
  expect(medianInterval(upTo(6))).toEqual({ value: 3.5, low: 1, high: 6 });
  expect(medianInterval(upTo(9))).toEqual({ value: 5, low: 2, high: 8 });
  expect(medianInterval(upTo(21))).toEqual({ value: 11, low: 6, high: 16 });
  expect(medianInterval([3, 1])).toEqual({ value: 2, low: 1, high: 3 });
});

test('no samples have no summary', () => {
  expect(medianInterval([])).toBeUndefined();
  expect(summarise([])).toBeUndefined();
});

test('four digits that mean something', () => {
  expect([fourDigits(123456), fourDigits(0.000123456)]).toEqual([123500, 0.0001235]);
});
