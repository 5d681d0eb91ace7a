/** What a pointer does in the timeline: the ruler moves the playhead, a drag selects a range, a press selects a span, the wheel zooms. */
import { select } from '../state/actions.ts';
import { holdAt, seekTime } from '../state/playhead.ts';
import { type Frame, GUTTER, type Hit, plotWidth, timeOf, zoneAt } from './geometry.ts';
import { centerAt, extent, panBy, selectRange, zoomAt } from './timeline_store.ts';
import type { PlacedTrack } from './track_rows.ts';

/** Pixels that a press may move and still be a press. */
const SLACK = 4;
/** Zoom of one notch of a wheel. */
const NOTCH = 1.25;

export interface PointerEnds {
  readonly frame: () => Frame;
  readonly hit: (x: number, y: number) => Hit | null;
  readonly trackOf: (y: number) => PlacedTrack | undefined;
  /** The pointer stands here; null: it left. */
  readonly pointed: (x: number | null, y: number) => void;
}

function overviewTime(frame: Frame, x: number): number {
  const { from, newest } = extent();
  return from + ((x - GUTTER) / plotWidth(frame)) * (newest - from);
}

/** Select what a span stands for. One that stands for many is zoomed into. */
function press(hit: Hit): void {
  const { span } = hit;
  if (span.count > 1) {
    const middle = (span.start + span.end) / 2;
    zoomAt(8, middle);
    return;
  }
  select({ kind: 'event', index: span.event });
}

/** Follow the pointer over the canvas. @returns stops */
export function followTimelinePointer(canvas: HTMLCanvasElement, ends: PointerEnds): () => void {
  let began: { x: number; y: number; zone: string; moved: boolean; pans: boolean } | null = null;
  let last = 0;
  const place = (event: MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const onDown = (event: PointerEvent) => {
    if (event.button > 1) return;
    const { x, y } = place(event);
    const zone = zoneAt(x, y);
    const pans = event.button === 1 || event.shiftKey;
    began = { x, y, zone, moved: false, pans };
    last = x;
    canvas.setPointerCapture(event.pointerId);
    if (zone === 'ruler') holdAt(timeOf(ends.frame(), x));
    if (zone === 'overview') centerAt(overviewTime(ends.frame(), x));
  };
  const onMove = (event: PointerEvent) => {
    const { x, y } = place(event);
    ends.pointed(x, y);
    if (!began) return;
    if (Math.abs(x - began.x) > SLACK) began.moved = true;
    const frame = ends.frame();
    if (began.zone === 'ruler') holdAt(timeOf(frame, x));
    else if (began.zone === 'overview') centerAt(overviewTime(frame, x));
    else if (began.zone === 'tracks' && began.moved) {
      if (began.pans) panBy((last - x) / plotWidth(frame));
      else {
        const [from, to] = [Math.min(began.x, x), Math.max(began.x, x)];
        selectRange({ from: timeOf(frame, Math.max(GUTTER, from)), to: timeOf(frame, to) });
      }
    }
    last = x;
  };
  const onUp = (event: PointerEvent) => {
    if (!began) return;
    const { x, y } = place(event);
    const { zone, moved } = began;
    began = null;
    if (zone === 'ruler') void seekTime(timeOf(ends.frame(), x));
    else if (!moved && zone === 'tracks') {
      const hit = ends.hit(x, y);
      if (hit) press(hit);
    } else if (!moved && zone === 'names') {
      const pid = ends.trackOf(y)?.track.pid;
      if (pid !== undefined && pid !== null) select({ kind: 'task', pid });
    }
  };
  const onCancel = () => {
    began = null;
  };
  const onLeave = () => ends.pointed(null, 0);
  const onWheel = (event: WheelEvent) => {
    const { x, y } = place(event);
    // Over the names the wheel scrolls the tracks.
    if (zoneAt(x, y) === 'names') return;
    event.preventDefault();
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (Math.abs(sideways) > Math.abs(event.deltaY) || event.shiftKey) {
      panBy(sideways / plotWidth(ends.frame()));
      return;
    }
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY / 3 : event.deltaY / 100;
    zoomAt(NOTCH ** -Math.max(-4, Math.min(4, lines)), timeOf(ends.frame(), x));
  };
  canvas.addEventListener('pointerdown', onDown);
  canvas.addEventListener('pointermove', onMove);
  canvas.addEventListener('pointerup', onUp);
  canvas.addEventListener('pointercancel', onCancel);
  canvas.addEventListener('pointerleave', onLeave);
  canvas.addEventListener('wheel', onWheel, { passive: false });
  return () => {
    canvas.removeEventListener('pointerdown', onDown);
    canvas.removeEventListener('pointermove', onMove);
    canvas.removeEventListener('pointerup', onUp);
    canvas.removeEventListener('pointercancel', onCancel);
    canvas.removeEventListener('pointerleave', onLeave);
    canvas.removeEventListener('wheel', onWheel);
  };
}
