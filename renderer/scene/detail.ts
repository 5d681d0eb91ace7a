/**
 * Level of detail: of more blocks than can be drawn, the narrow ones and those out of sight become cells of their slab.
 *
 * Units      world units; widths are columns of a slab
 * Invariants I1 area is exact: width x fill of all cells of a slab = the widths of the blocks that they stand for
 *            I2 blocks drawn on their own, besides those in `keep`, and cells are no more than the budget
 *            I3 a block drawn on its own is at least as wide as a cell, so that no cell reaches over one
 */
import type { Placement } from '../../core/public/view_types.ts';
import { type Block, COLUMNS, type SlabLayout } from './slab_layout.ts';

/** Blocks of one stretch of a slab as one box: as wide as the stretch that they lie in, as deep as they fill it. */
export interface SlabCell {
  readonly placement: Placement;
  readonly x0: number;
  readonly x1: number;
  /** Share of [x0, x1] that is taken, above 0 and at most 1. */
  readonly fill: number;
  readonly nrBlocks: number;
}

export interface Detail {
  readonly blocks: readonly Block[];
  readonly cells: readonly SlabCell[];
  /** Blocks that cells stand for. */
  readonly merged: number;
}

/** Columns of each slab that are in sight. */
export type VisibleColumns = ReadonlyMap<Placement, readonly [from: number, to: number]>;

export interface DetailOptions {
  /** Boxes that may be drawn. */
  readonly budget: number;
  /** Objects that are drawn on their own whatever their size: the selection, what moves. */
  readonly keep: ReadonlySet<number>;
  readonly visible: VisibleColumns;
}

/** Budgets below this leave nothing to look at. */
export const LEAST_BUDGET = 256;
/** Stretches of a slab out of sight. */
const COARSE_CELLS = 16;

/** A stretch of a slab while blocks are counted into it. */
interface Stretch {
  x0: number;
  x1: number;
  taken: number;
  nrBlocks: number;
}

export function chooseDetail({ slabs, blocks }: SlabLayout, options: DetailOptions): Detail {
  const { keep } = options;
  const budget = Math.max(LEAST_BUDGET, options.budget);
  if (blocks.length <= budget) return { blocks, cells: [], merged: 0 };
  const visible = slabs.map(({ view }) => options.visible.get(view.placement) ?? ([0, COLUMNS] as const));
  // Of blocks at least w wide no more than columns / w are in sight, and as many cells: together at most the budget.
  const columns = visible.reduce((sum, [from, to]) => sum + Math.max(0, to - from), 0);
  const spare = Math.max(LEAST_BUDGET / 2, budget - slabs.length * (2 * COARSE_CELLS + 3));
  const least = Math.max((2 * columns) / spare, 1e-6);
  const coarse = Math.max(COLUMNS / COARSE_CELLS, least);
  const place = new Map(slabs.map(({ view }, i) => [view.placement, i]));
  const stretches = slabs.map(() => new Map<number, Stretch>());
  const drawn: Block[] = [];
  let merged = 0;
  for (const block of blocks) {
    const index = place.get(block.placement);
    if (index === undefined) continue;
    const [from, to] = visible[index]!;
    const width = block.x1 - block.x0;
    const inSight = block.x1 > from && block.x0 < to;
    if (keep.has(block.objectId) || width >= (inSight ? least : coarse)) {
      drawn.push(block);
      continue;
    }
    merged++;
    const here = stretches[index]!;
    // Cells in sight count from 0, those out of sight from -1 down.
    const key = inSight ? Math.floor(block.x0 / least) : -1 - Math.floor(block.x0 / coarse);
    const stretch = here.get(key);
    if (stretch) {
      stretch.x0 = Math.min(stretch.x0, block.x0);
      stretch.x1 = Math.max(stretch.x1, block.x1);
      stretch.taken += width;
      stretch.nrBlocks++;
    } else here.set(key, { x0: block.x0, x1: block.x1, taken: width, nrBlocks: 1 });
  }
  const cells = slabs.flatMap(({ view: { placement } }, i) =>
    [...stretches[i]!.values()].map(
      ({ x0, x1, taken, nrBlocks }): SlabCell => ({
        placement,
        x0,
        x1,
        fill: Math.min(1, taken / (x1 - x0)),
        nrBlocks,
      }),
    ),
  );
  return { blocks: drawn, cells, merged };
}

/** The block at a column of a slab, or the nearest one within `reach` columns; for picking in a cell. */
export function blockAt(
  { blocks }: SlabLayout,
  placement: Placement,
  x: number,
  reach: number,
): Block | null {
  let nearest: Block | null = null;
  let least = reach;
  for (const block of blocks) {
    if (block.placement !== placement) continue;
    const distance = Math.max(block.x0 - x, x - block.x1, 0);
    if (distance > least || (nearest !== null && distance === least)) continue;
    nearest = block;
    least = distance;
    if (distance === 0) break;
  }
  return nearest;
}
