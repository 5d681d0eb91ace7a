/**
 * Tables as streams of Apache Arrow, for a database in the window. Columns are laid out here: the builders of the library make code
 * from text, which the policy of the window forbids.
 */
import {
  type Data,
  Field,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
} from 'apache-arrow';
import type { RecordedSession } from '../recorded_session.ts';
import { type ReadOptions, sessionTables, TABLES } from './session_tables.ts';
import type { Cell, ColumnType, TableBatch, TableShape } from './table.ts';

const TYPES = { int: new Int64(), text: new Utf8() } as const;

function schemaOf({ columns }: TableShape): Schema {
  return new Schema(Object.entries(columns).map(([name, type]) => new Field(name, TYPES[type], true)));
}

/** A bit for each cell that is not empty. */
function presence(cells: readonly Cell[]): { readonly nullBitmap: Uint8Array; readonly nullCount: number } {
  const nullBitmap = new Uint8Array(Math.ceil(cells.length / 64) * 8);
  let nullCount = 0;
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] === null) nullCount++;
    else nullBitmap[i >> 3]! |= 1 << (i & 7);
  }
  return { nullBitmap, nullCount };
}

function intColumn(cells: readonly Cell[]): Data<Int64> {
  const data = new BigInt64Array(cells.length);
  for (let i = 0; i < cells.length; i++)
    if (cells[i] !== null) data[i] = BigInt(Math.round(Number(cells[i])));
  return makeData({ type: TYPES.int, length: cells.length, data, ...presence(cells) });
}

function textColumn(cells: readonly Cell[]): Data<Utf8> {
  const encoder = new TextEncoder();
  const parts = cells.map(cell => (cell === null ? null : encoder.encode(String(cell))));
  const valueOffsets = new Int32Array(cells.length + 1);
  parts.forEach((part, i) => {
    valueOffsets[i + 1] = valueOffsets[i]! + (part?.length ?? 0);
  });
  const data = new Uint8Array(valueOffsets[cells.length]!);
  parts.forEach((part, i) => {
    if (part) data.set(part, valueOffsets[i]);
  });
  return makeData({ type: TYPES.text, length: cells.length, data, valueOffsets, ...presence(cells) });
}

const columnOf = (cells: readonly Cell[], type: ColumnType): Data =>
  type === 'int' ? intColumn(cells) : textColumn(cells);

function batchOf({ table, columns, count }: TableBatch, schema: Schema): RecordBatch {
  const children = Object.values(table.columns).map((type, i) => columnOf(columns[i]!, type));
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: count, children }));
}

/**
 * Every table as one stream, by name.
 *
 * @throws ExportCancelled
 */
export async function exportArrow(
  session: RecordedSession,
  options: ReadOptions = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  const tables = new Map(
    TABLES.map(table => {
      const schema = schemaOf(table);
      const writer = new RecordBatchStreamWriter();
      writer.reset(undefined, schema);
      return [table.name, { schema, writer }] as const;
    }),
  );
  for await (const batch of sessionTables(session, options)) {
    const { schema, writer } = tables.get(batch.table.name)!;
    writer.write(batchOf(batch, schema));
  }
  const streams = new Map<string, Uint8Array>();
  for (const [name, { writer }] of tables) {
    writer.finish();
    streams.set(name, writer.toUint8Array(true));
  }
  return streams;
}
