/** What the SQL panel shows: the question, its answer, or why there is none. The database is loaded with the first question. */
import { signal } from '@preact/signals';
import type { SqlAnswer } from './sql_database.ts';

export const sqlText = signal(
  'SELECT name, count(*) AS events FROM events GROUP BY name ORDER BY events DESC',
);
export const sqlAnswer = signal<SqlAnswer | null>(null);
export const sqlFailure = signal('');
/** What is being waited for, in words; null: nothing. */
export const sqlBusy = signal<string | null>(null);

/** Ask, and show what comes. */
export async function askInPanel(sql: string): Promise<void> {
  sqlText.value = sql;
  if (sqlBusy.peek() !== null || sql.trim() === '') return;
  sqlFailure.value = '';
  sqlBusy.value = 'Loading DuckDB…';
  try {
    const { askSql } = await import('./sql_database.ts');
    sqlAnswer.value = await askSql(sql, doing => {
      sqlBusy.value = doing;
    });
  } catch (error) {
    sqlAnswer.value = null;
    sqlFailure.value = (error as Error).message;
  } finally {
    sqlBusy.value = null;
  }
}
