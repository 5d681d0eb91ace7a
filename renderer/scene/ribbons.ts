/**
 * Mapping ribbons: from a band of a task's panel to the block that its PTEs lead to, through the GART strip where the
 * object is bound there, directly (and below the strip) where only processor page tables hold the pages.
 *
 * A ribbon is two edges sampled from cubics; its width on the far side is the share of the object that is mapped.
 */

import type { Placement } from '../../core/public/view_types.ts';
import type { Vec3 } from './camera.ts';
import { type GartCell, STRIP_X0, STRIP_X1, STRIP_Y } from './gart_strip.ts';
import { BLOCK_HEIGHT, blocksOf, type SlabLayout, slabOf } from './slab_layout.ts';
import { type Band, PANEL_X1, type TaskPanel } from './task_panels.ts';

/** Two edges with equally many points; edge[i] of both lie at the same parameter. */
export interface RibbonPath {
  readonly upper: readonly Vec3[];
  readonly lower: readonly Vec3[];
}

export interface Ribbon {
  readonly vmaId: number;
  readonly pid: number;
  readonly objectId: number;
  /** Where the PTEs lead (or led, for a ribbon that was cut): its colour. */
  readonly leadsTo: Placement;
  /** Stretches from the task to the block: one, or two around the strip. */
  readonly stretches: readonly RibbonPath[];
}

const SAMPLES = 22;

function cubic(p: Vec3, c1: Vec3, c2: Vec3, q: Vec3, t: number): Vec3 {
  const s = 1 - t;
  const k0 = s * s * s;
  const k1 = 3 * s * s * t;
  const k2 = 3 * s * t * t;
  const k3 = t * t * t;
  return [
    k0 * p[0] + k1 * c1[0] + k2 * c2[0] + k3 * q[0],
    k0 * p[1] + k1 * c1[1] + k2 * c2[1] + k3 * q[1],
    k0 * p[2] + k1 * c1[2] + k2 * c2[2] + k3 * q[2],
  ];
}

const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** A curve from p to q that leaves along d1 and arrives along -d2. */
export function curve(p: Vec3, q: Vec3, d1: Vec3, d2: Vec3, samples = SAMPLES): Vec3[] {
  const c1 = add(p, d1);
  const c2 = add(q, d2);
  return Array.from({ length: samples + 1 }, (_, i) => cubic(p, c1, c2, q, i / samples));
}

type Edge = readonly [upper: Vec3, lower: Vec3];

function stretch(from: Edge, to: Edge, d1: Vec3, d2: Vec3): RibbonPath {
  return { upper: curve(from[0], to[0], d1, d2), lower: curve(from[1], to[1], d1, d2) };
}

/** Share of the depth of a block where the ribbons of its mappers arrive: mapper `rank` of `count`. */
function landing(rank: number, count: number): readonly [number, number] {
  const width = Math.min(0.26, 0.8 / count);
  const from = 0.1 + rank * (0.86 / count);
  return [from, from + width];
}

/**
 * The ribbon of one mapping, or null when its object is not drawn.
 *
 * @param leadsTo where its PTEs lead; a ribbon into another placement than the block's is drawn to the block all the same
 * @param cell    the part of the strip through which it leads, if it does
 * @param rank    which of the `count` mappings of the object it is, so that ribbons land side by side
 */
export function layOutRibbon(
  panel: TaskPanel,
  band: Band,
  leadsTo: Placement,
  layout: SlabLayout,
  cell: GartCell | undefined,
  rank: number,
  count: number,
): Ribbon | null {
  const objectId = band.vma.objectId;
  if (objectId === null) return null;
  const block = blocksOf(layout, objectId)[0];
  const slab = block && slabOf(layout, block.placement);
  if (!block || !slab) return null;
  const [f0, f1] = landing(rank, count);
  const depth = slab.z1 - slab.z0;
  const y = slab.y + BLOCK_HEIGHT;
  const atBlock: Edge = [
    [block.x0, y, slab.z0 + depth * f0],
    [block.x0, y, slab.z0 + depth * f1],
  ];
  const atTask: Edge = [
    [PANEL_X1, band.y1, panel.z],
    [PANEL_X1, band.y0, panel.z],
  ];
  const base = { vmaId: band.vma.id, pid: panel.task.pid, objectId, leadsTo };
  const reach = Math.max(1.2, Math.min(4.5, block.x0 * 0.35 + 1.2));
  if (!cell) {
    // Below the strip: leave downwards, arrive from above.
    const lift = slab.view.placement === 'VRAM' ? 3.2 : 3.6;
    return {
      ...base,
      stretches: [stretch(atTask, atBlock, [5.5, -1.2, 1], [-4 - Math.min(2.5, block.x0 * 0.2), lift, -2])],
    };
  }
  const inStrip: Edge = [
    [STRIP_X0, STRIP_Y, cell.z0],
    [STRIP_X0, STRIP_Y, cell.z1],
  ];
  const outStrip: Edge = [
    [STRIP_X1, STRIP_Y, cell.z0],
    [STRIP_X1, STRIP_Y, cell.z1],
  ];
  return {
    ...base,
    stretches: [
      stretch(atTask, inStrip, [3.4, 0.2, 0], [-2.8, 1.2, 0]),
      stretch(outStrip, atBlock, [reach, reach * 0.7, 0], [-reach, reach * 0.85 + 0.6, 0]),
    ],
  };
}

/** The first `share` (0..1) of a path. */
export function cutPath(path: RibbonPath, share: number): RibbonPath {
  const last = path.upper.length - 1;
  const end = Math.max(0, Math.min(1, share)) * last;
  const whole = Math.floor(end);
  const take = (edge: readonly Vec3[]): Vec3[] => {
    const points = edge.slice(0, whole + 1) as Vec3[];
    const rest = end - whole;
    if (rest > 0 && whole < last) {
      const p = edge[whole]!;
      const q = edge[whole + 1]!;
      points.push([p[0] + (q[0] - p[0]) * rest, p[1] + (q[1] - p[1]) * rest, p[2] + (q[2] - p[2]) * rest]);
    }
    return points;
  };
  return { upper: take(path.upper), lower: take(path.lower) };
}
