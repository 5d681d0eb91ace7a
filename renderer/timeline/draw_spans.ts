/**
 * Spans as the design draws them: grey is work, hatched is waiting, a red outline is a fault, placement colour is bytes; a copy has the
 * colour of its target with a cap in that of its source. What lies behind the playhead is an outline: known, but not yet.
 */
import {
  countSpans,
  type TimelineSpan,
  type TimelineSpans,
  unpackSpan,
} from '../../core/public/timeline_types.ts';
import type { Selection } from '../../core/public/view_types.ts';
import { edgesOf, type Frame, GUTTER } from './geometry.ts';
import { hatchOf } from './hatch.ts';
import type { TimelineColors } from './timeline_colors.ts';
import { type PlacedTrack, SPAN_HEIGHT, spanTop } from './track_rows.ts';

/** Pixels of a copy's cap. */
const CAP = 5;
const TEXT_ROOM = 5;
/** Pixels beyond the borders that are still drawn. */
const BEYOND = 32;
/** Half the size of a fence's marks. */
const DOT = 3;

/** Of a canvas in the page or of none. */
export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export interface Pen {
  readonly context: Context;
  readonly frame: Frame;
  readonly colors: TimelineColors;
  readonly selection: Selection | null;
  /** Pixels at which the future begins. */
  readonly nowX: number;
  readonly measure: (text: string) => number;
}

/** Texts of a row of fences, which overlap: they are drawn over all lines, and never over each other. */
type FenceTexts = {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly lit: boolean;
}[];

/** The span is the selection, or shows its object. */
export function isLit(span: TimelineSpan, selection: Selection | null): boolean {
  if (span.selected) return true;
  return selection?.kind === 'object' && span.count === 1 && span.objectId === selection.id;
}

function hatch({ context, colors }: Pen, left: number, top: number, width: number): void {
  const strokes = hatchOf(context, colors.control);
  if (!strokes) return;
  context.fillStyle = strokes;
  context.fillRect(left, top, width, SPAN_HEIGHT);
}

function box({ context }: Pen, left: number, top: number, width: number, color: string): void {
  context.strokeStyle = color;
  context.lineWidth = 1;
  if (width <= 2) {
    context.fillStyle = color;
    context.fillRect(left, top, width, SPAN_HEIGHT);
  } else context.strokeRect(left + 0.5, top + 0.5, width - 1, SPAN_HEIGHT - 1);
}

function fillOf(span: TimelineSpan, colors: TimelineColors): string {
  if (span.kind === 'copy') {
    const place = span.to ?? span.from;
    return place ? colors.placement[place] : colors.busy;
  }
  if (span.kind === 'job' || span.kind === 'unmap') return colors.busy;
  return colors.busy;
}

/** The part that has happened: filled. */
function drawPast(pen: Pen, span: TimelineSpan, left: number, top: number, width: number): void {
  const { context, colors } = pen;
  if (span.kind === 'wait') {
    context.fillStyle = colors.work;
    context.fillRect(left, top, width, SPAN_HEIGHT);
    hatch(pen, left, top, width);
    return;
  }
  if (span.kind === 'fault') {
    context.globalAlpha = 0.24;
    context.fillStyle = colors.fault;
    context.fillRect(left, top, width, SPAN_HEIGHT);
    context.globalAlpha = 1;
    box(pen, left, top, width, colors.fault);
    return;
  }
  // Calls of no length stand close together: narrow ones are quieter, so that a crowd does not shout.
  context.fillStyle = width <= 3 && span.kind !== 'copy' ? colors.control : fillOf(span, colors);
  context.fillRect(left, top, width, SPAN_HEIGHT);
  if (span.kind === 'copy' && span.from && span.from !== span.to && width > CAP + 2) {
    context.fillStyle = colors.placement[span.from];
    context.fillRect(left, top, CAP, SPAN_HEIGHT);
    context.fillStyle = colors.ground;
    context.fillRect(left + CAP, top, 1, SPAN_HEIGHT);
  }
}

function outlineOf(span: TimelineSpan, colors: TimelineColors): string {
  if (span.kind === 'fault') return colors.fault;
  if (span.kind === 'copy') {
    const place = span.to ?? span.from;
    if (place) return colors.placement[place];
  }
  return colors.control;
}

function drawFence(
  pen: Pen,
  span: TimelineSpan,
  top: number,
  text: string | undefined,
  lit: boolean,
  texts: FenceTexts,
): void {
  const { context, frame, colors, nowX } = pen;
  const [left, right] = edgesOf(frame, span);
  const y = top + SPAN_HEIGHT / 2;
  const color = lit ? colors.select : colors.text;
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = lit ? 1.5 : 1;
  if (span.kind === 'emit') {
    if (span.count > 1) {
      context.fillStyle = colors.control;
      context.fillRect(left, y - DOT, Math.max(2, right - left), DOT * 2);
      return;
    }
    context.beginPath();
    context.arc(left, y, DOT - 0.5, 0, Math.PI * 2);
    context.fillStyle = colors.panel;
    context.fill();
    context.stroke();
    return;
  }
  const x = right - (right - left > 2 ? 0 : 1);
  if (right - left > 4 * DOT) {
    context.beginPath();
    context.moveTo(Math.max(GUTTER, left + DOT), y);
    context.lineTo(x - DOT, y);
    context.stroke();
    if (text !== undefined) {
      context.font = lit ? colors.boldFont : colors.smallFont;
      const width = context.measureText(text).width;
      const shown = Math.max(left, GUTTER);
      const at = shown + (x - shown - width) / 2;
      const free = texts.every(other => at + width + 6 < other.left || at - 6 > other.right);
      if (x - shown > width + 28 && free) texts.push({ text, left: at, right: at + width, lit });
    }
  }
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(x, y - DOT - 1);
  context.lineTo(x + DOT + 1, y);
  context.lineTo(x, y + DOT + 1);
  context.lineTo(x - DOT - 1, y);
  context.closePath();
  if (x > nowX) context.stroke();
  else context.fill();
}

function drawFenceTexts({ context, colors, nowX }: Pen, top: number, texts: FenceTexts): void {
  for (const { text, left, right, lit } of texts) {
    context.fillStyle = right > nowX ? colors.ground : colors.panel;
    context.fillRect(left - 3, top, right - left + 6, SPAN_HEIGHT);
    context.font = lit ? colors.boldFont : colors.smallFont;
    context.fillStyle = lit ? colors.strong : colors.text;
    context.fillText(text, left, top + SPAN_HEIGHT / 2 + 0.5);
  }
}

/** A text cut to the room that there is; empty when nothing of it would say anything. */
function fitted(text: string, room: number, measure: Pen['measure']): string {
  if (room < 14) return '';
  if (measure(text) <= room) return text;
  let length = Math.min(text.length - 1, Math.floor(text.length * (room / measure(text))));
  while (length > 2 && measure(`${text.slice(0, length)}…`) > room) length--;
  return length > 2 ? `${text.slice(0, length).trimEnd()}…` : '';
}

function drawText(
  pen: Pen,
  span: TimelineSpan,
  text: string,
  left: number,
  right: number,
  top: number,
  nextX: number,
  taken: [from: number, to: number][],
): void {
  const { context, colors, frame, nowX } = pen;
  const shown = Math.max(left, GUTTER);
  const end = Math.min(right, frame.width);
  const y = top + SPAN_HEIGHT / 2 + 0.5;
  const cap = span.kind === 'copy' && span.from && span.from !== span.to ? CAP + 1 : 0;
  const begin = shown + TEXT_ROOM + (left >= GUTTER ? cap : 0);
  const room = end - begin - 3;
  if (room >= 40 || pen.measure(text) <= room) {
    const place = span.to ?? span.from;
    const filled = span.kind === 'copy' && place && begin < nowX;
    context.fillStyle = filled ? colors.onPlacement[place] : colors.strong;
    const said = fitted(text, room, pen.measure);
    if (span.kind === 'wait' && said !== '') {
      // A text on a hatch needs a ground of its own.
      context.fillStyle = colors.work;
      context.fillRect(begin - 2, top + 2, pen.measure(said) + 4, SPAN_HEIGHT - 4);
      context.fillStyle = colors.strong;
    }
    context.fillText(said, begin, y);
    return;
  }
  // What is too narrow for its text says it behind itself, as far as the next one.
  const free = Math.min(nextX, frame.width) - end - 8;
  const said = fitted(text, free, pen.measure);
  if (said === '' || end < GUTTER) return;
  const to = end + 4 + pen.measure(said);
  if (taken.some(([from, until]) => end < until && to > from)) return;
  taken.push([end, to]);
  context.fillStyle = isLit(span, pen.selection) ? colors.strong : colors.text;
  context.fillText(said, end + 4, y);
}

/** Draw the spans of one track; those of the selection last, so that their edge lies on top. */
export function drawTrackSpans(pen: Pen, placed: PlacedTrack, spans: TimelineSpans): void {
  const { context, frame, colors, nowX } = pen;
  const count = countSpans(spans);
  const lit: [TimelineSpan, number, number, number][] = [];
  const texts: [TimelineSpan, string, number, number, number][] = [];
  const lefts: number[][] = [];
  const fences: FenceTexts = [];
  for (let i = 0; i < count; i++) {
    const span = unpackSpan(spans, i);
    const top = spanTop(placed, span.row);
    const [begin, finish] = edgesOf(frame, span);
    if (finish < GUTTER || begin > frame.width) continue;
    // Far ends of a span that is much longer than the window would only cost time and precision.
    const left = Math.max(begin, GUTTER - BEYOND);
    const right = Math.min(finish, frame.width + BEYOND);
    const chosen = isLit(span, pen.selection);
    if (span.kind === 'emit' || span.kind === 'signal') {
      drawFence(pen, span, top, spans.texts.get(i), chosen, fences);
      continue;
    }
    const width = right - left;
    const past = Math.min(right, Math.max(left, nowX));
    if (past > left) drawPast(pen, span, left, top, past - left);
    if (right > past) {
      const open = !Number.isFinite(span.end);
      if (span.kind === 'wait') hatch(pen, past, top, right - past);
      if (open) context.setLineDash([3, 2]);
      box(pen, past, top, right - past, outlineOf(span, colors));
      context.setLineDash([]);
    }
    if (span.failed && span.kind !== 'fault') box(pen, left, top, Math.max(width, 3), colors.fault);
    if (chosen) lit.push([span, left, top, width]);
    const text = spans.texts.get(i);
    (lefts[span.row] ??= []).push(left);
    if (text !== undefined) texts.push([span, text, left, right, top]);
  }
  drawFenceTexts(pen, spanTop(placed, 0), fences);
  for (const row of lefts) row?.sort((a, b) => a - b);
  for (const [, left, top, width] of lit) {
    context.strokeStyle = colors.select;
    context.lineWidth = 1.5;
    context.strokeRect(left - 0.75, top - 0.75, Math.max(width, 3) + 1.5, SPAN_HEIGHT + 1.5);
  }
  context.font = colors.smallFont;
  // Texts behind spans that end together would lie over each other.
  const taken: [number, number][][] = [];
  for (const [span, text, left, right, top] of texts) {
    const next = lefts[span.row]?.find(each => each > left + 0.01) ?? Number.POSITIVE_INFINITY;
    drawText(pen, span, text, left, right, top, next, (taken[span.row] ??= []));
  }
}
