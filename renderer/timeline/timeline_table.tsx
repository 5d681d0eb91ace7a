/** The timeline as text: the spans of the window of time, in order, each a row that selects its event. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TimelineRow } from '../../core/public/timeline_types.ts';
import { useRowKeys } from '../panels/row_keys.ts';
import { ask, select } from '../state/actions.ts';
import { selection, view } from '../state/lab_store.ts';
import { duration, milliseconds, thousands } from '../state/numbers.ts';
import { pictureWidth, timeWindow } from './timeline_store.ts';

const MOST_ROWS = 500;
/** The statistics below go on while the rows take the place of the picture. */
const WIDTH_FOR_SUMS = 100;

function long(row: TimelineRow): string {
  return Number.isFinite(row.end) ? duration(row.end - row.start) : 'not ended';
}

export function TimelineTable() {
  const [rows, setRows] = useState<readonly TimelineRow[]>([]);
  const [more, setMore] = useState(false);
  const { from, to } = timeWindow.value;
  const { number } = view.value.status;
  useEffect(() => {
    let wanted = true;
    ask('timelineRows', { from, to, most: MOST_ROWS }).then(
      answer => {
        if (!wanted) return;
        setRows(answer.rows);
        setMore(answer.more);
      },
      () => wanted && setRows([]),
    );
    return () => {
      wanted = false;
    };
  }, [from, to, number]);
  useEffect(() => {
    pictureWidth.value = WIDTH_FOR_SUMS;
    return () => {
      pictureWidth.value = 0;
    };
  }, []);
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box, 'tbody tr');
  const now = selection.value;
  return (
    <div class="scroll" ref={box}>
      <table class="timeline-table" aria-label="Spans in view">
        <thead>
          <tr>
            <th class="num">ms, virtual</th>
            <th class="num">Takes</th>
            <th>Track</th>
            <th>What</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(row => {
            const chosen = now?.kind === 'event' && now.index === row.event;
            const related = now?.kind === 'object' && now.id === row.objectId;
            const open = () => select({ kind: 'event', index: row.event });
            return (
              <tr
                key={`${row.event} ${row.kind}`}
                tabIndex={-1}
                aria-selected={chosen}
                class={chosen ? 'selected' : related ? 'related' : ''}
                onClick={open}
                onKeyDown={event => {
                  if (event.key !== 'Enter' && event.key !== ' ') return;
                  event.preventDefault();
                  open();
                }}
              >
                <td class="num">{milliseconds(row.start)}</td>
                <td class="num">{long(row)}</td>
                <td>{row.track}</td>
                <td>{row.text}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length === 0 && <p class="empty">Nothing happened in this part of time.</p>}
      {more && <p class="empty">The first {thousands(MOST_ROWS)} spans. Zoom in for the others.</p>}
    </div>
  );
}
