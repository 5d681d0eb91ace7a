/**
 * Faces of the blocks. A move is never two copies: pages that have arrived are solid at the target, pages not yet gone are
 * solid at the source, the rest is dashed; solid pages add up to the object's size at every instant.
 */
import type { Placement } from '../../core/public/view_types.ts';
import type { Camera, Vec3 } from './camera.ts';
import type { Detail } from './detail.ts';
import { type Box, boxFaces, type Item, type Pattern, topFace } from './items.ts';
import type { MotionPicture } from './motion.ts';
import type { Palette } from './palette.ts';
import type { SceneLayout } from './scene_layout.ts';
import { BLOCK_HEIGHT, type Block, blocksOf, type Slab, slabOf } from './slab_layout.ts';

/** The mark of each placement on the front faces of its blocks. */
export const PATTERN_OF: Readonly<Record<Placement, Pattern>> = {
  VRAM: 'plain',
  TT: 'hatch',
  SYSTEM: 'dots',
  SWAP: 'bars',
};

/** Thinnest block that can be seen, in CSS pixels; a block of fewer pages is drawn this wide. */
const LEAST_PIXELS = 1.4;

/** A part of an object in space, and if its pages are there. */
export interface PlacedBox {
  readonly objectId: number;
  readonly placement: Placement;
  readonly box: Box;
  readonly solid: boolean;
  /** It stands for several narrow blocks; its objectId is NO_OBJECT then. */
  readonly cell?: true;
}

/** The objectId of a box that belongs to no single object. */
export const NO_OBJECT = -1;

function boxOf(block: Block, slab: Slab, from: number, to: number, scale: number, height: number): Box {
  const width = Math.max(block.x1 - block.x0, LEAST_PIXELS / scale);
  return {
    x0: block.x0 + width * from,
    x1: block.x0 + width * to,
    y0: slab.y,
    y1: slab.y + height,
    z0: slab.z0,
    z1: slab.z1,
  };
}

/** Where an object lies, whether or not it is drawn as blocks of its own. @param height of the blocks of the picture */
export function boxesOf(
  layout: SceneLayout,
  objectId: number,
  scale: number,
  height: number,
): readonly Box[] {
  return blocksOf(layout.slabs, objectId).flatMap(block => {
    const slab = slabOf(layout.slabs, block.placement);
    return slab ? [boxOf(block, slab, 0, 1, scale, height)] : [];
  });
}

/** Every block of the scene with objects on their way split into the part there and the part not there. */
export function placeBlocks(
  layout: SceneLayout,
  motion: MotionPicture,
  scale: number,
  detail: Detail = { blocks: layout.slabs.blocks, cells: [], merged: 0 },
  height: number = BLOCK_HEIGHT,
): readonly PlacedBox[] {
  const placed: PlacedBox[] = [];
  for (const cell of detail.cells) {
    const slab = slabOf(layout.slabs, cell.placement);
    if (!slab) continue;
    const { x0, x1 } = cell;
    const z0 = slab.z1 - cell.fill * (slab.z1 - slab.z0);
    placed.push({
      objectId: NO_OBJECT,
      placement: cell.placement,
      box: { x0, x1, y0: slab.y, y1: slab.y + height, z0, z1: slab.z1 },
      solid: true,
      cell: true,
    });
  }
  const put = (block: Block, from: number, to: number, solid: boolean) => {
    const slab = slabOf(layout.slabs, block.placement);
    if (!slab || to - from < 1e-6) return;
    placed.push({
      objectId: block.objectId,
      placement: block.placement,
      box: boxOf(block, slab, from, to, scale, height),
      solid,
    });
  };
  for (const block of detail.blocks) {
    const arrived = motion.moves.get(block.objectId)?.arrived ?? 1;
    put(block, 0, arrived, true);
    put(block, arrived, 1, false);
  }
  for (const { motion: move, arrived } of motion.moves.values()) {
    for (const block of move.from) {
      put(block, 0, arrived, false);
      put(block, arrived, 1, true);
    }
  }
  return placed;
}

/** Far ones first: blocks of a slab by falling x where the camera sees left faces, by rising x otherwise. */
export function inPainterOrder(boxes: readonly PlacedBox[], camera: Camera): PlacedBox[] {
  const sign = camera.toward[0] <= 0 ? -1 : 1;
  return [...boxes].sort(
    (a, b) => sign * (a.box.x0 - b.box.x0) || Number(a.solid) - Number(b.solid) || a.objectId - b.objectId,
  );
}

function solidItems(placed: PlacedBox, camera: Camera, palette: Palette, contrast: boolean): Item[] {
  const shades = palette.placements[placed.placement];
  const pattern = PATTERN_OF[placed.placement];
  const faces = boxFaces(placed.box, shades, camera, pattern, contrast ? pattern : 'plain');
  if (placed.cell) return faces;
  const top = topFace(placed.box);
  return [
    ...faces,
    {
      kind: 'line',
      points: [...top, top[0]!],
      rgb: palette.edge.rgb,
      alpha: palette.edge.alpha,
      width: contrast ? 1 : 0.8,
    },
  ];
}

function ghostItems(placed: PlacedBox, palette: Palette): Item[] {
  const { x0, x1, y0, y1, z0, z1 } = placed.box;
  const dashed = (points: Vec3[]): Item => ({
    kind: 'line',
    points,
    rgb: palette.sel,
    alpha: 0.8,
    width: 1,
    dash: [3, 2.5],
  });
  const top = topFace(placed.box);
  return [
    {
      kind: 'face',
      points: topFace({ ...placed.box, y1: y0 + 0.01 }),
      rgb: palette.sel,
      alpha: 0.05,
      pattern: 'plain',
    },
    dashed([...top, top[0]!]),
    dashed([
      [x0, y1, z1],
      [x0, y0, z1],
      [x1, y0, z1],
    ]),
    dashed([
      [x0, y1, z0],
      [x0, y0, z0],
      [x0, y0, z1],
    ]),
    dashed([
      [x1, y1, z1],
      [x1, y0, z1],
    ]),
  ];
}

/** Faces and lines of the blocks of one slab, far ones first. */
export function blockItems(
  boxes: readonly PlacedBox[],
  camera: Camera,
  palette: Palette,
  contrast: boolean,
): Item[] {
  return inPainterOrder(boxes, camera).flatMap(placed =>
    placed.solid ? solidItems(placed, camera, palette, contrast) : ghostItems(placed, palette),
  );
}
