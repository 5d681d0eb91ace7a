/** Tables as text: CSV (RFC 4180, a file for each table) and JSON (one file). Both are written batch by batch. */
import type { ByteSink } from '../file/container_writer.ts';
import type { RecordedSession } from '../recorded_session.ts';
import { type ReadOptions, sessionTables, TABLES } from './session_tables.ts';
import type { Cell, TableBatch, TableShape } from './table.ts';

/** Gives the sink of a table's file. */
export type SinkOf = (table: TableShape) => ByteSink;

/**
 * A cell of CSV. Text that a spreadsheet would take for a formula gets an apostrophe before it: names in imports come from
 * files of strangers.
 */
export function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csvRows({ columns, count }: TableBatch): string {
  let text = '';
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < columns.length; i++) text += (i > 0 ? ',' : '') + csvCell(columns[i]![row]!);
    text += '\r\n';
  }
  return text;
}

/** @throws ExportCancelled */
export async function exportCsv(
  session: RecordedSession,
  sinkOf: SinkOf,
  options: ReadOptions = {},
): Promise<void> {
  const encoder = new TextEncoder();
  const sinks = new Map(TABLES.map(table => [table.name, sinkOf(table)]));
  for (const table of TABLES)
    sinks.get(table.name)!.write(encoder.encode(`${Object.keys(table.columns).join(',')}\r\n`));
  for await (const batch of sessionTables(session, options))
    sinks.get(batch.table.name)!.write(encoder.encode(csvRows(batch)));
}

/**
 * One JSON text: `format`, `header`, `inputs`, `notes`, then `rows`, a list with an object for each row, which says its table in
 * `table`; all rows of one table keep their order.
 *
 * @throws ExportCancelled
 */
export async function exportJson(
  session: RecordedSession,
  sink: ByteSink,
  options: ReadOptions = {},
): Promise<void> {
  const encoder = new TextEncoder();
  const write = (text: string) => sink.write(encoder.encode(text));
  const { header, inputs, notes, digests } = session;
  const shapes = Object.fromEntries(TABLES.map(({ name, about, columns }) => [name, { about, columns }]));
  const head = { format: 'gart-lab-export', version: 1, header, inputs, notes, digests, tables: shapes };
  write(`${JSON.stringify(head).slice(0, -1)},"rows":[`);
  let first = true;
  for await (const { table, columns, count } of sessionTables(session, options)) {
    const names = Object.keys(table.columns);
    let text = '';
    for (let row = 0; row < count; row++) {
      const values = names.map((name, i) => [name, columns[i]![row]!] as const);
      text += `${first ? '' : ','}\n${JSON.stringify({ table: table.name, ...Object.fromEntries(values) })}`;
      first = false;
    }
    write(text);
  }
  write('\n]}\n');
}
