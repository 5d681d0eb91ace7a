/** The conformance board as one HTML text that needs nothing else. */
import { escapeText } from '../experiments/svg_chart.ts';
import { type Board, type BoardRow, type BoardState, countStates } from './board.ts';

const MARKS: { readonly [state in BoardState]: string } = {
  pass: '✓',
  fail: '◈',
  'not modelled': '–',
  'not recorded': '○',
};

const STYLE = `
:root { color-scheme: dark light; --bg0: #0d0e10; --bg1: #141518; --line: #25282c; --t1: #eceded; --t2: #b0b4ba; --t3: #949aa1; --fault: #ff7a93; }
@media (prefers-color-scheme: light) { :root { --bg0: #fafaf8; --bg1: #f2f2ef; --line: #dcdcd7; --t1: #17181a; --t2: #44484e; --t3: #5e6269; --fault: #9f001a; } }
body { margin: 0 auto; max-width: 1280px; padding: 32px 24px 64px; background: var(--bg0); color: var(--t2); font: 14px/1.45 Inter, system-ui, sans-serif; }
h1 { margin: 0 0 4px; color: var(--t1); font-size: 22px; font-weight: 600; }
h2 { margin: 32px 0 8px; color: var(--t1); font-size: 15px; font-weight: 600; }
h2 span { color: var(--t3); font-weight: 400; }
dl { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 20px 0 8px; }
dt { font-size: 12px; color: var(--t3); } dd { margin: 0; font-size: 22px; color: var(--t1); font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; background: var(--bg1); table-layout: fixed; }
th { text-align: left; font-size: 12px; font-weight: 400; color: var(--t3); }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
code { font: 12.5px/1.45 'JetBrains Mono', ui-monospace, monospace; color: var(--t1); }
small { display: block; font-size: 12px; color: var(--t3); }
.fail td:first-child, .fail small.why, dd.fail { color: var(--fault); }
.n { font-variant-numeric: tabular-nums; }
`;

const COLUMNS = ['18%', '32%', '20%', '30%'];

function rowHtml(row: BoardRow): string {
  const groups = Object.entries(row.passed).map(([group, n]) => `${escapeText(group)} ${n}`);
  const why = row.reason ? `<small class="why">${escapeText(row.reason)}</small>` : '';
  const call = row.call ? `<code>${escapeText(row.call)}</code>` : '';
  const outcome = row.outcome ? ` → ${escapeText(row.outcome)}` : '';
  return `<tr class="${row.state.replace(' ', '-')}"><td>${MARKS[row.state]} ${row.state}</td><td><code>${escapeText(row.behaviour)}</code><small>${escapeText(row.source)}</small></td><td>${call}${outcome}</td><td class="n">${groups.join(', ')}${why}</td></tr>`;
}

/** @param title of the run, for people: the kernel that was recorded */
export function boardHtml(board: Board, title: string): string {
  const counts = countStates(board);
  const sections = [...new Set(board.rows.map(row => row.section))];
  const columns = COLUMNS.map(width => `<col style="width:${width}">`).join('');
  const head =
    '<tr><th>Result</th><th>Behaviour</th><th>Call and answer</th><th>Steps that agreed, by group; reason</th></tr>';
  const tables = sections.map(section => {
    const rows = board.rows.filter(row => row.section === section);
    const passed = rows.filter(row => row.state === 'pass').length;
    return `<h2>${escapeText(section)} <span>${passed} of ${rows.length} pass</span></h2><table><colgroup>${columns}</colgroup><thead>${head}</thead><tbody>${rows.map(rowHtml).join('\n')}</tbody></table>`;
  });
  const numbers = [
    ['transcripts passed', `${board.transcriptsPassed} of ${board.transcripts}`, ''],
    ['steps recorded', String(board.steps), ''],
    ...Object.entries(counts).map(([state, n]) => [`rows: ${state}`, String(n), n > 0 ? state : '']),
  ] as const;
  const figures = numbers
    .map(
      ([name, n, state]) =>
        `<div><dt>${name}</dt><dd class="${state === 'fail' ? 'fail' : ''}">${n}</dd></div>`,
    )
    .join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Conformance board</title><style>${STYLE}</style></head>
<body><h1>Conformance board</h1><div>${escapeText(title)}. One row per behaviour and answer of the kernel. “Not recorded” rows have no step here: a unit test, named in the row, checks them outside this run, or other transcripts do.</div>
<dl>${figures}</dl>
${tables.join('\n')}
</body></html>
`;
}
