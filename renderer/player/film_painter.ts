/** Draws a moment of a film on a canvas: the memory view as the window draws it, its labels, the caption and the clock. */
import { frame as frameCamera, type Margins, THREE_QUARTER } from '../scene/camera.ts';
import { createCanvasPainter } from '../scene/canvas_painter.ts';
import type { ShownLabel } from '../scene/label_draft.ts';
import type { Rect } from '../scene/label_placement.ts';
import { labelPicture } from '../scene/labels.ts';
import { NO_MOTION, pictureAt } from '../scene/motion.ts';
import { drawOverlay } from '../scene/overlay.ts';
import { readPalette } from '../scene/palette.ts';
import { drawPicture } from '../scene/picture.ts';
import type { Film, FilmFrame } from './film.ts';

const LINE = 14;
const CAPTION_LINE = 24;
/** Boxes that a frame may draw one by one; more are merged into cells. */
const BUDGET = 6_000;

export interface FilmSize {
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

export class FilmPainter {
  private readonly context: CanvasRenderingContext2D;
  private readonly painter;
  private readonly style = getComputedStyle(document.documentElement);
  private readonly palette = readPalette(name => this.token(name));

  constructor(
    private readonly film: Film,
    readonly canvas: HTMLCanvasElement,
  ) {
    this.painter = createCanvasPainter(canvas, '');
    this.context = canvas.getContext('2d')!;
  }

  private token(name: string): string {
    return this.style.getPropertyValue(name).trim();
  }

  /** @param into ms since the frame began */
  draw(number: number, into: number, { width, height, pixelRatio }: FilmSize): void {
    const frame = this.film.frame(number);
    const { view, layout } = frame;
    const lines = this.wrap(view.status.caption, width - 32);
    const margins: Margins = { top: 34 + lines.length * CAPTION_LINE, right: 18, bottom: 40, left: 14 };
    const camera = frameCamera(THREE_QUARTER, layout.extent, width, height, margins);
    const motion = frame.motions.length === 0 ? NO_MOTION : pictureAt(frame.motions, into, false);
    const faulting = faultsOf(frame);
    const picture = drawPicture(view, layout, camera, this.palette, motion, {
      selection: null,
      ribbons: 'all',
      contrast: false,
      faulting: new Set(faulting.keys()),
      cleared: [],
      width,
      height,
      budget: BUDGET,
      keep: new Set(motion.moves.keys()),
      flat: false,
    });
    const ground = this.palette.ground;
    this.painter.draw({ items: picture.items, camera, width, height, pixelRatio, ground });
    const blocked: Rect[] = [
      { x: 0, y: 0, width, height: 20 + lines.length * CAPTION_LINE },
      { x: 0, y: height - 28, width, height: 28 },
    ];
    const labels = labelPicture({
      view,
      layout,
      picture,
      motion,
      camera,
      focus: null,
      faulting,
      measure: { width: (text, strong) => this.measure(text, strong), line: LINE },
      width,
      height,
      blocked,
    });
    this.drawMarks(drawOverlay(layout, picture, labels, camera, null, faulting, width, height));
    for (const label of labels) this.drawLabel(label);
    this.drawWords(frame, lines, width, height);
  }

  private font(px: number, strong = false): string {
    return `${strong ? 600 : 400} ${px}px ${this.token('--ui')}`;
  }

  private measure(text: string, strong: boolean): number {
    this.context.font = this.font(11, strong);
    return this.context.measureText(text).width;
  }

  private wrap(text: string, width: number): string[] {
    this.context.font = this.font(17);
    const lines: string[] = [];
    for (const word of text.split(/\s+/).filter(Boolean)) {
      const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
      if (lines.length > 0 && this.context.measureText(longer).width <= width)
        lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines.slice(0, 4);
  }

  private drawMarks({ leaders, flights, faults }: ReturnType<typeof drawOverlay>): void {
    const { context } = this;
    context.setLineDash([]);
    context.strokeStyle = this.token('--t3');
    context.lineWidth = 1;
    for (const { from, to } of leaders) this.line([from, to]);
    context.strokeStyle = this.token('--sel');
    context.lineWidth = 1.5;
    for (const path of flights) this.line(path);
    context.strokeStyle = this.token('--fault');
    for (const { at } of faults) {
      context.beginPath();
      context.arc(at[0], at[1], 9, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  private line(points: readonly (readonly [number, number])[]): void {
    const { context } = this;
    context.beginPath();
    points.forEach(([x, y], i) => {
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
    context.stroke();
  }

  private drawLabel({ spot, style, placement, shear, texts }: ShownLabel): void {
    const { context } = this;
    const { x, y, width, height } = spot.rect;
    const words = texts[spot.text]!;
    context.save();
    context.translate(x, y);
    if (style === 'slab') {
      context.translate(width, 0);
      context.transform(1, Math.tan((shear * Math.PI) / 180), 0, 1, 0, 0);
      context.translate(-width, 0);
    } else if (style !== 'on' && style !== 'task') {
      context.fillStyle = this.token('--chip');
      context.fillRect(0, 0, width, height);
    }
    const plain = style === 'on' && placement ? `--on-${placement.toLowerCase()}` : '--t2';
    const strong = style === 'on' ? plain : style === 'fault' ? '--fault-ink' : '--t1';
    const lines: (typeof words)[number][][] = [[]];
    for (const word of words) {
      if (word.below) lines.push([]);
      lines.at(-1)!.push(word);
    }
    context.textBaseline = 'middle';
    const top = style === 'slab' ? LINE / 2 : (height - lines.length * LINE) / 2 + LINE / 2;
    lines.forEach((line, i) => {
      const wide = line.reduce((sum, word) => sum + this.measure(word.text, word.strong ?? false), 0);
      let at = style === 'slab' ? width - wide : style === 'task' ? 0 : (width - wide) / 2;
      for (const word of line) {
        const length = this.measure(word.text, word.strong ?? false);
        context.fillStyle = this.token(word.strong || style === 'fault' ? strong : plain);
        context.fillText(word.text, at, top + i * LINE);
        at += length;
      }
    });
    context.restore();
  }

  private drawWords({ view }: FilmFrame, lines: readonly string[], width: number, height: number): void {
    const { context } = this;
    context.textBaseline = 'alphabetic';
    context.fillStyle = this.token('--t1');
    context.font = this.font(17);
    lines.forEach((line, i) => {
      context.fillText(line, 16, 28 + i * CAPTION_LINE);
    });
    context.font = this.font(12);
    context.fillStyle = this.token('--t3');
    const { status } = view;
    const clock = `${(status.time / 1e6).toFixed(3)} ms · ${status.inputsDone} of ${status.inputs}`;
    const clockWidth = context.measureText(clock).width;
    context.fillText(clock, width - 16 - clockWidth, height - 12);
    const words = `${this.film.title} · ${status.lastInput || 'before the first input'}`;
    context.fillText(this.shorten(words, width - 56 - clockWidth), 16, height - 12);
  }

  /** As much of a text as has room, in the font that is set. */
  private shorten(text: string, width: number): string {
    const fits = (short: string) => this.context.measureText(short).width <= width;
    if (fits(text)) return text;
    let length = text.length;
    while (length > 0 && !fits(`${text.slice(0, length)}…`)) length--;
    return `${text.slice(0, length)}…`;
  }
}

function faultsOf({ changes }: FilmFrame): ReadonlyMap<number, string> {
  return new Map(
    changes.flatMap(change => (change.kind === 'fault' ? [[change.vmaId, change.outcome] as const] : [])),
  );
}
