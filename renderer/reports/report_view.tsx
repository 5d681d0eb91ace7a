/** A report of a job: what was found, charts, tables; and buttons that save it as a page or as data. */
import type { JobReport, ReportSection, ReportTable } from '../../core/public/jobs.ts';
import { Bars } from './bars.tsx';
import { figureText } from './figure_text.ts';
import { Lines } from './lines.tsx';
import { saveText } from './save_text.ts';

/** Rows of a long table that are drawn; the saved page has all of them. */
const MOST_ROWS = 400;

function Table({ title, columns, rows }: ReportTable) {
  const numeric = columns.map((_, i) => rows.length > 0 && rows.every(row => typeof row[i] === 'number'));
  return (
    <div class="report-table">
      <h4>{title}</h4>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls is scrolled by keys. */}
      <section class="wide-table" tabIndex={0} aria-label={title}>
        <table>
          <thead>
            <tr>
              {columns.map((column, i) => (
                <th key={column} scope="col" class={numeric[i] ? 'num' : ''}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row, r) => (
              <tr key={r}>
                {row.map((cell, c) => (
                  <td key={c} class={typeof cell === 'number' ? 'num' : ''}>
                    {typeof cell === 'number' ? figureText(cell) : cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > MOST_ROWS && (
        <p class="dim">{rows.length - MOST_ROWS} more rows are in the saved page.</p>
      )}
    </div>
  );
}

function Section({ section }: { readonly section: ReportSection }) {
  return (
    <section class="report-section" aria-label={section.title}>
      <h3>{section.title}</h3>
      {section.sentences.length > 0 && (
        <ul>
          {section.sentences.map(says => (
            <li key={says}>{says}</li>
          ))}
        </ul>
      )}
      <div class="report-charts">
        {section.bars.map(chart => (
          <Bars key={chart.title} {...chart} />
        ))}
        {section.lines.map(chart => (
          <Lines key={chart.title} {...chart} />
        ))}
      </div>
      {section.tables.map(table => (
        <Table key={table.title} {...table} />
      ))}
    </section>
  );
}

export function ReportView({ report, name }: { readonly report: JobReport; readonly name: string }) {
  return (
    <article class="report">
      <header>
        <h2>{report.title}</h2>
        <span class={`badge ${report.software ? 'software' : ''}`}>
          {report.machine}
          {report.software && !report.machine.includes('software') ? ', software adapter' : ''}
        </span>
        <span class="grow" />
        <button
          type="button"
          class="button"
          onClick={() => saveText(`${name}.html`, 'text/html', report.html)}
        >
          Save page
        </button>
        <button
          type="button"
          class="button"
          onClick={() => saveText(`${name}.json`, 'application/json', report.json)}
        >
          Save data
        </button>
      </header>
      <p class="mid">{report.about}</p>
      {report.problems.map(says => (
        <p key={says} class="report-problem">
          {says}
        </p>
      ))}
      {report.sections.map(section => (
        <Section key={section.title} section={section} />
      ))}
    </article>
  );
}
