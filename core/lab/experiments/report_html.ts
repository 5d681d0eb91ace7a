/** The report of an experiment as one HTML file that needs nothing else: findings, charts, tables, the figures as JSON. */
import type { Cell, Experiment, ExperimentResult, Table } from './experiment.ts';
import { escapeText, formatNumber, svgChart } from './svg_chart.ts';

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; font-size: 12px; fill: currentColor; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #8886; padding: 0.3rem 0.7rem; text-align: right; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
.problem { border-left: 4px solid #c33; padding-left: 0.7rem; }
.machine { color: GrayText; }
pre { overflow: auto; max-height: 24rem; }
`;

function cell(value: Cell): string {
  return escapeText(typeof value === 'number' ? formatNumber(value) : value);
}

function tableHtml({ title, columns, rows }: Table): string {
  const head = columns.map(column => `<th scope="col">${escapeText(column)}</th>`).join('');
  const body = rows.map(row => `<tr>${row.map(value => `<td>${cell(value)}</td>`).join('')}</tr>`).join('\n');
  return `<h2>${escapeText(title)}</h2><div class="table"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/**
 * The whole page.
 *
 * @param machine what it ran on, in words
 */
export function reportHtml(experiment: Experiment, result: ExperimentResult, machine: string): string {
  const title = escapeText(experiment.title);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
<p>${escapeText(experiment.question)}</p>
<p class="machine">${escapeText(machine)}</p>
${result.problems.map(says => `<p class="problem">${escapeText(says)}</p>`).join('\n')}
<ul>${result.findings.map(says => `<li>${escapeText(says)}</li>`).join('')}</ul>
${result.charts.map(svgChart).join('\n')}
${result.tables.map(tableHtml).join('\n')}
<details><summary>Figures</summary><pre>${escapeText(JSON.stringify(result.figures, null, 2))}</pre></details>
</html>
`;
}
