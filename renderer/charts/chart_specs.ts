/** The charts, as data: what each draws, how its value reads, and where its numbers come from. */
import type { SeriesAnswer } from '../../core/public/timeline_types.ts';
import { PLACEMENTS, type Source } from '../../core/public/view_types.ts';
import { duration, mebibytes, sizeOfPages, thousands } from '../state/numbers.ts';
import type { TimelineColors } from '../timeline/timeline_colors.ts';

export interface ChartLine {
  /** Heights, one a bin. */
  readonly values: (series: SeriesAnswer) => Float64Array;
  readonly color: (colors: TimelineColors) => string;
  /** Filled down to the base line. */
  readonly filled: boolean;
}

export interface ChartSpec {
  readonly id: string;
  readonly title: string;
  readonly source: Source;
  /** What it is, for the tooltip. */
  readonly about: string;
  /** Drawn in this order, so the first lies behind the others. */
  readonly lines: readonly ChartLine[];
  /** A height with its unit, for the top of a plot that has room to say it. */
  readonly scale: (height: number) => string;
  /** Value and unit of a bin. */
  readonly value: (series: SeriesAnswer, bin: number) => readonly [value: string, unit: string];
  /** The same for people who hear it. */
  readonly text: (series: SeriesAnswer, bin: number) => string;
}

const binLength = ({ time }: SeriesAnswer) => (time.length > 1 ? time[1]! - time[0]! : (time[0] ?? 0));

/** Sums of the placements up to and with one of them, for a stack. */
function stacked({ pages }: SeriesAnswer, upTo: number): Float64Array {
  const sums = new Float64Array(pages[0]?.length ?? 0);
  for (let i = 0; i <= upTo; i++) for (let bin = 0; bin < sums.length; bin++) sums[bin]! += pages[i]![bin]!;
  return sums;
}

const perBin = (values: Float64Array, series: SeriesAnswer, bin: number) =>
  [thousands(values[bin] ?? 0), `in ${duration(binLength(series))}`] as const;

export const CHARTS: readonly ChartSpec[] = [
  {
    id: 'placements',
    title: 'Bytes by placement',
    source: 'model',
    about: 'Bytes of objects in each placement, stacked; computed from the events of moves.',
    lines: [3, 2, 1, 0].map(at => ({
      values: (series: SeriesAnswer) => stacked(series, at),
      color: (colors: TimelineColors) => colors.placement[PLACEMENTS[at]!],
      filled: true,
    })),
    scale: sizeOfPages,
    value: ({ pages }, bin) => {
      const sum = pages.reduce((all, each) => all + (each[bin] ?? 0), 0);
      const said = sizeOfPages(sum);
      return [said.slice(0, -4), said.slice(-3)];
    },
    text: ({ pages }, bin) =>
      PLACEMENTS.map((placement, i) => `${placement} ${mebibytes(pages[i]?.[bin] ?? 0)} MiB`).join(', '),
  },
  {
    id: 'faults',
    title: 'Faults',
    source: 'model',
    about: 'Page faults that ended, counted from events.',
    lines: [{ values: series => series.faults, color: colors => colors.fault, filled: false }],
    scale: count => thousands(count),
    value: (series, bin) => perBin(series.faults, series, bin),
    text: (series, bin) => perBin(series.faults, series, bin).join(' '),
  },
  {
    id: 'evictions',
    title: 'Evictions',
    source: 'model',
    about: 'Victims of eviction walks, counted from events.',
    lines: [{ values: series => series.evictions, color: colors => colors.text, filled: false }],
    scale: count => thousands(count),
    value: (series, bin) => perBin(series.evictions, series, bin),
    text: (series, bin) => perBin(series.evictions, series, bin).join(' '),
  },
  {
    id: 'copy-rate',
    title: 'Copy rate',
    source: 'model',
    about: 'Bytes that the copy engine moved, by the virtual time in which it worked.',
    lines: [{ values: series => series.copyRate, color: colors => colors.text, filled: false }],
    scale: rate => `${(rate / 1e9).toFixed(2)} GB/s`,
    value: ({ copyRate }, bin) => {
      const rate = copyRate[bin] ?? Number.NaN;
      return Number.isNaN(rate) ? ['–', 'GB/s'] : [(rate / 1e9).toFixed(2), 'GB/s'];
    },
    text: ({ copyRate }, bin) => {
      const rate = copyRate[bin] ?? Number.NaN;
      return Number.isNaN(rate) ? 'nothing is copied' : `${(rate / 1e9).toFixed(2)} GB/s`;
    },
  },
];
