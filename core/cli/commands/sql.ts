/** `sql`: questions to a session in SQL. */
import { type Command, Option } from 'commander';
import { READY_QUESTIONS } from '../../session/export/ready_questions.ts';
import { TABLES } from '../../session/export/session_tables.ts';
import { printJson, printLine, say, UsageError } from '../outcome.ts';
import { onInterrupt } from '../part_file.ts';
import { startProgress } from '../progress_bar.ts';
import { SessionDatabase, type SqlAnswer } from '../session_database.ts';
import { openSessionFile } from './session.ts';

interface SqlFlags {
  readonly ready?: string;
  readonly json?: boolean;
}

function printAnswer({ columns, rows }: SqlAnswer): void {
  const cells = [columns, ...rows.map(row => row.map(value => (value === null ? '' : String(value))))];
  const widths = columns.map((_, i) => Math.max(...cells.map(row => row[i]!.length)));
  const isNumber = columns.map((_, i) => rows.every(row => row[i] === null || typeof row[i] === 'number'));
  for (const row of cells) {
    const line = row.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)));
    printLine(line.join('  ').trimEnd());
  }
}

async function sql(path: string, query: string | undefined, flags: SqlFlags): Promise<void> {
  if ((query === undefined) === (flags.ready === undefined))
    throw new UsageError('sql takes a query, or --ready with the name of one.');
  const text = query ?? READY_QUESTIONS.find(({ name }) => name === flags.ready)!.sql;
  const { session, source } = await openSessionFile(path);
  const bar = startProgress('read', session.digests.at(-1)?.events ?? 0);
  const cancel = onInterrupt();
  let answer: SqlAnswer;
  try {
    const database = await SessionDatabase.open(session, {
      onEvents: done => bar.update(done),
      isCancelled: cancel.isCancelled,
    });
    answer = await database.ask(text);
    database.close();
  } finally {
    bar.stop();
    cancel.release();
    source.close();
  }
  for (const problem of session.report.problems) say(`problem: ${problem}`);
  if (!flags.json) printAnswer(answer);
  else {
    const { columns, rows } = answer;
    printJson(rows.map(row => Object.fromEntries(columns.map((name, i) => [name, row[i]]))));
  }
}

function helpText(): string {
  const tables = TABLES.map(
    ({ name, about, columns }) => `  ${name}(${Object.keys(columns).join(', ')})\n      ${about}`,
  );
  const ready = READY_QUESTIONS.map(({ name, about }) => `  ${name}: ${about}`);
  return `\nTables:\n${tables.join('\n')}\n\nReady questions:\n${ready.join('\n')}`;
}

export function addSqlCommand(program: Command): void {
  program
    .command('sql')
    .description('ask a session in SQL (DuckDB)')
    .argument('<file>', 'a .gartlab file')
    .argument('[query]', 'such as "select name, count(*) from events group by name"')
    .addOption(
      new Option('--ready <question>', 'one of the ready questions').choices(
        READY_QUESTIONS.map(({ name }) => name),
      ),
    )
    .option('--json', 'print one JSON text: a list of rows')
    .addHelpText('after', helpText)
    .action(sql);
}
