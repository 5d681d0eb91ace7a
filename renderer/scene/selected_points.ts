/** Where the selection lies, for framing it. */
import type { Selection } from '../../core/public/view_types.ts';
import type { Point, Vec3 } from './camera.ts';
import type { SceneLayout } from './scene_layout.ts';
import { blocksOf, slabOf } from './slab_layout.ts';
import { PANEL_X0, PANEL_X1 } from './task_panels.ts';

/** Middle and size of points on the screen. */
export function boundsOf(points: readonly Point[]): { x: number; y: number; width: number; height: number } {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, width: x1 - x0, height: y1 - y0 };
}

/** Corners of what is selected: the blocks of an object, else the panel of a task. */
export function pointsOf(layout: SceneLayout, selection: Selection | null, focus: number | null): Vec3[] {
  const points: Vec3[] = [];
  for (const { placement, x0, x1 } of focus === null ? [] : blocksOf(layout.slabs, focus)) {
    const slab = slabOf(layout.slabs, placement);
    if (slab)
      points.push([x0, slab.y, slab.z0], [x1, slab.y, slab.z0], [x0, slab.y, slab.z1], [x1, slab.y, slab.z1]);
  }
  if (points.length > 0 || !selection || (selection.kind !== 'task' && selection.kind !== 'vma'))
    return points;
  for (const panel of layout.panels) {
    if (panel.task.pid !== selection.pid) continue;
    for (const x of [PANEL_X0, PANEL_X1]) points.push([x, panel.y0, panel.z], [x, panel.y1, panel.z]);
  }
  return points;
}
