/** Questions in SQL to the session: ready ones, or one's own; the answer as a table of which only the rows in sight exist. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { SqlWords } from '../../core/public/questions.ts';
import { sayLine } from '../commands/command.ts';
import { ask, select } from '../state/actions.ts';
import { isGoing, objectsById, scene } from '../state/lab_store.ts';
import { counted, thousands } from '../state/numbers.ts';
import type { SqlAnswer, SqlValue } from '../state/sql_database.ts';
import { askInPanel, sqlAnswer, sqlBusy, sqlFailure, sqlText } from '../state/sql_panel.ts';
import { Panel } from './panel.tsx';
import { useVirtualRows } from './virtual_rows.ts';

const words = signal<SqlWords | null>(null);

/** Ask, and say so in the console. */
function run(sql: string): void {
  sayLine(`sql ${sql.replace(/\s+/g, ' ').trim()}`);
  void askInPanel(sql);
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
          disabled={isGoing.value || sqlBusy.value !== null}
          onClick={() => run(sql)}
        >
          {titleOf(name)}
        </button>
      ))}
    </div>
  );
}

function Question() {
  const going = isGoing.value;
  return (
    <form
      class="sql-question"
      onSubmit={event => {
        event.preventDefault();
        run(sqlText.value);
      }}
    >
      <textarea
        class="note-field mono"
        aria-label="Question in SQL"
        spellcheck={false}
        value={sqlText.value}
        onInput={event => {
          sqlText.value = event.currentTarget.value;
        }}
        onKeyDown={event => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          run(sqlText.value);
        }}
      />
      <div class="sql-tools">
        <button
          type="submit"
          class="button"
          title={going ? 'The scene runs; pause it first' : 'Ask (Ctrl+Enter)'}
          disabled={going || sqlBusy.value !== null || sqlText.value.trim() === ''}
        >
          Ask
        </button>
        <span class="mid" role="status" aria-label="State of the database">
          {sqlBusy.value ??
            (sqlAnswer.value
              ? `${counted(sqlAnswer.value.count, 'row')} in ${sqlAnswer.value.ms.toFixed(0)} ms`
              : '')}
        </span>
        <span class="grow" />
        {sqlAnswer.value && (
          <button
            type="button"
            class="button quiet"
            title="What can be asked for"
            onClick={() => {
              sqlAnswer.value = null;
            }}
          >
            Tables
          </button>
        )}
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
        tabIndex={-1}
        title={`Select object ${value}`}
        onClick={() => select({ kind: 'object', id: value })}
      >
        {value} <span class="mid">{objectsById.value.get(value)?.name}</span>
      </button>
    );
  return <>{typeof value === 'number' ? thousands(value) : String(value)}</>;
}

/** Enter on a row: the first object in it. */
function selectObject(event: KeyboardEvent): void {
  if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
  (event.currentTarget as HTMLElement).querySelector('button')?.click();
}

/** At least one row: what is not there has no list that keys could go through. */
function Answer({ of }: { readonly of: SqlAnswer }) {
  const box = useRef<HTMLDivElement>(null);
  const { items, before, after } = useVirtualRows(box, of.count);
  const { columns } = of;
  return (
    <section class="sql-answer" ref={box} aria-label="Rows">
      <table aria-label="Answer" aria-rowcount={of.count + 1}>
        <thead>
          <tr aria-rowindex={1}>
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
            <tr key={index} tabIndex={-1} aria-rowindex={index + 2} onKeyDown={selectObject}>
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
    </section>
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
              onClick={() => run(`SELECT * FROM ${name}`)}
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
        sqlFailure.value = error.message;
      },
    );
  }, [open]);
  return (
    <Panel name="SQL">
      {open ? (
        <div class="sql">
          <Ready />
          <Question />
          {sqlFailure.value !== '' && (
            <p class="report-problem" role="alert" aria-label="SQL failure">
              {sqlFailure.value}
            </p>
          )}
          {sqlAnswer.value === null && <Tables />}
          {sqlAnswer.value?.count === 0 && <p class="empty">No row answers this.</p>}
          {sqlAnswer.value && sqlAnswer.value.count > 0 && <Answer of={sqlAnswer.value} />}
        </div>
      ) : (
        <p class="empty">No scene is open.</p>
      )}
    </Panel>
  );
}
