/** What the pointer stands on, beside it. */
import { signal } from '@preact/signals';
import { useEventRow } from '../state/event_row.ts';
import { duration, milliseconds, thousands } from '../state/numbers.ts';
import type { Hit } from './geometry.ts';

export const hover = signal<{
  readonly hit: Hit;
  readonly x: number;
  readonly y: number;
  readonly width: number;
} | null>(null);

/** Words for a number of merged spans. */
const MANY: Readonly<Record<string, string>> = {
  call: 'calls',
  wait: 'waits',
  fault: 'faults',
  walk: 'eviction walks',
  unmap: 'shoot-downs',
  copy: 'copies',
  job: 'jobs',
  'other work': 'pieces of work',
  emit: 'fences emitted',
  signal: 'fences signalled',
};

export function TimelineTip() {
  const shown = hover.value;
  const single = shown && shown.hit.span.count === 1 ? shown.hit.span.event : null;
  const row = useEventRow(single)?.row;
  const event = row ? `${row.name} ${row.text}` : '';
  if (!shown) return null;
  const { span, placed, text } = shown.hit;
  const long = Number.isFinite(span.end) ? span.end - span.start : null;
  const how = long === null ? 'not ended' : long === 0 ? 'takes no virtual time' : duration(long);
  const title =
    span.count > 1 ? `${thousands(span.count)} ${MANY[span.kind] ?? span.kind}` : (text ?? span.kind);
  const left = shown.x > shown.width / 2;
  return (
    <div
      class="timeline-tip"
      role="tooltip"
      style={{
        ...(left ? { right: `${shown.width - shown.x + 12}px` } : { left: `${shown.x + 12}px` }),
        top: `${Math.max(2, shown.y - 34)}px`,
      }}
    >
      <b>{title}</b>
      <span>
        {placed.track.name}, {milliseconds(span.start)} ms, {how}
      </span>
      {span.count > 1 ? <span>Press to zoom in.</span> : <span class="mono">{event}</span>}
    </div>
  );
}
