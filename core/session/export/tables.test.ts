/** Covers the exported tables against the session's own numbers: CSV and JSON read back, Parquet and SQL by DuckDB. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { partFile } from '../../cli/part_file.ts';
import { SessionDatabase } from '../../cli/session_database.ts';
import { type Recorded, recordScene } from '../../testing/recorded_scene.ts';
import { allEventTypes } from '../../trace/event.ts';
import { exportParquet } from './parquet_export.ts';
import { READY_QUESTIONS } from './ready_questions.ts';
import { ExportCancelled, sessionTables, TABLES } from './session_tables.ts';
import { csvCell, exportCsv, exportJson } from './text_export.ts';

let recorded: Recorded;
const folder = mkdtempSync(join(tmpdir(), 'gart-lab-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  recorded = await recordScene('evict-refault');
});

/** Events of the model's own buffer, counted without any export code. */
const counted = (name: string) => {
  let count = 0;
  const type = allEventTypes().find(each => each.name === name)!;
  recorded.trace.forEachOf([type], () => count++);
  return count;
};
const sumOf = (name: string, field: string) => {
  let sum = 0;
  const type = allEventTypes().find(each => each.name === name)!;
  recorded.trace.forEachOf([type], event => (sum += event.args[type.fields.indexOf(field)]!));
  return sum;
};

function memorySinks() {
  const parts = new Map<string, Uint8Array[]>();
  const sinkOf = ({ name }: { readonly name: string }) => {
    parts.set(name, []);
    return { write: (bytes: Uint8Array) => void parts.get(name)!.push(bytes.slice()) };
  };
  const text = (name: string) =>
    parts
      .get(name)!
      .map(bytes => new TextDecoder().decode(bytes))
      .join('');
  return { sinkOf, text };
}

test('CSV: a file for each table, a line for each row', async () => {
  const { sinkOf, text } = memorySinks();
  await exportCsv(recorded.session, sinkOf);
  const lines = (name: string) => text(name).split('\r\n').slice(0, -1);
  expect(lines('events').length - 1).toBe(recorded.trace.count);
  expect(lines('faults').length - 1).toBe(counted('exceptions:page_fault_user'));
  expect(lines('evictions').length - 1).toBe(counted('lab_ttm:evict_victim'));
  expect(lines('events')[0]).toBe('event,time_ns,task,task_name,name,object,fields');
  expect(
    lines('tasks')
      .slice(1)
      .map(line => line.split(',')[1]),
  ).toEqual(['kernel', 'game', 'desktop', 'encoder']);
});

test('a cell of CSV: separators and quotes are quoted, what a spreadsheet would run is not left bare', () => {
  expect(['a,b', 'say "x"', '=cmd()', '-5', null, -5].map(csvCell)).toEqual([
    '"a,b"',
    '"say ""x"""',
    "'=cmd()",
    "'-5",
    '',
    '-5',
  ]);
});

test('JSON: one text with header, inputs and every row', async () => {
  const { sinkOf, text } = memorySinks();
  await exportJson(recorded.session, sinkOf({ name: 'all' }));
  const read = JSON.parse(text('all')) as {
    readonly header: { readonly scene: string };
    readonly inputs: readonly unknown[];
    readonly rows: readonly { readonly table: string; readonly name?: string; readonly time_ns?: number }[];
  };
  expect(read.header.scene).toBe('evict-refault');
  expect(read.inputs).toEqual(recorded.session.inputs);
  const events = read.rows.filter(row => row.table === 'events');
  expect(events.length).toBe(recorded.trace.count);
  events.forEach((row, i) => {
    const event = recorded.trace.at(i);
    expect([row.name, row.time_ns]).toEqual([allEventTypes()[event.typeId]!.name, event.time]);
  });
});

describe('Parquet, read by DuckDB', () => {
  const one = async (sql: string) => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const rows = (await connection.runAndReadAll(sql)).getRowsJson();
    connection.closeSync();
    return rows.map(row => row.map(value => (value === null ? null : Number(value))));
  };
  const path = (table: string) => `read_parquet('${join(folder, `${table}.parquet`)}')`;

  beforeAll(async () => {
    const files = TABLES.map(({ name }) => ({ name, file: partFile(join(folder, `${name}.parquet`)) }));
    await exportParquet(recorded.session, table => files.find(({ name }) => name === table.name)!.file.sink);
    for (const { file } of files) file.keep();
  });

  test('counts and sums are those of the session', async () => {
    expect(readdirSync(folder).sort()).toEqual(TABLES.map(({ name }) => `${name}.parquet`).sort());
    let times = 0;
    for (let i = 0; i < recorded.trace.count; i++) times += recorded.trace.at(i).time;
    expect(await one(`select count(*), sum(time_ns), min(event), max(event) from ${path('events')}`)).toEqual(
      [[recorded.trace.count, times, 0, recorded.trace.count - 1]],
    );
    expect(await one(`select count(*), sum(ptes_inserted), sum(page) from ${path('faults')}`)).toEqual([
      [
        counted('exceptions:page_fault_user'),
        sumOf('exceptions:page_fault_user', 'ptesInserted'),
        sumOf('exceptions:page_fault_user', 'page'),
      ],
    ]);
    expect(await one(`select count(*), sum(pages) from ${path('evictions')}`)).toEqual([
      [counted('lab_ttm:evict_victim'), sumOf('lab_ttm:evict_victim', 'nrPages')],
    ]);
    expect(
      await one(`select sum(pages) from ${path('placements')} where cause in ('create', 'move', 'evict')`),
    ).toEqual([[sumOf('lab_ttm:bo_move', 'nrPages')]]);
    expect(await one(`select sum(pages) from ${path('objects')}`)).toEqual([
      [sumOf('lab_drm:gem_object_init', 'nrPages')],
    ]);
  });

  test('the pages in each memory after the last change are those of the objects that live', async () => {
    const last = await one(
      `select vram_pages, tt_pages, system_pages, swap_pages from ${path('placements')} order by event desc limit 1`,
    );
    const lived = await one(
      `select ${['VRAM', 'TT', 'SYSTEM', 'SWAP'].map(memory => `coalesce(sum(pages) filter (placement = '${memory}'), 0)`).join(', ')} from ${path('objects')} where freed_ns is null`,
    );
    expect(last).toEqual(lived);
    expect(last[0]![0]).toBeGreaterThan(0);
  });
});

describe('SQL over a session', () => {
  test('the ready questions name the frame that was evicted and came back', async () => {
    const database = await SessionDatabase.open(recorded.session);
    const answers = new Map<string, readonly (readonly unknown[])[]>();
    for (const { name, sql } of READY_QUESTIONS) answers.set(name, (await database.ask(sql)).rows);
    const worst = answers.get('worst-evictions')!;
    expect(worst.length).toBe(Math.min(10, counted('lab_ttm:evict_victim')));
    expect(answers.get('who-thrashes')!.length).toBeGreaterThan(0);
    expect(answers.get('bytes-per-process')!.map(row => row[0])).toContain('game');
    await expect(database.ask(`select * from read_text('/etc/hostname')`)).rejects.toThrow(/query failed/);
    await expect(database.ask('set enable_external_access = true')).rejects.toThrow(/query failed/);
    await expect(database.ask('selekt 1')).rejects.toThrow(/syntax error/);
    database.close();
  });
});

test('an export that is cancelled ends between two blocks', async () => {
  const batches = sessionTables(recorded.session, { isCancelled: () => true });
  await expect(batches.next()).rejects.toThrow(ExportCancelled);
});

test('a file that is dropped leaves nothing behind', () => {
  const file = partFile(join(folder, 'never.csv'));
  file.sink.write(new Uint8Array(3));
  file.drop();
  expect(readdirSync(folder).filter(name => name.startsWith('never'))).toEqual([]);
  expect(readFileSync(join(folder, 'tasks.parquet')).subarray(0, 4).toString()).toBe('PAR1');
});
