/** What lies under the pointer: the nearest block, band or panel whose outline holds the point. */
import { PLACEMENTS, type Selection } from '../../core/public/view_types.ts';
import { inPainterOrder, type PlacedBox } from './block_items.ts';
import { type Camera, type Point, project, unproject } from './camera.ts';
import { blockAt } from './detail.ts';
import { boxHull, frontFace } from './items.ts';
import type { SceneLayout } from './scene_layout.ts';
import { panelBox } from './table_items.ts';
import { BAND_INSET, PANEL_X0, PANEL_X1 } from './task_panels.ts';

/** True when a point lies inside a convex or concave polygon. */
export function isInside(polygon: readonly Point[], [x, y]: Point): boolean {
  let inside = false;
  polygon.forEach(([x0, y0], i) => {
    const [x1, y1] = polygon[(i + 1) % polygon.length]!;
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside;
  });
  return inside;
}

export function pick(
  layout: SceneLayout,
  boxes: readonly PlacedBox[],
  camera: Camera,
  at: Point,
): Selection | null {
  for (const panel of [...layout.panels].reverse()) {
    for (const band of panel.bands) {
      const face = frontFace({
        x0: PANEL_X0 + BAND_INSET,
        x1: PANEL_X1,
        y0: band.y0,
        y1: band.y1,
        z0: panel.z,
        z1: panel.z,
      });
      if (
        isInside(
          face.map(p => project(camera, p)),
          at,
        )
      )
        return { kind: 'vma', pid: panel.task.pid, id: band.vma.id };
    }
    const hull = boxHull(panelBox(panel), camera).map(p => project(camera, p));
    if (isInside(hull, at)) return { kind: 'task', pid: panel.task.pid };
  }
  for (const placement of [...PLACEMENTS].reverse()) {
    const here = boxes.filter(box => box.placement === placement);
    for (const placed of inPainterOrder(here, camera).reverse()) {
      const hull = boxHull(placed.box, camera).map(p => project(camera, p));
      if (!placed.solid || !isInside(hull, at)) continue;
      if (!placed.cell) return { kind: 'object', id: placed.objectId };
      // A cell stands for several objects: the one whose pages lie under the pointer.
      const { x0, x1, y1 } = placed.box;
      const x = Math.min(x1, Math.max(x0, unproject(camera, at, y1).x));
      const block = blockAt(layout.slabs, placed.placement, x, x1 - x0);
      if (block) return { kind: 'object', id: block.objectId };
    }
  }
  return null;
}
