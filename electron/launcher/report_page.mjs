/** The report of one played scene as one HTML text that needs nothing beside it: no script, no network, no other file. */

const STYLE = `
:root { color-scheme: dark light; --bg0:#0d0e10; --bg1:#141518; --line:#25282c; --line2:#3a3e44; --t1:#eceded; --t2:#b0b4ba; --t3:#949aa1; --fault:#ff7a93; }
@media (prefers-color-scheme: light) { :root { --bg0:#fafaf8; --bg1:#fff; --line:#dcdcd7; --line2:#bfc0bb; --t1:#17181a; --t2:#44484e; --t3:#5e6269; --fault:#9f001a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg0); color: var(--t1); font: 400 13px/20px Inter, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1100px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 27px; line-height: 34px; font-weight: 600; margin: 0 0 4px; }
h2 { font-size: 15px; line-height: 20px; font-weight: 600; margin: 40px 0 8px; padding-top: 12px; border-top: 1px solid var(--line2); }
p { margin: 4px 0; color: var(--t2); max-width: 75ch; }
.verdict { font-size: 20px; line-height: 28px; color: var(--t1); margin: 16px 0 4px; }
.bad { color: var(--fault); }
table { border-collapse: collapse; width: 100%; background: var(--bg1); border: 1px solid var(--line); }
td, th { text-align: left; vertical-align: top; padding: 5px 12px; border-bottom: 1px solid var(--line); font-weight: 400; }
tr:last-child td, tr:last-child th { border-bottom: 0; }
th { color: var(--t3); width: 40%; }
td:first-child.mark { width: 36px; }
code, pre { font: 12px/17px "JetBrains Mono", "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace; }
pre { overflow: auto; max-height: 480px; background: var(--bg1); border: 1px solid var(--line); padding: 12px; margin: 8px 0; }
figure { margin: 16px 0; }
img { display: block; width: 100%; height: auto; border: 1px solid var(--line2); }
figcaption { color: var(--t3); padding-top: 6px; }
summary { cursor: default; color: var(--t2); padding: 6px 0; }
`;

/** Text as it may stand in HTML. */
export function escapeHtml(text) {
  return String(text).replace(
    /[&<>"']/g,
    char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[char],
  );
}

function rows(pairs) {
  const cells = pairs.map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table>${cells.join('')}</table>`;
}

function evidenceTable(evidence) {
  const cells = evidence.map(
    ({ shown, text }) =>
      `<tr><td class="mark${shown ? '' : ' bad'}">${shown ? '✓' : '✗'}</td><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<table>${cells.join('')}</table>`;
}

function figures(pictures) {
  return pictures
    .map(({ title, png }) => {
      const source = `data:image/png;base64,${png.toString('base64')}`;
      return `<figure><img alt="${escapeHtml(title)}" src="${source}"><figcaption>${escapeHtml(title)}</figcaption></figure>`;
    })
    .join('\n');
}

/**
 * @param report.title      of the scene
 * @param report.verdict    one sentence; `passed` says whether it is good news
 * @param report.evidence   [{ shown, text }] what had to happen, and whether it did
 * @param report.facts      [[name, value]] where and on what it ran
 * @param report.counts     [[name, value]] the numbers of the run
 * @param report.pictures   [{ title, png }]
 * @param report.problems   sentences about what did not work
 * @param report.inputs     the log of the inputs, JSON lines
 * @param report.numbers    the run's result as the command line printed it
 */
export function reportPage(report) {
  const { title, verdict, passed, evidence, facts, counts, pictures, problems, inputs, numbers } = report;
  const lines = inputs.trimEnd().split('\n');
  const problemList = problems.map(text => `<p class="bad">${escapeHtml(text)}</p>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)} · GART Lab</title>
<style>${STYLE}</style>
</head>
<body><main>
<h1>${escapeHtml(title)}</h1>
<p class="verdict${passed ? '' : ' bad'}">${escapeHtml(verdict)}</p>
${problemList}
<h2>What happened</h2>
${evidenceTable(evidence)}
${pictures.length > 0 ? `<h2>The window</h2>\n${figures(pictures)}` : ''}
<h2>Numbers</h2>
${rows(counts)}
<h2>Where it ran</h2>
${rows(facts)}
<h2>Inputs</h2>
<p>${lines.length} lines, also in <code>inputs.jsonl</code> beside this file. Play them again with <code>npm run lab -- run &lt;file&gt;</code>.</p>
<details><summary>Show them</summary><pre>${escapeHtml(lines.join('\n'))}</pre></details>
<h2>Result as JSON</h2>
<details><summary>Show it</summary><pre>${escapeHtml(JSON.stringify(numbers, null, 2))}</pre></details>
</main></body>
</html>
`;
}
