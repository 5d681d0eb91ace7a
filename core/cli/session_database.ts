/** The tables of a session in a DuckDB in memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { exportParquet } from '../session/export/parquet_export.ts';
import { type ReadOptions, TABLES } from '../session/export/session_tables.ts';
import type { RecordedSession } from '../session/recorded_session.ts';
import { CommandFailed } from './outcome.ts';
import { type PartFile, partFile } from './part_file.ts';

export type SqlValue = null | boolean | number | string;

export interface SqlAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/** What a query gives as plain values: whole numbers that fit are numbers, what has no plain form is its text. */
function plain(value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint')
    return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : String(value);
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  const { toDouble } = value as { toDouble?: () => number };
  return typeof toDouble === 'function' ? toDouble.call(value) : String(value);
}

export class SessionDatabase {
  private constructor(private readonly connection: DuckDBConnection) {}

  /**
   * Read a session into tables. Queries can neither read nor write files, nor load extensions.
   *
   * @throws CommandFailed when DuckDB is not installed for this system; ExportCancelled
   */
  static async open(session: RecordedSession, reading: ReadOptions = {}): Promise<SessionDatabase> {
    const { DuckDBInstance } = await import('@duckdb/node-api').catch((error: Error) => {
      throw new CommandFailed(`SQL needs DuckDB, which could not be loaded here: ${error.message}`);
    });
    const folder = mkdtempSync(join(tmpdir(), 'gart-lab-sql-'));
    const files: PartFile[] = [];
    try {
      await exportParquet(
        session,
        table => {
          const file = partFile(join(folder, `${table.name}.parquet`));
          files.push(file);
          return file.sink;
        },
        reading,
      );
      for (const file of files.splice(0)) file.keep();
      const instance = await DuckDBInstance.create(':memory:', {
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      const connection = await instance.connect();
      for (const { name } of TABLES) {
        const path = join(folder, `${name}.parquet`).replaceAll("'", "''");
        await connection.run(`CREATE TABLE ${name} AS SELECT * FROM read_parquet('${path}')`);
      }
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      return new SessionDatabase(connection);
    } finally {
      for (const file of files) file.drop();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** @throws CommandFailed with DuckDB's own words when it does not understand the query */
  async ask(sql: string): Promise<SqlAnswer> {
    try {
      const reader = await this.connection.runAndReadAll(sql);
      return { columns: reader.columnNames(), rows: reader.getRows().map(row => row.map(plain)) };
    } catch (error) {
      throw new CommandFailed(`The query failed: ${(error as Error).message}`);
    }
  }

  close(): void {
    this.connection.closeSync();
  }
}
