/** Bars in groups, in greys: every bar carries its value, and series differ by their shade and their place. */
import type { ReportBars } from '../../core/public/jobs.ts';
import { figureText } from './figure_text.ts';

const WIDTH = 560;
const HEIGHT = 240;
const LEFT = 12;
const TOP = 46;
const BOTTOM = 26;
const SHADES = ['var(--t1)', 'var(--t3)', 'var(--ctl)', 'var(--line2)', 'var(--t2)', 'var(--bg4)'];

export function Bars({ title, unit, categories, series }: ReportBars) {
  const most = Math.max(Number.MIN_VALUE, ...series.flatMap(each => each.values));
  const group = (WIDTH - 2 * LEFT) / Math.max(1, categories.length);
  const bar = (group * 0.76) / Math.max(1, series.length);
  const floor = HEIGHT - BOTTOM;
  const crowded = bar < 40;
  return (
    <figure class="report-chart">
      <figcaption>
        {title} <span class="dim">{unit}</span>
      </figcaption>
      <div class="legend">
        {series.map((each, s) => (
          <span key={each.name}>
            <i style={{ background: SHADES[s % SHADES.length] }} />
            {each.name}
          </span>
        ))}
      </div>
      <svg
        viewBox={`0 ${TOP - 16} ${WIDTH} ${HEIGHT - TOP + 16}`}
        role="img"
        aria-label={`${title}, ${unit}`}
      >
        <line x1={LEFT} x2={WIDTH - LEFT} y1={floor} y2={floor} stroke="var(--line2)" />
        {series.map((each, s) =>
          each.values.map((value, c) => {
            const height = (Math.max(0, value) / most) * (floor - TOP);
            const x = LEFT + c * group + group * 0.12 + s * bar;
            return (
              <g key={`${s} ${c}`}>
                <rect
                  x={x}
                  y={floor - height}
                  width={bar * 0.86}
                  height={height}
                  fill={SHADES[s % SHADES.length]}
                >
                  <title>{`${categories[c]}, ${each.name}: ${figureText(value)} ${unit}`}</title>
                </rect>
                {!crowded && (
                  <text x={x + bar * 0.43} y={floor - height - 4} text-anchor="middle">
                    {figureText(value)}
                  </text>
                )}
              </g>
            );
          }),
        )}
        {categories.map((category, c) => (
          <text key={category} x={LEFT + (c + 0.5) * group} y={floor + 16} text-anchor="middle">
            {category}
          </text>
        ))}
      </svg>
    </figure>
  );
}
