/**
 * The session in a DuckDB of the window. The database is WebAssembly in a worker of its own, started with the first question; the
 * tables come as Arrow from the jobs' worker. Nothing is fetched but the files of the app: extensions are neither installed nor
 * loaded, and the policy of the page would refuse them.
 */
import * as duckdb from '@duckdb/duckdb-wasm';
import workerAddress from '@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js?url';
import moduleAddress from '@duckdb/duckdb-wasm/dist/duckdb-eh.wasm?url';
import { sessionFiles } from './exports.ts';
import { scene, view } from './lab_store.ts';
import { sentenceOfSqlError } from './sql_sentence.ts';

export type SqlValue = null | boolean | number | string;

export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  readonly count: number;
  valueAt(row: number, column: number): SqlValue;
  /** Of the question alone, wall time. */
  readonly ms: number;
}

const LOCKED = [
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  'SET enable_external_access = false',
  'SET lock_configuration = true',
];

interface Opened {
  readonly database: duckdb.AsyncDuckDB;
  readonly connection: duckdb.AsyncDuckDBConnection;
  /** Which session the tables hold. */
  readonly of: string;
}

let opened: Opened | null = null;

/** Tells one session from another, and from itself further on. */
function sessionNow(): string {
  const { time, events, inputsDone } = view.peek().status.newest;
  return JSON.stringify([scene.peek()?.id, time, events, inputsDone]);
}

async function close(): Promise<void> {
  const old = opened;
  opened = null;
  await old?.database.terminate();
}

async function open(tell: (doing: string) => void): Promise<Opened> {
  const of = sessionNow();
  if (opened?.of === of) return opened;
  await close();
  tell('Reading the session into tables…');
  const files = await sessionFiles('arrow');
  tell('Starting DuckDB…');
  const database = new duckdb.AsyncDuckDB(
    new duckdb.VoidLogger(),
    new Worker(workerAddress, { name: 'duckdb' }),
  );
  try {
    await database.instantiate(moduleAddress);
    await database.open({ query: { castDecimalToDouble: true } });
    const connection = await database.connect();
    for (const { name, bytes } of files)
      await connection.insertArrowFromIPCStream(bytes, { name, create: true });
    for (const setting of LOCKED) await connection.query(setting);
    opened = { database, connection, of };
    return opened;
  } catch (error) {
    await database.terminate();
    throw error;
  }
}

/** A value as it is shown: whole numbers that fit are numbers, what has no plain form is its text. */
export function plainValue(value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  return String(value);
}

/** Ask the session something. @param tell hears what is being done @throws Error with a sentence */
export async function askSql(sql: string, tell: (doing: string) => void): Promise<SqlAnswer> {
  try {
    const { connection } = await open(tell);
    tell('Asking…');
    const began = performance.now();
    const table = await connection.query(sql);
    const ms = performance.now() - began;
    const columns = table.schema.fields.map((field, i) => ({
      name: field.name,
      values: table.getChildAt(i),
    }));
    const typeOf = (values: (typeof columns)[number]['values']) =>
      /^(U?Int|Float|Decimal)/.test(String(values?.type ?? ''));
    return {
      columns: columns.map(({ name, values }) => ({ name, isNumber: typeOf(values) })),
      count: table.numRows,
      valueAt: (row, column) => plainValue(columns[column]?.values?.get(row)),
      ms,
    };
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    // A database whose program broke answers nothing more.
    if (/RuntimeError|out of bounds|unreachable/.test(String(error))) await close();
    throw new Error(sentenceOfSqlError(says));
  }
}
