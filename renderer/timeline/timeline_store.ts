/**
 * What the timeline shows: the window of time, the range that is selected, and the lab's newest answer. Asked for again when the
 * picture or the lab changes, one question at a time, and only while somebody looks.
 */
import { batch, effect, signal } from '@preact/signals';
import type { RangeStatistics, TimelineAnswer } from '../../core/public/timeline_types.ts';
import { ask } from '../state/actions.ts';
import { equalText } from '../state/equal_text.ts';
import { fail, isGettingReady, scene, selection, view } from '../state/lab_store.ts';
import { oneAtATime } from '../state/one_at_a_time.ts';
import {
  allOf,
  atNewest,
  FIRST_NS,
  type Following,
  keepInside,
  lengthOf,
  pan,
  reveal,
  type TimeWindow,
  zoom,
} from './time_window.ts';

/** Columns of the overview strip. */
const OVERVIEW_COLUMNS = 240;
/** What is asked for beyond each side of the window, so that moving it shows something at once. */
const MARGIN = 0.5;

export const timeWindow = signal<TimeWindow>({ from: 0, to: FIRST_NS });
export const following = signal<Following>('all');
/** Selected by a drag; null: nothing. */
export const range = signal<TimeWindow | null>(null);
export const answer = signal<TimelineAnswer | null>(null);
export const statistics = signal<RangeStatistics | null>(null);
export const asTable = signal(false);
/** Width of the picture in pixels; 0 while nobody looks. */
export const pictureWidth = signal(0);

const asking = oneAtATime(fetchPicture, error => {
  // Between two scenes there is nothing to ask about; anything else is said.
  if (scene.peek() !== null && view.peek().status.number > 0) {
    fail(error instanceof Error ? error.message : String(error));
  }
});

/** A question is under way. */
export const isTimelineAsking = () => asking.busy;

/** What exists: from the oldest event held to the newest instant. */
export function extent(): { readonly from: number; readonly newest: number } {
  const from = answer.peek()?.extent.from ?? 0;
  return { from, newest: Math.max(from, view.peek().status.newest.time) };
}

async function fetchPicture(): Promise<void> {
  const width = pictureWidth.peek();
  const { from, to } = timeWindow.peek();
  const asked = scene.peek();
  if (width === 0 || asked === null || isGettingReady.peek()) return;
  const margin = (to - from) * MARGIN;
  const shown = range.peek() ?? { from, to };
  const [picture, sums] = await Promise.all([
    ask('timeline', {
      from: from - margin,
      to: to + margin,
      pixels: Math.ceil(width * (1 + 2 * MARGIN)),
      selection: selection.peek(),
      tracks: null,
      overview: OVERVIEW_COLUMNS,
    }),
    ask('timelineRange', shown),
  ]);
  // Of the scene before.
  if (scene.peek() !== asked) return;
  batch(() => {
    answer.value = picture;
    if (!equalText(sums, statistics.peek())) statistics.value = sums;
  });
}

let followers = 0;
let stopFollowing: (() => void) | null = null;

/** Keep the window and the answer up to date; the timeline and the charts both ask for it. @returns stops */
export function followLabTimeline(): () => void {
  followers++;
  stopFollowing ??= startFollowing();
  return () => {
    followers--;
    if (followers > 0) return;
    stopFollowing?.();
    stopFollowing = null;
  };
}

function startFollowing(): () => void {
  let known: unknown = null;
  return effect(() => {
    const { newest, number } = view.value.status;
    if (scene.value !== known) {
      known = scene.value;
      batch(() => {
        answer.value = null;
        statistics.value = null;
        range.value = null;
        following.value = 'all';
      });
    }
    const { from } = answer.peek()?.extent ?? { from: 0 };
    if (following.value === 'all') setWindow(allOf(from, newest.time));
    else if (following.value === 'newest') setWindow(atNewest(timeWindow.peek(), from, newest.time));
    // Read here so that each of them asks again.
    if ([timeWindow.value, range.value, selection.value, number].length > 0 && pictureWidth.value > 0) {
      asking.again();
    }
  });
}

function setWindow(next: TimeWindow): void {
  const now = timeWindow.peek();
  if (now.from !== next.from || now.to !== next.to) timeWindow.value = next;
}

/** A person moved the window: it follows nothing any more. */
function moveTo(next: TimeWindow): void {
  const { from, newest } = extent();
  batch(() => {
    following.value = 'nothing';
    setWindow(keepInside(next, from, newest));
  });
}

export const zoomAt = (factor: number, at: number) => moveTo(zoom(timeWindow.peek(), factor, at));
export const panBy = (part: number) => moveTo(pan(timeWindow.peek(), part));
export const showWindow = (next: TimeWindow) => moveTo(next);

/** Put the middle of the window at a moment. */
export function centerAt(time: number): void {
  const length = lengthOf(timeWindow.peek());
  moveTo({ from: time - length / 2, to: time + length / 2 });
}

export function showAll(): void {
  const { from, newest } = extent();
  batch(() => {
    following.value = 'all';
    setWindow(allOf(from, newest));
  });
}

export function showStart(): void {
  const { from } = extent();
  const length = lengthOf(timeWindow.peek());
  moveTo({ from, to: from + length });
}

export function followNewest(): void {
  const { from, newest } = extent();
  batch(() => {
    following.value = 'newest';
    setWindow(atNewest(timeWindow.peek(), from, newest));
  });
}

/** Bring the selection into sight: the chain that it belongs to, or the span that holds it. */
export function revealSelection(): void {
  const flow = answer.peek()?.flow ?? [];
  if (flow.length === 0) return;
  const start = Math.min(...flow.map(step => step.start));
  const ends = flow.map(step => (Number.isFinite(step.end) ? step.end : step.start));
  moveTo(reveal(timeWindow.peek(), start, Math.max(...ends)));
}

/** Select a range and show all of it; null selects none. */
export function selectRange(next: TimeWindow | null): void {
  range.value = next;
}
