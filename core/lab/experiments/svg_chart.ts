/** Draws grouped bars as SVG text: no library, no script, readable without colour (every bar carries its value). */
import type { Chart } from './experiment.ts';

const WIDTH = 760;
const HEIGHT = 300;
const LEFT = 20;
const TOP = 48;
const BOTTOM = 40;
/** Placement blue, violet, green, grey: told apart in black and white by their lightness. */
const COLOURS = ['#2f6fb5', '#d99a2b', '#3f8f6b', '#8a8f98', '#7a5ea8', '#b5533c'];

/** A text with the characters that mean something to HTML replaced. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A number as people read it: thousands in groups, at most four digits behind the point. */
export function formatNumber(value: number): string {
  const rounded = Math.round(value * 10_000) / 10_000;
  const [whole, fraction] = String(rounded).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A number over a bar, which has little room: whole from 100 on, three digits below. */
function barNumber(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return formatNumber(Number(value.toFixed(digits)));
}

/** The chart as an <svg> element. */
export function svgChart(chart: Chart): string {
  const { categories, series } = chart;
  const top = Math.max(1, ...series.flatMap(({ values }) => values));
  const group = (WIDTH - 2 * LEFT) / Math.max(1, categories.length);
  const bar = (group * 0.7) / Math.max(1, series.length);
  const floor = HEIGHT - BOTTOM;
  const parts: string[] = [];
  series.forEach(({ name, values }, s) => {
    const colour = COLOURS[s % COLOURS.length]!;
    const x = LEFT + s * 200;
    parts.push(`<rect x="${x}" y="22" width="12" height="12" fill="${colour}"/>`);
    parts.push(`<text x="${x + 18}" y="32">${escapeText(name)}</text>`);
    values.forEach((value, c) => {
      const height = (Math.max(0, value) / top) * (floor - TOP - 18);
      const left = LEFT + c * group + group * 0.15 + s * bar;
      const y = floor - height;
      parts.push(
        `<rect x="${left.toFixed(1)}" y="${y.toFixed(1)}" width="${(bar * 0.9).toFixed(1)}" height="${height.toFixed(1)}" fill="${colour}"/>`,
        `<text x="${(left + bar * 0.45).toFixed(1)}" y="${(y - 4).toFixed(1)}" text-anchor="middle">${barNumber(value)}</text>`,
      );
    });
  });
  categories.forEach((category, c) => {
    const x = LEFT + c * group + group / 2;
    parts.push(
      `<text x="${x.toFixed(1)}" y="${floor + 18}" text-anchor="middle">${escapeText(category)}</text>`,
    );
  });
  const label = `${chart.title} (${chart.unit})`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(label)}"><text x="${LEFT}" y="14" font-weight="600">${escapeText(label)}</text><line x1="${LEFT}" y1="${floor}" x2="${WIDTH - LEFT}" y2="${floor}" stroke="currentColor"/>${parts.join('')}</svg>`;
}
