/** The event list: only the rows in sight exist; it follows the newest event until somebody scrolls up. */
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { EventRow, Selection } from '../../core/public/view_types.ts';
import { select } from '../state/actions.ts';
import { rowHeight } from '../state/css_tokens.ts';
import { events, selection } from '../state/lab_store.ts';
import { counted, milliseconds, thousands } from '../state/numbers.ts';
import { memo } from './memo.ts';
import { Panel } from './panel.tsx';
import { useRowKeys } from './row_keys.ts';

/** Rows kept above and below the ones in sight. */
const SPARE = 6;

const top = signal(0);
const height = signal(200);

const BAD = /SIGBUS|SIGSEGV|OOM|error|fail|lost/i;

interface RowProps {
  readonly event: EventRow;
  /** Of the rows of the list, from 0. */
  readonly place: number;
  readonly of: number;
  /** Pixels from the top of the list. */
  readonly top: number;
  readonly mark: 'selected' | 'related' | '';
}

function markOf(event: EventRow, now: Selection | null): RowProps['mark'] {
  if (now?.kind === 'event' && now.index === event.index) return 'selected';
  return now?.kind === 'object' && event.objectId === now.id ? 'related' : '';
}

const Row = memo(function Row({ event, place, of, top, mark }: RowProps) {
  const bad = BAD.test(event.text) || BAD.test(event.name);
  return (
    <button
      type="button"
      role="option"
      aria-posinset={place + 1}
      aria-setsize={of}
      aria-selected={mark === 'selected'}
      class={`event ${mark} ${bad ? 'bad' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      title={`${event.name} ${event.text}`}
      onClick={() => select({ kind: 'event', index: event.index })}
    >
      <span class="index">{thousands(event.index)}</span>
      <span class="time">{milliseconds(event.time)}</span>
      <span class="who">{event.task}</span>
      <span class="what">{event.name}</span>
      <span class="fields">{event.text}</span>
    </button>
  );
});

/** Bring a row into sight, if it is not there. */
function scrollToRow(box: HTMLElement, start: number, row: number): void {
  if (start < box.scrollTop) box.scrollTop = start;
  else if (start + row > box.scrollTop + box.clientHeight) box.scrollTop = start + row - box.clientHeight;
}

function Rows() {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const rows = events.value;
  const now = selection.value;
  const row = rowHeight();
  useEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current!;
    if (follows.current) element.scrollTop = element.scrollHeight;
    top.value = element.scrollTop;
  }, [rows, height.value]);
  useRowKeys(box, '.event', {
    count: rows.length,
    firstInSight: () => Math.ceil(top.value / row),
    scrollTo: index => scrollToRow(box.current!, index * row, row),
  });
  const first = Math.max(0, Math.floor(top.value / row) - SPARE);
  const last = Math.min(rows.length, Math.ceil((top.value + height.value) / row) + SPARE);
  return (
    <div
      class="scroll"
      ref={box}
      onScroll={event => {
        const element = event.currentTarget;
        follows.current = element.scrollTop + element.clientHeight >= element.scrollHeight - row;
        top.value = element.scrollTop;
      }}
    >
      <div
        class="events"
        role="listbox"
        aria-label="Events"
        tabIndex={-1}
        style={{ height: `${rows.length * row}px` }}
      >
        {rows.slice(first, last).map((event, i) => (
          <Row
            key={event.index}
            event={event}
            place={first + i}
            of={rows.length}
            top={(first + i) * row}
            mark={markOf(event, now)}
          />
        ))}
      </div>
      {rows.length === 0 && <p class="empty">No event yet.</p>}
    </div>
  );
}

export function LogPanel() {
  const rows = events.value;
  const dropped = rows[0]?.index ?? 0;
  const meta =
    rows.length === 0
      ? ''
      : `${counted(rows.length, 'event')}${dropped > 0 ? `, ${thousands(dropped)} older ones not kept` : ''}`;
  return (
    <Panel name="Log" meta={meta}>
      <div class="split">
        <div class="event-heads" aria-hidden="true">
          <span class="num">Event</span>
          <span class="num">ms, virtual</span>
          <span class="who">Task</span>
          <span>Tracepoint</span>
          <span>Fields</span>
        </div>
        <Rows />
      </div>
    </Panel>
  );
}
