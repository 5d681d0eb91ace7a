/** Covers the steps of both clocks, on clocks whose step is known. */
import { expect, test } from 'vitest';
import { FakeClock } from '../../testing/fake_clock.ts';
import { clockStepNs, stepOfTimestamps } from './clock_steps.ts';

test('a clock that steps by 0.1 ms is found out, however often it is looked at', () => {
  expect(clockStepNs(new FakeClock(0.003, 0.1))).toBe(100_000);
});

test('a fine clock has the step of two looks', () => {
  expect(clockStepNs(new FakeClock(0.0002))).toBe(200);
});

test('timestamps: what every difference is a multiple of', () => {
  expect(stepOfTimestamps([65536n * 5n, 65536n * 2n, 65536n * 9n, 65536n * 2n])).toBe(65536);
  expect(stepOfTimestamps([1000n, 1041n, 1123n])).toBe(41);
  expect(stepOfTimestamps([7n, 7n])).toBeNull();
});
