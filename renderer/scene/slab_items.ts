/** Faces and lines of the slabs: plate, grid of cells, edges in the placement's colour, shadow. */
import type { Camera, Vec3 } from './camera.ts';
import { type Box, boxFaces, type Item, topFace } from './items.ts';
import type { Palette } from './palette.ts';
import { COLUMNS, SLAB_THICKNESS, type Slab } from './slab_layout.ts';

const boxOf = (slab: Slab): Box => ({
  x0: 0,
  x1: COLUMNS,
  y0: slab.y - SLAB_THICKNESS,
  y1: slab.y,
  z0: slab.z0,
  z1: slab.z1,
});

/** A flat shadow under a box, a little to the viewer's side. */
export function shadow(box: Box, drop: number, palette: Palette): Item[] {
  if (palette.floor.alpha === 0) return [];
  const moved: Box = {
    ...box,
    x0: box.x0 + 0.4,
    x1: box.x1 + 0.4,
    y1: box.y0 - drop,
    z0: box.z0 + 1,
    z1: box.z1 + 0.7,
  };
  return [
    {
      kind: 'face',
      points: topFace(moved),
      rgb: palette.floor.rgb,
      alpha: palette.floor.alpha,
      pattern: 'plain',
    },
  ];
}

/** The slab without what lies on it. */
export function slabItems(slab: Slab, camera: Camera, palette: Palette): Item[] {
  const box = boxOf(slab);
  const items: Item[] = [
    ...shadow(box, 1.65, palette),
    ...boxFaces(box, { top: palette.plate, front: palette.plateFront, left: palette.plateLeft }, camera),
  ];
  const { y, z0, z1 } = slab;
  const grid = (points: Vec3[]): Item => ({
    kind: 'line',
    points,
    rgb: palette.grid.rgb,
    alpha: palette.grid.alpha,
    width: 0.8,
  });
  for (let column = 1; column < COLUMNS; column++) {
    items.push(
      grid([
        [column, y, z0],
        [column, y, z1],
      ]),
    );
  }
  for (let z = z0 + 1; z < z1 - 0.01; z++) {
    items.push(
      grid([
        [0, y, z],
        [COLUMNS, y, z],
      ]),
    );
  }
  const { sizePages, budgetPages } = slab.view;
  if (budgetPages < Math.min(sizePages, slab.shownPages)) {
    const x = budgetPages / slab.columnPages;
    const beyond = topFace({ x0: x, x1: COLUMNS, y0: y, y1: y + 0.01, z0, z1 });
    items.push({ kind: 'face', points: beyond, rgb: palette.ground, alpha: 0.6, pattern: 'plain' });
    const end: Vec3[] = [
      [x, y, z0],
      [x, y, z1],
      [x, y - SLAB_THICKNESS, z1],
    ];
    items.push({ kind: 'line', points: end, rgb: palette.sel, alpha: 0.9, width: 1.2, dash: [4, 3] });
  }
  if (slab.view.visiblePages < Math.min(sizePages, slab.shownPages)) {
    const x = slab.view.visiblePages / slab.columnPages;
    const end: Vec3[] = [
      [x, y, z0],
      [x, y, z1],
      [x, y - SLAB_THICKNESS, z1],
    ];
    items.push({ kind: 'line', points: end, rgb: palette.sel, alpha: 0.55, width: 0.9, dash: [1.5, 3] });
  }
  const seam = (points: Vec3[]): Item => ({ kind: 'line', points, rgb: palette.seam, alpha: 1, width: 0.8 });
  items.push(
    seam([
      [0, y, z0],
      [COLUMNS, y, z0],
      [COLUMNS, y, z1],
    ]),
    seam([
      [0, y, z0],
      [0, y - SLAB_THICKNESS, z0],
      [0, y - SLAB_THICKNESS, z1],
      [COLUMNS, y - SLAB_THICKNESS, z1],
      [COLUMNS, y, z1],
    ]),
    {
      kind: 'line',
      points: [
        [0, y, z0],
        [0, y, z1],
        [COLUMNS, y, z1],
      ],
      rgb: palette.placements[slab.view.placement].hue,
      alpha: 1,
      width: 1.6,
    },
  );
  return items;
}
