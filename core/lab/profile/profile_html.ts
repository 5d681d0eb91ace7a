/**
 * The report as one HTML file that needs nothing else: environment, sections with charts and tables, the raw data embedded, and a
 * comparison where one was asked for. Without its script every line is a table of bars.
 */
import type { Chart } from '../experiments/experiment.ts';
import { escapeText, formatNumber, svgChart } from '../experiments/svg_chart.ts';
import type { BaselineAnswer, ComparedFigure, ProfileComparison } from './compare_profiles.ts';
import { chartsOfSection, gartBars } from './profile_charts.ts';
import type { Figure, ProfileChart, ProfileReport, SectionReport } from './profile_report.ts';

/** Seconds as people read them: to a tenth below a minute, else minutes and seconds. */
function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** The chart library as text; null where it cannot be found: then bars are drawn instead of lines. */
export interface ChartLibrary {
  readonly script: string;
  readonly style: string;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; font-size: 12px; fill: currentColor; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: 1rem; }
.wide { display: block; }
figure { margin: 0; background: #fff; color: #111; border-radius: 6px; padding: 0.5rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #8886; padding: 0.2rem 0.6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
.warning, .missing { border-left: 4px solid #c93; padding-left: 0.7rem; }
.worse { border-left: 4px solid #c33; padding-left: 0.7rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }
dt { color: GrayText; } dd { margin: 0; }
`;

/** Draws every chart of the embedded list with uPlot; text of a script in the page, so it is plain JavaScript. */
const DRAW = `
const COLOURS = ['#2f6fb5', '#d99a2b', '#3f8f6b', '#7a5ea8', '#b5533c', '#8a8f98', '#14808a', '#a03070'];
const charts = JSON.parse(document.getElementById('charts').textContent);
charts.forEach((chart, i) => {
  const place = document.getElementById('chart-' + i);
  const xs = [...new Set(chart.series.flatMap(line => line.points.map(point => point[0])))].sort((a, b) => a - b);
  const data = [xs].concat(chart.series.map(line => {
    const values = new Map(line.points);
    return xs.map(x => values.has(x) ? values.get(x) : undefined);
  }));
  // Bytes in binary steps, everything else in decimal ones.
  const short = label => {
    const step = /byte/.test(label) ? 1024 : 1000;
    return value => {
      if (value == null) return '';
      let unit = 0;
      while (Math.abs(value) >= step && unit < 4) { value /= step; unit++; }
      return +value.toPrecision(3) + ['', 'K', 'M', 'G', 'T'][unit];
    };
  };
  new uPlot({
    title: chart.title, width: Math.max(300, place.clientWidth), height: 260,
    scales: { x: { time: false, distr: chart.logX ? 3 : 1, log: 2 }, y: { distr: chart.logY ? 3 : 1 } },
    axes: [
      { label: chart.x, values: (u, ticks) => ticks.map(short(chart.x)) },
      { label: chart.y, size: 60, values: (u, ticks) => ticks.map(short(chart.y)) },
    ],
    series: [{ label: chart.x }].concat(chart.series.map((line, k) => ({
      label: line.name, stroke: COLOURS[k % COLOURS.length], width: 1.5, spanGaps: true, points: { show: xs.length < 40 },
      value: (u, value) => value == null ? '' : +value.toPrecision(4),
    }))),
  }, data, place);
});
`;

/** JSON that may stand inside a <script>. */
function embedded(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Bars instead of lines, for readers without scripts. */
function barsOf(chart: ProfileChart): Chart {
  const xs = [...new Set(chart.series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  return {
    title: chart.title,
    unit: `${chart.y} by ${chart.x}`,
    categories: xs.map(formatNumber),
    series: chart.series.map(({ name, points }) => {
      const values = new Map(points);
      return { name, values: xs.map(x => values.get(x) ?? 0) };
    }),
  };
}

function spread({ low, high, samples }: Figure): string {
  if (low === null || high === null) return '';
  return samples.length > 1 ? `${formatNumber(low)} to ${formatNumber(high)}` : 'one sample';
}

function figureRow(figure: Figure): string {
  const value = figure.value === null ? '' : formatNumber(figure.value);
  const cells = [value, figure.unit === 'us' ? 'µs' : figure.unit, spread(figure), figure.by];
  const kind = figure.note === '' ? figure.kind : `${figure.kind}: ${figure.note}`;
  return `<tr><td>${escapeText(figure.what)}</td>${cells.map(text => `<td>${escapeText(text)}</td>`).join('')}<td>${escapeText(kind)}</td></tr>`;
}

function tableOf(columns: readonly string[], rows: readonly string[]): string {
  const head = columns.map(column => `<th scope="col">${escapeText(column)}</th>`).join('');
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** Numbers every chart of lines in the page. */
class Page {
  readonly charts: ProfileChart[] = [];

  figure(chart: ProfileChart, library: ChartLibrary | null): string {
    const bars = svgChart(barsOf(chart));
    if (library === null) return `<figure>${bars}</figure>`;
    const index = this.charts.push(chart) - 1;
    return `<figure><div id="chart-${index}"></div><noscript>${bars}</noscript></figure>`;
  }
}

function sectionHtml(
  section: SectionReport,
  bars: readonly Chart[],
  page: Page,
  library: ChartLibrary | null,
) {
  const { title, state, missing, outcomes, figures, seconds } = section;
  const charts = chartsOfSection(section).map(chart => page.figure(chart, library));
  return `<h2>${escapeText(title)}</h2>
<p>${state}, ${figures.length} figures, ${durationText(seconds)}</p>
${missing.map(says => `<p class="missing">missing: ${escapeText(says)}</p>`).join('\n')}
${outcomes.map(({ of, outcome, sentence }) => `<p><b>${escapeText(of)}: ${outcome}</b>. ${escapeText(sentence)}</p>`).join('\n')}
<div class="charts">${charts.join('\n')}</div>
${bars.map(chart => `<figure class="wide">${svgChart(chart)}</figure>`).join('\n')}
<details><summary>All ${figures.length} figures</summary>${tableOf(['', 'median', 'unit', 'quartiles', 'clock', 'kind'], figures.map(figureRow))}</details>`;
}

function environmentHtml(report: ProfileReport): string {
  const { environment, clocks, limits } = report;
  const stamp = clocks.timestampStepNs === null ? 'none' : `${formatNumber(clocks.timestampStepNs)} ns`;
  const rows: [string, string][] = [
    ['Adapter', `${environment.adapter}${environment.software ? ' (software: a CPU does its work)' : ''}`],
    ['Vendor, architecture', `${environment.vendor}, ${environment.architecture}`],
    ['Driver', environment.driver],
    ['Backend', environment.backend],
    ['Provider', environment.provider],
    ['Flags', environment.flags.join(' ') || 'none'],
    [
      'Versions',
      Object.entries(environment.versions)
        .map(pair => pair.join(' '))
        .join(', '),
    ],
    ['Load when it began', environment.load],
    ['Machine description', environment.machine],
    ['Step of the clock', `${formatNumber(clocks.clockStepNs)} ns`],
    ['Step of GPU timestamps', stamp],
    ['Looped below', `${clocks.minSteps} steps`],
    [
      'Limits',
      Object.entries(limits)
        .map(([name, value]) => `${name} ${formatNumber(value)}`)
        .join(', '),
    ],
    [
      'Took',
      `${durationText(report.seconds)}${report.quick ? ', quick' : ''}${report.cancelled ? ', cancelled' : ''}`,
    ],
  ];
  return `<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${escapeText(value)}</dd>`).join('')}</dl>`;
}

function timelineHtml({ timeline }: ProfileReport, page: Page, library: ChartLibrary | null): string {
  return `<h2>On one time axis: the model's account and the kernel</h2>
${timeline.absent.map(says => `<p class="missing">absent: ${escapeText(says)}</p>`).join('\n')}
<div class="wide">${timeline.charts.map(chart => page.figure(chart, library)).join('\n')}</div>`;
}

function comparedRow({ what, unit, a, b, factor, noise, verdict }: ComparedFigure): string {
  const cells = [
    a?.value == null ? '' : formatNumber(a.value),
    a ? spread(a) : '',
    b?.value == null ? '' : formatNumber(b.value),
    b ? spread(b) : '',
    unit,
    factor === null ? '' : `× ${formatNumber(Math.round(factor * 1000) / 1000)}`,
    noise === null ? '' : `± ${Math.round(noise * 100)} %`,
    verdict,
  ];
  return `<tr><td>${escapeText(what)}</td>${cells.map(text => `<td>${escapeText(text)}</td>`).join('')}</tr>`;
}

function comparisonHtml({ a, b, warnings, figures }: ProfileComparison): string {
  const changed = figures.filter(({ verdict }) => verdict !== 'same');
  const columns = ['', a, 'quartiles', b, 'quartiles', 'unit', 'factor', 'noise', ''];
  return `<h2>${escapeText(a)} beside ${escapeText(b)}</h2>
${warnings.map(says => `<p class="warning">${escapeText(says)}</p>`).join('\n')}
<p>${changed.length} of ${figures.length} figures differ by more than the noise.</p>
${tableOf(columns, changed.map(comparedRow))}
<details><summary>All figures</summary>${tableOf(columns, figures.map(comparedRow))}</details>`;
}

function baselineHtml({ dates, warnings, regressions, compared }: BaselineAnswer): string {
  const says = regressions.map(
    ({ what, was, now, unit, since, lastGood }) =>
      `<p class="worse">${escapeText(`${what}: ${formatNumber(was)} to ${formatNumber(now)} ${unit}, since ${since} (last good: ${lastGood})`)}</p>`,
  );
  return `<h2>Regressions</h2>
${warnings.map(warning => `<p class="warning">${escapeText(warning)}</p>`).join('\n')}
<p>${regressions.length} of ${compared} figures are worse than in the ${dates.length} saved ${dates.length === 1 ? 'report' : 'reports'}, beyond the noise.</p>
${says.join('\n')}`;
}

/** What stands in the page beside the report. */
export interface PageParts {
  readonly comparison?: ProfileComparison;
  readonly baseline?: BaselineAnswer;
}

/** Element that holds the raw data in the page. */
export const PROFILE_DATA_ID = 'profile';

/** The whole page. */
export function profileHtml(
  report: ProfileReport,
  library: ChartLibrary | null,
  parts: PageParts = {},
): string {
  const page = new Page();
  const { environment, date, sections } = report;
  const title = escapeText(`Profile of ${environment.adapter}, ${date}`);
  const bars = gartBars(report);
  const body = [
    environmentHtml(report),
    parts.baseline ? baselineHtml(parts.baseline) : '',
    parts.comparison ? comparisonHtml(parts.comparison) : '',
    ...sections.map(section => sectionHtml(section, section.id === 'gart' ? bars : [], page, library)),
    timelineHtml(report, page, library),
  ].join('\n');
  const draw = library === null ? '' : `<script>${library.script}</script>\n<script>${DRAW}</script>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}${library?.style ?? ''}</style>
<h1>${title}</h1>
${body}
<script type="application/json" id="${PROFILE_DATA_ID}">${embedded(report)}</script>
<script type="application/json" id="charts">${embedded(page.charts)}</script>
${draw}
</html>
`;
}
