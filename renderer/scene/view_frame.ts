/** How the drawing sits in the view: its margins, how far it zooms, and how a selection is brought into the middle. CSS pixels. */
import { frame, type Margins, type Orbit, type Point, project, type Vec3 } from './camera.ts';
import type { SceneLayout } from './scene_layout.ts';
import { boundsOf } from './selected_points.ts';

export const MARGINS: Margins = { top: 58, right: 18, bottom: 26, left: 14 };
export const LEAST_ZOOM = 0.5;
/** Objects of a view of a hundred thousand can still be told apart. */
export const MOST_ZOOM = 200;
/** Part of the view that a framed selection takes at most. */
const FRAMED_SHARE = 0.35;

/** Middle of the room for the drawing. */
export const centreOf = (width: number, height: number): Point => [
  MARGINS.left + (width - MARGINS.left - MARGINS.right) / 2,
  MARGINS.top + (height - MARGINS.top - MARGINS.bottom) / 2,
];

/** Zoom and pan that show these points in the middle, as large as their surroundings allow; null when there are none. */
export function framing(
  layout: SceneLayout,
  orbit: Orbit,
  points: readonly Vec3[],
  width: number,
  height: number,
): { readonly zoom: number; readonly pan: Point } | null {
  if (points.length === 0) return null;
  const whole = frame(orbit, layout.extent, width, height, MARGINS);
  const all = boundsOf(layout.extent.map(p => project(whole, p)));
  const part = boundsOf(points.map(p => project(whole, p)));
  const fits = Math.min(width / Math.max(1, part.width), height / Math.max(1, part.height));
  const zoom = Math.min(MOST_ZOOM, Math.max(1, fits * FRAMED_SHARE));
  return { zoom, pan: [(all.x - part.x) * zoom, (all.y - part.y) * zoom] };
}
