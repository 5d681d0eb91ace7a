/** What differs between two moments, as rows by kind. */
import { DIFF_KINDS, type DiffRowView } from '../../core/public/session_types.ts';
import { comparing, comparison, diffWithHere } from '../state/differences.ts';
import { notes, view } from '../state/lab_store.ts';
import { counted, milliseconds, thousands } from '../state/numbers.ts';
import { Panel } from './panel.tsx';

const TITLES: Record<DiffRowView['kind'], string> = {
  moment: 'Moments',
  placement: 'Memories',
  object: 'Objects',
  map: 'Page-table entries of mappings',
  lru: 'LRU order',
  counter: 'Counters',
};

function valueText(row: DiffRowView, value: DiffRowView['before']): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  return row.name === 'time' ? `${milliseconds(value)} ms` : thousands(value);
}

/** By how much a number changed. */
function changeText({ name, before, after, what }: DiffRowView): string {
  const old = before ?? 0;
  const now = after ?? 0;
  if (typeof old === 'string' || typeof now === 'string') return '';
  if (name === 'time' || what === 'first page' || what === 'GART entry') return '';
  return `${now > old ? '+' : '−'}${thousands(Math.abs(now - old))}`;
}

function Rows({ rows }: { readonly rows: readonly DiffRowView[] }) {
  return (
    <table class="differences">
      <thead>
        <tr>
          <th>Name</th>
          <th>What</th>
          <th>Before</th>
          <th>After</th>
          <th class="num">Change</th>
        </tr>
      </thead>
      {DIFF_KINDS.map(kind => {
        const of = rows.filter(row => row.kind === kind);
        if (of.length === 0) return null;
        return (
          <tbody key={kind}>
            <tr>
              <th colSpan={5} scope="rowgroup">
                {TITLES[kind]} <span class="dim">{of.length}</span>
              </th>
            </tr>
            {of.map(row => (
              <tr key={`${row.name} ${row.what}`}>
                <td class="wraps">{row.name}</td>
                <td class="mid">{row.what}</td>
                <td class="wraps">{valueText(row, row.before)}</td>
                <td class="wraps">{valueText(row, row.after)}</td>
                <td class="num mid">{changeText(row)}</td>
              </tr>
            ))}
          </tbody>
        );
      })}
    </table>
  );
}

export function DifferencesPanel() {
  const now = comparison.value;
  const here = view.value.status.inputsDone;
  const bookmarks = notes.value.filter(({ kind, position }) => kind === 'bookmark' && position !== here);
  return (
    <Panel name="Differences" meta={now ? counted(now.rows.length, 'difference') : ''}>
      <div class="diff-body">
        <div class="diff-tools">
          {now && (
            <span>
              Input <b>{thousands(now.from)}</b> <span class="dim">{milliseconds(now.fromTime)} ms</span> to
              input <b>{thousands(now.to)}</b> <span class="dim">{milliseconds(now.toTime)} ms</span>
            </span>
          )}
          <span class="grow" />
          {bookmarks.slice(0, 4).map(note => (
            <button
              type="button"
              class="button"
              key={`${note.position} ${note.text}`}
              title={`Compare ${note.text} with the moment that the window shows`}
              onClick={() => void diffWithHere(note.position)}
            >
              Input {thousands(note.position)} with here
            </button>
          ))}
        </div>
        {now && now.rows.length > 0 && <Rows rows={now.rows} />}
        {now && now.rows.length === 0 && <p class="empty">The two moments are equal.</p>}
        {comparing.value && <p class="empty">Comparing…</p>}
        {!now && !comparing.value && (
          <p class="empty">
            {bookmarks.length > 0
              ? 'Choose a bookmark to compare it with the moment that the window shows.'
              : 'Put a bookmark at one moment, go to another, and compare the two here.'}
          </p>
        )}
      </div>
    </Panel>
  );
}
