/** Covers that a command which npm started ends with npm, and that one which a person started does not watch anything. */
import { expect, test, vi } from 'vitest';
import { endWithNpm } from './orphan.mjs';

const BY_NPM = { npm_lifecycle_event: 'start' };

test('the parent ends: one SIGTERM to ourselves', () => {
  vi.useFakeTimers();
  let parent = 70;
  const end = vi.fn();
  endWithNpm(BY_NPM, { parent: () => parent, end });
  vi.advanceTimersByTime(10_000);
  expect(end).not.toHaveBeenCalled();
  parent = 1;
  vi.advanceTimersByTime(10_000);
  expect(end).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
});

test('not started by npm: the parent may come and go', () => {
  vi.useFakeTimers();
  let parent = 70;
  const end = vi.fn();
  endWithNpm({}, { parent: () => parent, end });
  parent = 1;
  vi.advanceTimersByTime(10_000);
  expect(end).not.toHaveBeenCalled();
  vi.useRealTimers();
});
