/** Tables that a session is exported as: columns by name, rows in batches. Every writer (CSV, JSON, Parquet, SQL) takes these. */

/** `int` whole numbers up to 2^53, `text` strings. Every column may be empty (null). */
export type ColumnType = 'int' | 'text';

export type Cell = number | string | null;

export interface TableShape {
  readonly name: string;
  /** What a row is, one sentence; goes into files that have room for it. */
  readonly about: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/** Rows of one table, column by column. */
export interface TableBatch {
  readonly table: TableShape;
  readonly count: number;
  /** In the order of the shape's columns. */
  readonly columns: readonly (readonly Cell[])[];
}

/** Collects rows of one table. */
export class TableRows {
  private columns: Cell[][];

  constructor(readonly table: TableShape) {
    this.columns = this.empty();
  }

  private empty(): Cell[][] {
    return Object.keys(this.table.columns).map(() => []);
  }

  get count(): number {
    return this.columns[0]!.length;
  }

  /** Values in the order of the columns. */
  add(...values: readonly Cell[]): void {
    for (let i = 0; i < this.columns.length; i++) this.columns[i]!.push(values[i] ?? null);
  }

  /** The rows since the last call. */
  take(): TableBatch {
    const batch = { table: this.table, count: this.count, columns: this.columns };
    this.columns = this.empty();
    return batch;
  }
}
