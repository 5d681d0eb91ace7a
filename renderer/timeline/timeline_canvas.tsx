/** The canvas of the timeline: drawn when something of it changed, and never otherwise. */
import { effect, signal } from '@preact/signals';
import { useContext, useEffect, useRef } from 'preact/hooks';
import { PanelPlace } from '../dock/panel_place.tsx';
import { addBusyPart } from '../state/idle.ts';
import { selection, view } from '../state/lab_store.ts';
import { heldAt, isPlayheadMoving } from '../state/playhead.ts';
import { theme } from '../state/theme.ts';
import { takeTurns } from '../state/turns.ts';
import { drawTimeline } from './draw_timeline.ts';
import { type Frame, GUTTER, hitAt, TRACKS_TOP, timeOf } from './geometry.ts';
import { timelineColors } from './timeline_colors.ts';
import { KEYS_HELP, onTimelineKey } from './timeline_keys.ts';
import { followTimelinePointer } from './timeline_pointer.ts';
import { answer, isTimelineAsking, pictureWidth, range, timeWindow } from './timeline_store.ts';
import { hover } from './timeline_tip.tsx';
import { heightOf, placeTracks, trackAt } from './track_rows.ts';

const size = signal({ width: 0, height: 0 });
const scroll = signal(0);
const pointed = signal<number | null>(null);

function frameNow(): Frame {
  const { newest } = view.peek().status;
  return { ...size.peek(), window: timeWindow.peek(), newest: newest.time, scroll: scroll.peek() };
}

function paint(canvas: OffscreenCanvas): void {
  const { width, height } = size.peek();
  const shown = answer.peek();
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const { time, newest } = view.peek().status;
  const empty = { tracks: [], spans: [], flow: [], overview: new Uint32Array(0) };
  const none = { from: 0, dropped: 0, now: 0, nowEvents: 0, newest: 0, newestEvents: 0, newestPosition: 0 };
  drawTimeline(context, {
    frame: frameNow(),
    answer: shown ?? { ...empty, extent: none },
    placed: placeTracks(shown?.tracks ?? []),
    colors: timelineColors(),
    selection: selection.peek(),
    range: range.peek(),
    now: heldAt.peek() ?? time,
    newest: newest.time,
    pointed: pointed.peek(),
  });
}

export function TimelineCanvas() {
  const place = useContext(PanelPlace);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const [holder, element] = [box.current!, canvas.current!];
    // Text on a canvas that belongs to the page makes the browser bring the page's style up to date for every word.
    const surface = element.transferControlToOffscreen();
    const drawing = takeTurns(() => paint(surface));
    const sizes = new ResizeObserver(() => {
      const visible = place?.visible.peek() ?? true;
      size.value = { width: holder.clientWidth, height: holder.clientHeight };
      pictureWidth.value = visible ? Math.max(0, holder.clientWidth - GUTTER) : 0;
    });
    sizes.observe(holder);
    const stops = [
      effect(() => {
        const visible = place?.visible.value ?? true;
        pictureWidth.value = visible ? Math.max(0, size.value.width - GUTTER) : 0;
      }),
      effect(() => {
        // Read here, so that a change of any of them draws again.
        void [timeWindow.value, answer.value, range.value, selection.value, theme.value, heldAt.value];
        void [size.value, scroll.value, pointed.value, view.value.status];
        if (pictureWidth.value > 0) drawing.again();
      }),
      addBusyPart(() => isTimelineAsking() || isPlayheadMoving()),
      followTimelinePointer(element, {
        frame: frameNow,
        hit: (x, y) =>
          answer.peek() ? hitAt(frameNow(), placeTracks(answer.peek()!.tracks), answer.peek()!, x, y) : null,
        trackOf: y => trackAt(placeTracks(answer.peek()?.tracks ?? []), y - TRACKS_TOP + scroll.peek()),
        pointed: (x, y) => {
          pointed.value = x === null || x < GUTTER ? null : timeOf(frameNow(), x);
          const shown = answer.peek();
          const hit = x === null || !shown ? null : hitAt(frameNow(), placeTracks(shown.tracks), shown, x, y);
          hover.value = hit && x !== null ? { hit, x, y, width: size.peek().width } : null;
        },
      }),
    ];
    void document.fonts?.ready.then(() => paint(surface));
    return () => {
      sizes.disconnect();
      for (const stop of stops) stop();
      drawing.stop();
      pictureWidth.value = 0;
    };
  }, [place]);
  const tracks = answer.value?.tracks ?? [];
  const height = TRACKS_TOP + heightOf(placeTracks(tracks));
  return (
    <div
      class="timeline-scroll"
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the picture takes keys, and says which in its description.
      tabIndex={0}
      role="application"
      aria-label="Spans and events over virtual time"
      aria-description={KEYS_HELP}
      onKeyDown={onTimelineKey}
      onScroll={event => {
        scroll.value = event.currentTarget.scrollTop;
      }}
    >
      <canvas ref={canvas} class="timeline-canvas" />
      <div class="timeline-height" style={{ height: `${height}px` }} />
    </div>
  );
}
