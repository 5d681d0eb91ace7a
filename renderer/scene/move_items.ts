/** A move under way: its path from the source to the target, with packets in the colour of the side they are on. */

import type { PlacedBox } from './block_items.ts';
import type { Camera, Vec3 } from './camera.ts';
import { boxFaces, type Item } from './items.ts';
import type { MotionPicture } from './motion.ts';
import type { Palette } from './palette.ts';
import { curve } from './ribbons.ts';

/** A path through space, and the middle of it, where the rate is written. */
export interface MovePath {
  readonly objectId: number;
  readonly points: readonly Vec3[];
  readonly from: PlacedBox['placement'];
  readonly to: PlacedBox['placement'];
  readonly arrived: number;
}

const PACKET = 0.34;
/** Packets lie before everything: moving them along the line of sight does not move them on the screen. */
const NEARER = 60;

/** Paths of all objects that have both a part at the source and one at the target. */
export function movePaths(boxes: readonly PlacedBox[], motion: MotionPicture): readonly MovePath[] {
  const paths: MovePath[] = [];
  for (const { motion: move, arrived } of motion.moves.values()) {
    const { from, to } = move.change;
    const source = boxes.find(b => b.objectId === move.objectId && b.placement === from && b.solid);
    const target = boxes.find(
      b => b.objectId === move.objectId && b.placement === to && (b.solid || arrived === 0),
    );
    if (!source || !target || arrived === 0) continue;
    const down = source.box.y0 > target.box.y0;
    const middle = (b: PlacedBox['box'], z: number): Vec3 => [(b.x0 + b.x1) / 2, b.y1, z];
    const p = middle(source.box, down ? source.box.z1 - 0.6 : source.box.z0 + 2);
    const q = middle(target.box, down ? target.box.z0 + 2 : target.box.z1 - 0.6);
    const points = down
      ? curve(p, q, [0, 0.9, 3], [0, 4.4, -3.4], 40)
      : curve(p, q, [0, 4.4, -3.4], [0, 0.9, 3], 40);
    paths.push({ objectId: move.objectId, points, from, to, arrived });
  }
  return paths;
}

/** The line itself is drawn over the canvas; here are its packets. */
export function packetItems(paths: readonly MovePath[], camera: Camera, palette: Palette): Item[] {
  const items: Item[] = [];
  for (const path of paths) {
    for (let i = 0; i < 3; i++) {
      const t = (i / 3 + path.arrived * 4) % 1;
      const on = path.points[Math.round((0.12 + 0.76 * t) * (path.points.length - 1))]!;
      const at = on.map((v, axis) => v + NEARER * camera.toward[axis]!) as unknown as Vec3;
      const shades = palette.placements[t < 0.5 ? path.from : path.to];
      const box = {
        x0: at[0] - PACKET * 1.3,
        x1: at[0] + PACKET * 1.3,
        y0: at[1] - PACKET,
        y1: at[1] + PACKET,
        z0: at[2] - PACKET * 1.3,
        z1: at[2] + PACKET * 1.3,
      };
      items.push(...boxFaces(box, shades, camera));
    }
  }
  return items;
}
