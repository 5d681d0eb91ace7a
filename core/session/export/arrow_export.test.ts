/** Covers the Arrow streams against the session's own numbers, read back by the library's reader. */
import { tableFromIPC } from 'apache-arrow';
import { expect, test } from 'vitest';
import { recordScene } from '../../testing/recorded_scene.ts';
import { exportArrow } from './arrow_export.ts';
import { ExportCancelled, sessionTables, TABLES } from './session_tables.ts';
import type { Cell } from './table.ts';

const { session, trace } = await recordScene('evict-refault');

test('Arrow: every cell of every table, empty ones too', async () => {
  const streams = await exportArrow(session);
  expect([...streams.keys()]).toEqual(TABLES.map(({ name }) => name));
  const wanted = new Map<string, Cell[][]>();
  for await (const { table, columns } of sessionTables(session)) {
    const rows = wanted.get(table.name) ?? columns.map(() => []);
    columns.forEach((cells, i) => {
      rows[i]!.push(...cells);
    });
    wanted.set(table.name, rows);
  }
  let empty = 0;
  for (const { name, columns } of TABLES) {
    const table = tableFromIPC(streams.get(name)!);
    expect(table.schema.fields.map(field => field.name)).toEqual(Object.keys(columns));
    Object.keys(columns).forEach((column, i) => {
      const read = [...table.getChild(column)!].map(cell => (typeof cell === 'bigint' ? Number(cell) : cell));
      expect(read).toEqual(wanted.get(name)![i]);
      empty += read.filter(cell => cell === null).length;
    });
  }
  expect(empty).toBeGreaterThan(10);
  expect(tableFromIPC(streams.get('events')!).numRows).toBe(trace.count);
});

test('cancelled between blocks: ExportCancelled', async () => {
  await expect(exportArrow(session, { isCancelled: () => true })).rejects.toThrow(ExportCancelled);
});
