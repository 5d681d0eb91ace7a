import { describe, expect, it } from 'vitest';
import type { SeriesAnswer } from '../../core/public/timeline_types.ts';
import { CHARTS } from './chart_specs.ts';
import { binAt } from './series_store.ts';

const columns: SeriesAnswer = {
  extent: { from: 0, dropped: 0, now: 0, nowEvents: 0, newest: 0, newestEvents: 0, newestPosition: 0 },
  time: Float64Array.from([1000, 2000, 3000]),
  pages: [
    [256, 512, 0],
    [0, 256, 256],
    [256, 256, 256],
    [0, 0, 512],
  ].map(each => Float64Array.from(each)),
  faults: Float64Array.from([0, 16, 1]),
  evictions: Float64Array.from([0, 2, 0]),
  copyRate: Float64Array.from([Number.NaN, 9.48e9, Number.NaN]),
  gpuTime: null,
  gpuTimeBecause: 'Nobody measures it.',
};
const chart = (id: string) => CHARTS.find(each => each.id === id)!;

describe('charts', () => {
  it('a moment belongs to the bin that it ends', () => {
    expect([0, 1, 999, 1000, 1001, 2500, 3000].map(moment => binAt(columns, moment))).toEqual([
      0, 0, 0, 0, 1, 2, 2,
    ]);
    expect(binAt(columns, 9000)).toBe(-1);
  });

  it('placements are a stack whose last line is the first placement alone', () => {
    const lines = chart('placements').lines.map(line => [...line.values(columns)]);
    expect(lines).toEqual([
      [512, 1024, 1024],
      [512, 1024, 512],
      [256, 768, 256],
      [256, 512, 0],
    ]);
    expect(chart('placements').value(columns, 1)).toEqual(['4.00', 'MiB']);
    const small = { ...columns, pages: columns.pages.map(each => each.map(pages => pages / 256)) };
    expect(chart('placements').value(small, 1)).toEqual(['16', 'KiB']);
    expect(chart('placements').scale(512)).toBe('2.00 MiB');
    expect(chart('placements').text(columns, 0)).toBe(
      'VRAM 1.00 MiB, TT 0.00 MiB, SYSTEM 1.00 MiB, SWAP 0.00 MiB',
    );
  });

  it('counts say over how long, and a rate without a copy is a dash', () => {
    expect(chart('faults').value(columns, 1)).toEqual(['16', 'in 1.0 µs']);
    expect(chart('copy-rate').value(columns, 0)).toEqual(['–', 'GB/s']);
    expect(chart('copy-rate').value(columns, 1)).toEqual(['9.48', 'GB/s']);
  });
});
