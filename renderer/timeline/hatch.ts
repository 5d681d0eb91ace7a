/** The hatch of waiting: one tile that the browser repeats, instead of a stroke for every six pixels. */
import type { Context } from './draw_spans.ts';

/** CSS pixels between two strokes. */
const PERIOD = 6;

interface Tile {
  readonly color: string;
  readonly ratio: number;
  readonly pattern: CanvasPattern;
}

let last: Tile | null = null;

function makePattern(context: Context, color: string, ratio: number): CanvasPattern | null {
  const side = Math.max(1, Math.round(PERIOD * ratio));
  const tile = new OffscreenCanvas(side, side).getContext('2d');
  if (!tile) return null;
  tile.strokeStyle = color;
  tile.lineWidth = ratio;
  tile.beginPath();
  // With the strokes of its neighbours, whose edges reach into it.
  for (const x of [-side, 0, side]) {
    tile.moveTo(x - 1, side + 1);
    tile.lineTo(x + side + 1, -1);
  }
  tile.stroke();
  const pattern = context.createPattern(tile.canvas, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(PERIOD / side));
  return pattern;
}

/** A fill of strokes in this colour, for a context whose unit is a CSS pixel; null where the browser makes none. */
export function hatchOf(context: Context, color: string): CanvasPattern | null {
  const ratio = context.getTransform().a || 1;
  if (last?.color !== color || last.ratio !== ratio) {
    const pattern = makePattern(context, color, ratio);
    last = pattern && { color, ratio, pattern };
  }
  return last?.pattern ?? null;
}
