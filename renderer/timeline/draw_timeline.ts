/** The whole picture of the timeline: overview, ruler, names, spans, chain of causes, range, playhead. Draws what it is given, at once. */
import type { FlowStep, TimelineAnswer } from '../../core/public/timeline_types.ts';
import type { Selection } from '../../core/public/view_types.ts';
import { type Context, drawTrackSpans, type Pen } from './draw_spans.ts';
import { type Frame, GUTTER, OVERVIEW_HEIGHT, plotWidth, TRACKS_TOP, xOf } from './geometry.ts';
import { momentText, rulerOf } from './ruler.ts';
import type { TimeWindow } from './time_window.ts';
import type { TimelineColors } from './timeline_colors.ts';
import { heightOf, type PlacedTrack, SPAN_HEIGHT, spanTop } from './track_rows.ts';

export interface Picture {
  readonly frame: Frame;
  readonly answer: TimelineAnswer;
  readonly placed: readonly PlacedTrack[];
  readonly colors: TimelineColors;
  readonly selection: Selection | null;
  readonly range: TimeWindow | null;
  /** The instant shown, and the newest one. */
  readonly now: number;
  readonly newest: number;
  /** Time under the pointer, or null. */
  readonly pointed: number | null;
}

function drawOverview(context: Context, picture: Picture): void {
  const { frame, answer, colors, now } = picture;
  const { overview, extent } = answer;
  const width = plotWidth(frame);
  const most = overview.reduce((max, each) => Math.max(max, each), 1);
  const length = Math.max(1, extent.newest - extent.from);
  const at = (time: number) => GUTTER + ((time - extent.from) / length) * width;
  context.fillStyle = colors.control;
  const step = width / Math.max(1, overview.length);
  for (let i = 0; i < overview.length; i++) {
    const height = overview[i]! === 0 ? 0 : Math.max(1, (overview[i]! / most) ** 0.5 * (OVERVIEW_HEIGHT - 5));
    context.fillRect(GUTTER + i * step, OVERVIEW_HEIGHT - 1 - height, Math.max(1, step - 1), height);
  }
  const from = Math.max(GUTTER, at(frame.window.from));
  const to = Math.min(frame.width, at(frame.window.to));
  context.strokeStyle = colors.text;
  context.lineWidth = 1;
  context.strokeRect(from + 0.5, 1.5, Math.max(3, to - from - 1), OVERVIEW_HEIGHT - 3);
  context.fillStyle = colors.select;
  context.fillRect(at(now) - 0.75, 0, 1.5, OVERVIEW_HEIGHT);
}

function drawRuler(context: Context, picture: Picture): void {
  const { frame, colors } = picture;
  const { unit, ticks } = rulerOf(frame.window.from, frame.window.to, plotWidth(frame));
  const y = OVERVIEW_HEIGHT + (TRACKS_TOP - OVERVIEW_HEIGHT) / 2 + 0.5;
  context.font = colors.smallFont;
  context.fillStyle = colors.quiet;
  context.fillText(`${unit}, virtual`, 10, y);
  context.textAlign = 'center';
  for (const { time, text } of ticks) {
    const x = xOf(frame, time);
    const half = context.measureText(text).width / 2;
    if (x - half >= GUTTER && x + half <= frame.width - 2) context.fillText(text, x, y);
    context.fillRect(Math.round(x), TRACKS_TOP - 4, 1, 4);
  }
  context.textAlign = 'start';
}

function drawNames(context: Context, picture: Picture): void {
  const { frame, placed, colors, selection } = picture;
  for (const line of placed) {
    const { track } = line;
    const y = TRACKS_TOP + spanTop(line, 0) - frame.scroll + SPAN_HEIGHT / 2 + 0.5;
    const chosen = track.pid !== null && selection?.kind === 'task' && selection.pid === track.pid;
    context.font = chosen ? colors.boldFont : colors.smallFont;
    context.fillStyle = chosen ? colors.strong : colors.text;
    let name = track.name;
    const pid = track.pid === null ? '' : String(track.pid);
    const room = GUTTER - 16 - (pid === '' ? 0 : context.measureText(pid).width + 5);
    while (name.length > 2 && context.measureText(name).width > room) name = `${name.slice(0, -2)}…`;
    context.fillText(name, 10, y);
    if (pid !== '') {
      context.fillStyle = colors.quiet;
      context.fillText(pid, 10 + context.measureText(name).width + 5, y);
    }
    if (chosen) {
      context.fillStyle = colors.select;
      context.fillRect(0, TRACKS_TOP + line.top - frame.scroll, 2, line.height - 1);
    }
  }
}

const rowCenter = (picture: Picture, step: FlowStep): number | null => {
  const line = picture.placed.find(each => each.track.id === step.track);
  return line ? TRACKS_TOP + spanTop(line, step.row) - picture.frame.scroll + SPAN_HEIGHT / 2 : null;
};

function arrowHead(context: Context, x: number, y: number, dx: number, dy: number): void {
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - ux * 7 - uy * 3.5, y - uy * 7 + ux * 3.5);
  context.lineTo(x - ux * 7 + uy * 3.5, y - uy * 7 - ux * 3.5);
  context.closePath();
  context.fill();
}

/** One chain at a time: a line from each step to what it caused. */
function drawFlow(context: Context, picture: Picture): void {
  const { frame, answer, colors } = picture;
  context.strokeStyle = colors.select;
  context.fillStyle = colors.select;
  context.lineWidth = 1.2;
  for (let i = 1; i < answer.flow.length; i++) {
    const [cause, effect] = [answer.flow[i - 1]!, answer.flow[i]!];
    const [fromY, toY] = [rowCenter(picture, cause), rowCenter(picture, effect)];
    if (fromY === null || toY === null) continue;
    // An entry comes after the copy has ended; everything else begins while its cause lasts.
    const after = effect.step === 'PTE' && Number.isFinite(cause.end) && cause.end <= effect.start;
    const fromX = xOf(frame, after ? cause.end : cause.start);
    const toX = xOf(frame, effect.start);
    const down = toY >= fromY ? 1 : -1;
    const [beginY, endY] = [fromY + (down * SPAN_HEIGHT) / 2, toY - (down * SPAN_HEIGHT) / 2];
    context.beginPath();
    context.moveTo(fromX, beginY);
    if (Math.abs(toX - fromX) < 10) {
      const x = (fromX + toX) / 2;
      context.lineTo(toX, endY - down * 5);
      context.stroke();
      arrowHead(context, toX, endY, toX - x, down * 10);
    } else {
      const bend = Math.min(26, Math.abs(endY - beginY) / 2 + 8) * down;
      context.bezierCurveTo(fromX, beginY + bend, toX, endY - bend, toX, endY - down * 5);
      context.stroke();
      arrowHead(context, toX, endY, 0, down);
    }
    context.beginPath();
    context.arc(fromX, beginY, 2.2, 0, Math.PI * 2);
    context.fill();
  }
}

function drawRange(context: Context, picture: Picture): void {
  const { frame, range, colors } = picture;
  if (!range) return;
  const [left, right] = [
    Math.max(GUTTER, xOf(frame, range.from)),
    Math.min(frame.width, xOf(frame, range.to)),
  ];
  if (right <= GUTTER || left >= frame.width) return;
  context.fillStyle = colors.select;
  context.globalAlpha = 0.07;
  context.fillRect(left, TRACKS_TOP, right - left, frame.height - TRACKS_TOP);
  context.globalAlpha = 1;
  for (const x of [left, right]) context.fillRect(Math.round(x), TRACKS_TOP, 1, frame.height - TRACKS_TOP);
}

/** A line through everything, with its time in a chip on the ruler. */
function drawPlayhead(context: Context, picture: Picture): void {
  const { frame, now, newest, colors } = picture;
  const pixel = (frame.window.to - frame.window.from) / plotWidth(frame);
  const live = xOf(frame, newest);
  if (newest > now && live >= GUTTER && live <= frame.width) {
    context.strokeStyle = colors.text;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(Math.round(live) + 0.5, TRACKS_TOP);
    context.lineTo(Math.round(live) + 0.5, frame.height);
    context.stroke();
    context.setLineDash([]);
  }
  const x = xOf(frame, now);
  if (x < GUTTER || x > frame.width) return;
  context.fillStyle = colors.select;
  context.fillRect(x - 0.75, TRACKS_TOP - 2, 1.5, frame.height - TRACKS_TOP + 2);
  const { unit } = rulerOf(frame.window.from, frame.window.to, plotWidth(frame));
  const text = momentText(now, unit, pixel);
  context.font = colors.boldFont;
  const width = context.measureText(text).width + 12;
  const left = Math.min(Math.max(GUTTER, x - width / 2), frame.width - width - 1);
  context.fillStyle = colors.select;
  context.beginPath();
  context.roundRect(left, OVERVIEW_HEIGHT + 3, width, TRACKS_TOP - OVERVIEW_HEIGHT - 6, 2);
  context.fill();
  context.fillStyle = colors.onSelect;
  context.fillText(text, left + 6, OVERVIEW_HEIGHT + (TRACKS_TOP - OVERVIEW_HEIGHT) / 2 + 0.5);
}

/** Draw everything into a context whose unit is a CSS pixel. */
export function drawTimeline(context: Context, picture: Picture): void {
  const { frame, placed, answer, colors, now, newest, pointed } = picture;
  context.textBaseline = 'middle';
  context.fillStyle = colors.panel;
  context.fillRect(0, 0, frame.width, frame.height);
  const nowX = xOf(frame, now);
  // Behind the playhead everything is known, but not yet.
  if (newest > now && nowX < frame.width) {
    context.fillStyle = colors.ground;
    const from = Math.max(GUTTER, nowX);
    context.fillRect(from, TRACKS_TOP, frame.width - from, frame.height - TRACKS_TOP);
  }
  drawOverview(context, picture);
  drawRuler(context, picture);
  context.fillStyle = colors.seam;
  context.fillRect(0, OVERVIEW_HEIGHT, frame.width, 1);
  context.fillRect(0, TRACKS_TOP - 1, frame.width, 1);
  context.save();
  context.beginPath();
  context.rect(0, TRACKS_TOP, frame.width, frame.height - TRACKS_TOP);
  context.clip();
  context.fillStyle = colors.seam;
  for (const line of placed) {
    context.fillRect(0, TRACKS_TOP + line.top + line.height - 1 - frame.scroll, frame.width, 1);
  }
  drawNames(context, picture);
  context.beginPath();
  context.rect(GUTTER, TRACKS_TOP, frame.width - GUTTER, frame.height - TRACKS_TOP);
  context.clip();
  const pen: Pen = {
    context,
    frame,
    colors,
    selection: picture.selection,
    nowX: newest > now ? nowX : Number.POSITIVE_INFINITY,
    measure: text => context.measureText(text).width,
  };
  context.save();
  context.translate(0, TRACKS_TOP - frame.scroll);
  for (const line of placed) {
    const spans = answer.spans.find(each => each.track === line.track.id);
    const top = line.top - frame.scroll;
    if (spans && top < frame.height - TRACKS_TOP && top + line.height > 0) drawTrackSpans(pen, line, spans);
  }
  context.restore();
  drawRange(context, picture);
  drawFlow(context, picture);
  context.restore();
  context.fillStyle = colors.seam;
  const bottom = Math.min(frame.height, TRACKS_TOP + heightOf(placed) - frame.scroll);
  context.fillRect(GUTTER - 1, 0, 1, bottom);
  if (pointed !== null && pointed >= frame.window.from && pointed <= frame.window.to) {
    context.fillStyle = colors.edge;
    context.fillRect(Math.round(xOf(frame, pointed)), OVERVIEW_HEIGHT, 1, TRACKS_TOP - OVERVIEW_HEIGHT);
  }
  drawPlayhead(context, picture);
}
