/**
 * How many boxes a painter draws here in 50 ms, measured before its first picture of many: what more there is merges into cells (detail.ts).
 *
 * Rule   the boxes have the colour of the ground, so that nobody sees them; a window that gets no frames is not measured
 */

import { nextFrame } from '../state/turns.ts';
import { type Camera, cameraAxes, THREE_QUARTER } from './camera.ts';
import type { Rgb } from './color.ts';
import { LEAST_BUDGET } from './detail.ts';
import { boxFaces, type Item } from './items.ts';
import type { Painter } from './painter.ts';

const FRAME_MS = 50;
const SCRIPT_MS = 4;
const BOXES = 1500;
const FRAMES = 3;
/** Nobody tells more boxes apart, and labels and ribbons want their time too. */
export const MOST_BUDGET = 6000;
/** What a window that cannot be measured gets. */
export const UNMEASURED_BUDGET = 1500;
const GIVE_UP_MS = 1500;

function testItems(camera: Camera, ground: Rgb): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < BOXES; i++) {
    const x0 = i % 50;
    const z0 = Math.floor(i / 50);
    const box = { x0, x1: x0 + 0.9, y0: 0, y1: 1, z0, z1: z0 + 0.9 };
    items.push(...boxFaces(box, { top: ground, front: ground, left: ground }, camera));
  }
  return items;
}

/**
 * Boxes for 50 ms a frame of which the window's thread works 4.
 *
 * @param ms       what a frame of BOXES took
 * @param scriptMs the thread's part of it
 */
export function budgetOf(ms: number, scriptMs: number): number {
  const fit = Math.min(FRAME_MS / Math.max(1, ms), SCRIPT_MS / Math.max(0.5, scriptMs));
  return Math.round(Math.min(MOST_BUDGET, Math.max(LEAST_BUDGET, BOXES * fit)));
}

const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** @returns boxes that the painter may be given */
export async function measurePainter(
  painter: Painter,
  ground: Rgb,
  width: number,
  height: number,
): Promise<number> {
  if (document.hidden || width < 1 || height < 1) return UNMEASURED_BUDGET;
  const camera: Camera = {
    ...cameraAxes(THREE_QUARTER),
    scale: width / 60,
    originX: width / 4,
    originY: height / 2,
  };
  const items = testItems(camera, ground);
  const pixelRatio = painter.software ? 1 : Math.min(2, window.devicePixelRatio || 1);
  // A measurement that was given up must not draw over the pictures that follow.
  let over = false;
  const measure = async () => {
    const times: number[] = [];
    const script: number[] = [];
    // The first frame pays for pipelines and buffers.
    for (let i = 0; i <= FRAMES; i++) {
      await nextFrame();
      if (over) return UNMEASURED_BUDGET;
      const began = performance.now();
      painter.draw({ items, camera, width, height, pixelRatio, ground });
      const drawn = performance.now() - began;
      await nextFrame();
      await nextFrame();
      // Two frames were due 33 ms after: what is over is the GPU's (or the processor's) time for it.
      const late = Math.max(0, performance.now() - began - drawn - 2 * (1000 / 60));
      if (i === 0) continue;
      times.push(drawn + late);
      script.push(drawn);
    }
    return budgetOf(middle(times), middle(script));
  };
  const giveUp = new Promise<number>(resolve =>
    setTimeout(() => {
      over = true;
      resolve(LEAST_BUDGET);
    }, GIVE_UP_MS),
  );
  const budget = await Promise.race([measure(), giveUp]);
  over = true;
  return budget;
}
