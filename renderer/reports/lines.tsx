/** Lines over one axis, with uPlot: series in greys differ by dash, and by the legend that follows the pointer. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ReportLines } from '../../core/public/jobs.ts';
import { cssToken } from '../state/css_tokens.ts';
import { sizeOfBytes } from '../state/numbers.ts';
import { theme } from '../state/theme.ts';
import { figureText } from './figure_text.ts';

const HEIGHT = 220;
const DASHES: readonly number[][] = [[], [6, 4], [2, 3], [10, 3, 2, 3], [1, 2], [12, 4]];
/** The border that looks most like a dash, for the mark of a line in the legend. */
const borderOf = ([drawn]: readonly number[]) =>
  drawn === undefined ? 'solid' : drawn > 3 ? 'dashed' : 'dotted';
const SHADES = ['--t1', '--t3', '--ctl', '--t2', '--t3', '--ctl'];

/** All points on one axis: uPlot wants a value of each series at each x. */
function columnsOf(series: ReportLines['series']): uPlot.AlignedData {
  const xs = [...new Set(series.flatMap(each => each.points.map(([x]) => x)))].sort((a, b) => a - b);
  const rows = series.map(each => {
    const at = new Map(each.points);
    return xs.map(x => at.get(x) ?? null);
  });
  return [xs, ...rows];
}

/** Sizes read as sizes, everything else as a figure. */
function valueText(value: number, label: string): string {
  return /^bytes\b/.test(label) ? sizeOfBytes(value) : figureText(value);
}

/** Room that a size takes on an axis, in pixels. */
const SIZE_LABEL = 56;

/** On an axis of ratios only some powers have a line, as many as there is room for; the others are noise. */
function powersOf(base: 2 | 10, width: number, ticks: readonly number[]): (number | null)[] {
  const exponent = (tick: number) => Math.round((Math.log(tick) / Math.log(base)) * 1e9) / 1e9;
  const span = exponent(ticks.at(-1) ?? 1) - exponent(ticks[0] ?? 1);
  const every = base === 10 ? 1 : ([2, 4, 8].find(step => (span / step) * SIZE_LABEL < width) ?? 8);
  return ticks.map(tick => (Number.isInteger(exponent(tick) / every) ? tick : null));
}

function optionsOf({ x, y, logX, logY, series }: ReportLines, width: number): uPlot.Options {
  const axis = (label: string, base?: 2 | 10): uPlot.Axis => ({
    ...(base && { filter: (u, ticks) => powersOf(base, u.bbox.width / devicePixelRatio, ticks) }),
    label,
    labelSize: 18,
    labelFont: `11px ${cssToken('--ui')}`,
    font: `11px ${cssToken('--ui')}`,
    stroke: cssToken('--t3'),
    grid: {
      stroke: cssToken('--line'),
      width: 1,
      ...(base && { filter: (u, ticks) => powersOf(base, u.bbox.width / devicePixelRatio, ticks) }),
    },
    ticks: { stroke: cssToken('--line2'), width: 1 },
    values: (_, ticks) =>
      ticks.map(tick => (tick === null ? '' : valueText(tick, label).replace(/\.0+(?=\D|$)/, ''))),
  });
  return {
    width,
    height: HEIGHT,
    scales: {
      x: { time: false, distr: logX ? 3 : 1, log: 2 },
      y: { distr: logY ? 3 : 1 },
    },
    legend: { markers: { width: 2, dash: (_, i) => borderOf(DASHES[(i - 1) % DASHES.length]!) } },
    axes: [axis(x, logX ? 2 : undefined), { ...axis(y, logY ? 10 : undefined), size: 64 }],
    series: [
      { label: x, value: (_, value) => (value === null ? '' : valueText(value, x)) },
      ...series.map(
        (each, i): uPlot.Series => ({
          label: each.name || y,
          stroke: cssToken(SHADES[i % SHADES.length]!),
          dash: [...DASHES[i % DASHES.length]!],
          width: 1.5,
          points: { size: 5 },
          value: (_, value) => (value === null ? '' : figureText(value)),
        }),
      ),
    ],
  };
}

export function Lines(chart: ReportLines) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current!;
    const plot = new uPlot(optionsOf(chart, element.clientWidth || 400), columnsOf(chart.series), element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [chart, theme.value]);
  return (
    <figure class="report-chart">
      <figcaption>
        {chart.title} <span class="dim">{chart.y}</span>
      </figcaption>
      <div ref={host} role="img" aria-label={`${chart.title}: ${chart.y} over ${chart.x}`} />
    </figure>
  );
}
