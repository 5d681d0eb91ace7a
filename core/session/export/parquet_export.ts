/** Tables as Parquet, a file for each, written a row group at a time. */
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { ByteSink } from '../file/container_writer.ts';
import type { RecordedSession } from '../recorded_session.ts';
import { type ReadOptions, sessionTables, TABLES } from './session_tables.ts';
import type { Cell, ColumnType, TableShape } from './table.ts';
import type { SinkOf } from './text_export.ts';

/** Hands what was written to the sink after every row group, so that memory stays that of one. */
class SinkWriter extends ByteWriter {
  constructor(private readonly sink: ByteSink) {
    super();
  }

  flush(): void {
    this.sink.write(this.getBytes().slice());
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}

const TYPES = { int: 'INT64', text: 'STRING' } as const;

const cellsOf = (cells: readonly Cell[], type: ColumnType) =>
  type === 'int'
    ? cells.map(cell => (cell === null ? null : BigInt(Math.round(Number(cell)))))
    : cells.map(cell => (cell === null ? null : String(cell)));

function writerOf(table: TableShape, sink: ByteSink): ParquetWriter {
  const columnData = Object.entries(table.columns).map(([name, type]) => ({
    name,
    type: TYPES[type],
    data: [],
    nullable: true,
  }));
  return new ParquetWriter({
    writer: new SinkWriter(sink),
    schema: schemaFromColumnData({ columnData }),
    kvMetadata: [{ key: 'about', value: table.about }],
    createdBy: 'GART Lab',
  });
}

/** @throws ExportCancelled */
export async function exportParquet(
  session: RecordedSession,
  sinkOf: SinkOf,
  options: ReadOptions = {},
): Promise<void> {
  const writers = new Map(TABLES.map(table => [table.name, writerOf(table, sinkOf(table))]));
  for await (const { table, columns } of sessionTables(session, options)) {
    const types = Object.entries(table.columns);
    const columnData = types.map(([name, type], i) => ({ name, data: cellsOf(columns[i]!, type) }));
    await writers.get(table.name)!.write({ columnData, rowGroupSize: 100_000 });
  }
  for (const writer of writers.values()) await writer.finish();
}
