/** Questions in SQL to the session: ready ones, or one's own; the answer as a table of which only the rows in sight exist. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { SqlWords } from '../../core/public/questions.ts';
import { sayLine } from '../commands/command.ts';
import { ask, select } from '../state/actions.ts';
import { scene, view } from '../state/lab_store.ts';
import { counted, thousands } from '../state/numbers.ts';
import { askSql, type SqlAnswer, type SqlValue, sqlBusy } from '../state/sql_database.ts';
import { Panel } from './panel.tsx';
import { useVirtualRows } from './virtual_rows.ts';

const words = signal<SqlWords | null>(null);
const text = signal('SELECT name, count(*) AS events FROM events GROUP BY name ORDER BY events DESC');
const answer = signal<SqlAnswer | null>(null);
const failure = signal('');

async function run(sql: string): Promise<void> {
  text.value = sql;
  if (sqlBusy.peek() !== null || sql.trim() === '') return;
  sayLine(`sql ${sql.replace(/\s+/g, ' ').trim()}`);
  failure.value = '';
  try {
    answer.value = await askSql(sql);
  } catch (error) {
    answer.value = null;
    failure.value = (error as Error).message;
  }
}

const titleOf = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');

function Ready() {
  return (
    <div class="sql-ready">
      {words.value?.ready.map(({ name, about, sql }) => (
        <button
          type="button"
          class="button"
          key={name}
          title={about}
          disabled={view.value.status.running || sqlBusy.value !== null}
          onClick={() => void run(sql)}
        >
          {titleOf(name)}
        </button>
      ))}
    </div>
  );
}

function Question() {
  const { running } = view.value.status;
  return (
    <form
      class="sql-question"
      onSubmit={event => {
        event.preventDefault();
        void run(text.value);
      }}
    >
      <textarea
        class="note-field mono"
        aria-label="Question in SQL"
        rows={4}
        spellcheck={false}
        value={text.value}
        onInput={event => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={event => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void run(text.value);
        }}
      />
      <div class="sql-tools">
        <button
          type="submit"
          class="button"
          title={running ? 'The scene runs; pause it first' : 'Ask (Ctrl+Enter)'}
          disabled={running || sqlBusy.value !== null || text.value.trim() === ''}
        >
          Ask
        </button>
        <span class="mid" role="status" aria-label="State of the database">
          {sqlBusy.value ??
            (answer.value ? `${counted(answer.value.count, 'row')} in ${answer.value.ms.toFixed(0)} ms` : '')}
        </span>
      </div>
    </form>
  );
}

const OBJECT = /^(object|for_object)$/;

function Value({ name, value }: { readonly name: string; readonly value: SqlValue }) {
  if (value === null) return <span class="dim">–</span>;
  if (OBJECT.test(name) && typeof value === 'number' && value > 0)
    return (
      <button
        type="button"
        class="sql-object"
        title={`Select object ${value}`}
        onClick={() => select({ kind: 'object', id: value })}
      >
        {value}
      </button>
    );
  return <>{typeof value === 'number' ? thousands(value) : String(value)}</>;
}

function Answer({ of }: { readonly of: SqlAnswer }) {
  const box = useRef<HTMLDivElement>(null);
  const { items, before, after } = useVirtualRows(box, of.count);
  const { columns } = of;
  if (of.count === 0) return <p class="empty">No row answers this.</p>;
  return (
    <div class="sql-answer" ref={box} tabIndex={-1}>
      <table aria-label="Answer" aria-rowcount={of.count + 1}>
        <thead>
          <tr>
            {columns.map(({ name, isNumber }) => (
              <th key={name} class={isNumber ? 'num' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr class="spacer" style={{ height: `${before}px` }} />}
          {items.map(({ index }) => (
            <tr key={index} aria-rowindex={index + 2}>
              {columns.map(({ name, isNumber }, column) => {
                const value = of.valueAt(index, column);
                return (
                  <td key={name} class={isNumber ? 'num' : ''} title={value === null ? '' : String(value)}>
                    <Value name={name} value={value} />
                  </td>
                );
              })}
            </tr>
          ))}
          {after > 0 && <tr class="spacer" style={{ height: `${after}px` }} />}
        </tbody>
      </table>
    </div>
  );
}

function Tables() {
  return (
    <dl class="sql-tables" aria-label="Tables">
      {words.value?.tables.map(({ name, about, columns }) => (
        <div key={name}>
          <dt>
            <button
              type="button"
              class="mono"
              title={`Ask for ${name}`}
              onClick={() => void run(`SELECT * FROM ${name}`)}
            >
              {name}
            </button>
            <span class="mono dim">({columns.join(', ')})</span>
          </dt>
          <dd class="mid">{about}</dd>
        </div>
      ))}
    </dl>
  );
}

export function SqlPanel() {
  const open = scene.value !== null;
  useEffect(() => {
    if (!open || words.peek()) return;
    ask('sqlWords', {}).then(
      found => {
        words.value = found;
      },
      (error: Error) => {
        failure.value = error.message;
      },
    );
  }, [open]);
  return (
    <Panel name="SQL">
      {open ? (
        <div class="sql">
          <Ready />
          <Question />
          {failure.value !== '' && (
            <p class="report-problem" role="alert" aria-label="SQL failure">
              {failure.value}
            </p>
          )}
          {answer.value ? <Answer of={answer.value} /> : <Tables />}
        </div>
      ) : (
        <p class="empty">No scene is open.</p>
      )}
    </Panel>
  );
}
