/** Keys of the timeline while it has the focus. */
import { seek } from '../state/actions.ts';
import { view } from '../state/lab_store.ts';
import {
  followNewest,
  panBy,
  range,
  selectRange,
  showAll,
  showStart,
  timeWindow,
  zoomAt,
} from './timeline_store.ts';

/** Part of the window that an arrow moves. */
const ARROW = 0.12;
const ZOOM = 1.5;

function zoomMiddle(factor: number): void {
  const { from, to } = timeWindow.peek();
  const { time } = view.peek().status;
  // The playhead stays where it is when it is in sight.
  zoomAt(factor, time > from && time < to ? time : (from + to) / 2);
}

function seekBy(inputs: number): void {
  const { inputsDone, newest, running } = view.peek().status;
  const position = Math.max(0, Math.min(newest.inputsDone, inputsDone + inputs));
  if (!running && position !== inputsDone) void seek(position);
}

const KEYS: Readonly<Record<string, () => void>> = {
  ArrowLeft: () => panBy(-ARROW),
  ArrowRight: () => panBy(ARROW),
  PageUp: () => panBy(-0.9),
  PageDown: () => panBy(0.9),
  'Shift+ArrowLeft': () => seekBy(-1),
  'Shift+ArrowRight': () => seekBy(1),
  '+': () => zoomMiddle(ZOOM),
  '=': () => zoomMiddle(ZOOM),
  '-': () => zoomMiddle(1 / ZOOM),
  '0': showAll,
  Home: showStart,
  End: followNewest,
};

/** What the keys do, for people who cannot see it. */
export const KEYS_HELP =
  'Arrows move, plus and minus zoom, 0 shows everything, Home the start, End the newest instant. Shift with an arrow moves the playhead by one input. Escape takes a range back.';

/** Do what a key means here. */
export function onTimelineKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && range.peek() !== null) {
    selectRange(null);
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  const shift = event.shiftKey && event.key.length > 1 ? 'Shift+' : '';
  const act = KEYS[shift + event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
