/** What is drawn over the canvas as vectors: outline and halo of the selection, leaders, flights, fault marks. CSS pixels. */
import { boxesOf } from './block_items.ts';
import { type Camera, type Point, project } from './camera.ts';
import { type Box, boxHull } from './items.ts';
import type { LabelStyle, ShownLabel } from './label_draft.ts';
import type { Picture } from './picture.ts';
import type { SceneLayout } from './scene_layout.ts';
import { BLOCK_HEIGHT } from './slab_layout.ts';
import { PANEL_X0 } from './task_panels.ts';

export interface Overlay {
  readonly width: number;
  readonly height: number;
  readonly labels: readonly ShownLabel[];
  /** The object that is outlined, and polygons of its parts. */
  readonly focus: number | null;
  readonly outlines: readonly (readonly Point[])[];
  readonly leaders: readonly { readonly from: Point; readonly to: Point; readonly style: LabelStyle }[];
  /** Paths of bytes under way. */
  readonly flights: readonly (readonly Point[])[];
  readonly faults: readonly { readonly vmaId: number; readonly at: Point }[];
}

export const NO_OVERLAY: Overlay = {
  width: 1,
  height: 1,
  labels: [],
  focus: null,
  outlines: [],
  leaders: [],
  flights: [],
  faults: [],
};

/** Boxes of the focused object as they are drawn; one among very many is drawn on its own only when the picture is made anew. */
function focusedBoxes(
  layout: SceneLayout,
  { boxes }: Picture,
  camera: Camera,
  focus: number | null,
): readonly Box[] {
  if (focus === null) return [];
  const drawn = boxes.flatMap(({ objectId, solid, box }) => (objectId === focus && solid ? [box] : []));
  if (drawn.length > 0) return drawn;
  const any = boxes[0]?.box;
  return boxesOf(layout, focus, camera.scale, any ? any.y1 - any.y0 : BLOCK_HEIGHT);
}

export function drawOverlay(
  layout: SceneLayout,
  picture: Picture,
  labels: readonly ShownLabel[],
  camera: Camera,
  focus: number | null,
  faulting: ReadonlyMap<number, string>,
  width: number,
  height: number,
): Overlay {
  const chosen = focusedBoxes(layout, picture, camera, focus);
  const faults = layout.panels.flatMap(panel =>
    panel.bands
      .filter(band => faulting.has(band.vma.id))
      .map(band => ({
        vmaId: band.vma.id,
        at: project(camera, [PANEL_X0, (band.y0 + band.y1) / 2, panel.z]),
      })),
  );
  return {
    width,
    height,
    labels,
    focus,
    outlines: chosen.map(box => boxHull(box, camera).map(p => project(camera, p))),
    leaders: labels.flatMap(({ spot, style }) =>
      spot.leader ? [{ from: spot.leader[0], to: spot.leader[1], style }] : [],
    ),
    // The ends stay free, so that the path does not cover the faces it leads from and to.
    flights: picture.paths.map(path => path.points.slice(4, 40).map(p => project(camera, p))),
    faults,
  };
}
