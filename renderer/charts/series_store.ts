/** The columns of the charts: asked for again when the lab, the window of time or the width changes, while somebody looks. */
import { effect, signal } from '@preact/signals';
import type { SeriesAnswer } from '../../core/public/timeline_types.ts';
import { ask } from '../state/actions.ts';
import { fail, isGettingReady, scene, view } from '../state/lab_store.ts';
import { oneAtATime } from '../state/one_at_a_time.ts';
import { timeWindow } from '../timeline/timeline_store.ts';

/** Pixels of one bin. */
const BIN_PIXELS = 3;
const MOST_BINS = 400;

export const series = signal<SeriesAnswer | null>(null);
/** Width of the plots in pixels; 0 while nobody looks. */
export const plotsWidth = signal(0);

const asking = oneAtATime(fetchSeries, error => {
  if (scene.peek() !== null) fail(error instanceof Error ? error.message : String(error));
});

/** A question is under way. */
export const isSeriesAsking = () => asking.busy;

async function fetchSeries(): Promise<void> {
  const window = timeWindow.peek();
  const { newest } = view.peek().status;
  const from = Math.max(0, window.from);
  const to = Math.min(window.to, newest.time);
  const asked = scene.peek();
  if (asked === null || isGettingReady.peek() || plotsWidth.peek() === 0) return;
  if (to <= from) {
    series.value = null;
    return;
  }
  const bins = Math.max(8, Math.min(MOST_BINS, Math.floor(plotsWidth.peek() / BIN_PIXELS)));
  const answer = await ask('series', { from, to, bins });
  if (scene.peek() === asked) series.value = answer;
}

/** Keep the columns up to date. @returns stops */
export function followLabSeries(): () => void {
  let known: unknown = null;
  return effect(() => {
    if (scene.value !== known) {
      known = scene.value;
      series.value = null;
    }
    const { number } = view.value.status;
    const { from, to } = timeWindow.value;
    if (plotsWidth.value > 0 && number > 0 && to > from) asking.again();
  });
}

/** Number of the bin that holds a moment; -1 outside. */
export function binAt({ time }: SeriesAnswer, moment: number): number {
  const count = time.length;
  if (count === 0) return -1;
  const width = count > 1 ? time[1]! - time[0]! : time[0]!;
  const bin = Math.ceil((moment - time[0]!) / width);
  return moment < time[0]! - width || bin > count ? -1 : Math.max(0, Math.min(count - 1, bin));
}
