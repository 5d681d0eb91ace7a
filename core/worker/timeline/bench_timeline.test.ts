import { expect, it } from 'vitest';
import { benchTimeline } from './bench_timeline.ts';

it('measures every question of a picture on a clock that it is given', () => {
  let now = 0;
  const figures = benchTimeline(() => now++, 20_000);
  expect(figures.map(each => each.milliseconds)).toEqual(figures.map(() => 1));
  expect(figures.filter(each => each.ofBudget !== null).map(each => each.ofBudget)).toEqual([
    ...Array(7).fill(1 / 20),
  ]);
});
