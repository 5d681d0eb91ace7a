/**
 * Level of detail: of more blocks than can be drawn, the narrow ones and those out of sight become cells of their slab.
 *
 * Units      world units; widths are columns of a slab
 * Invariants I1 area is exact: width x fill of all cells of a slab = the widths of the blocks that they stand for
 *            I2 blocks drawn on their own, besides those in `keep`, and cells are no more than the budget
 *            I3 a block drawn on its own is at least as wide as a cell, so that no cell reaches over one
 */
import type { Placement } from '../../core/public/view_types.ts';
import { type Block, blocksOf, COLUMNS, type SlabLayout } from './slab_layout.ts';

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

/** Stretches of a slab while blocks are counted into them. */
class Stretches {
  private readonly x0: Float64Array;
  private readonly x1: Float64Array;
  private readonly taken: Float64Array;
  private readonly nrBlocks: Int32Array;

  constructor(count: number) {
    this.x0 = new Float64Array(count);
    this.x1 = new Float64Array(count);
    this.taken = new Float64Array(count);
    this.nrBlocks = new Int32Array(count);
  }

  add(at: number, x0: number, x1: number): void {
    const isFirst = this.nrBlocks[at]!++ === 0;
    if (isFirst || x0 < this.x0[at]!) this.x0[at] = x0;
    if (isFirst || x1 > this.x1[at]!) this.x1[at] = x1;
    this.taken[at]! += x1 - x0;
  }

  /** Without a block that was added; the stretch stays as long as it was. */
  take(at: number, x0: number, x1: number): void {
    this.taken[at]! -= x1 - x0;
    if (--this.nrBlocks[at]! === 0) this.taken[at] = 0;
  }

  cells(placement: Placement): SlabCell[] {
    const cells: SlabCell[] = [];
    this.nrBlocks.forEach((nrBlocks, at) => {
      if (nrBlocks === 0) return;
      const x0 = this.x0[at]!;
      const x1 = this.x1[at]!;
      cells.push({ placement, x0, x1, fill: Math.min(1, this.taken[at]! / (x1 - x0)), nrBlocks });
    });
    return cells;
  }
}

/** The blocks of a layout, each on its own or in a stretch of its slab. */
class Merging {
  private readonly visible: readonly (readonly [number, number])[];
  private readonly places: ReadonlyMap<Placement, number>;
  private readonly stretches: readonly Stretches[];
  private drawn: Block[] = [];
  private merged = 0;
  /** Widths from which blocks are drawn on their own, in sight and out of it. */
  private readonly least: number;
  private readonly coarse: number;
  /** Stretches in sight count from 0, those out of sight follow them. */
  private readonly fine: number;
  private readonly all: number;

  constructor(
    private layout: SlabLayout,
    budget: number,
    visible: VisibleColumns,
  ) {
    const { slabs, blocks } = layout;
    this.visible = slabs.map(({ view }) => visible.get(view.placement) ?? ([0, COLUMNS] as const));
    // Of blocks at least w wide no more than columns / w are in sight, and as many cells: together at most the budget.
    const columns = this.visible.reduce((sum, [from, to]) => sum + Math.max(0, to - from), 0);
    const spare = Math.max(LEAST_BUDGET / 2, budget - slabs.length * (2 * COARSE_CELLS + 3));
    this.least = Math.max((2 * columns) / spare, 1e-6);
    this.coarse = Math.max(COLUMNS / COARSE_CELLS, this.least);
    this.fine = Math.ceil(COLUMNS / this.least) + 1;
    this.all = this.fine + Math.ceil(COLUMNS / this.coarse) + 1;
    this.places = new Map(slabs.map(({ view }, i) => [view.placement, i]));
    this.stretches = slabs.map(() => new Stretches(this.all));
    this.add(blocks);
  }

  private add(blocks: readonly Block[]): void {
    // Neighbours in the list mostly lie in one memory.
    let last: Placement | null = null;
    let index: number | undefined;
    for (const block of blocks) {
      if (block.placement !== last) index = this.places.get((last = block.placement));
      if (index === undefined) continue;
      const at = this.stretchOf(block, index);
      if (at < 0) this.drawn.push(block);
      else {
        this.merged++;
        this.stretches[index]!.add(at, block.x0, block.x1);
      }
    }
  }

  /** Count on from the layout that was counted to one of the same slabs. @returns false: everything has to be counted anew */
  follow(layout: SlabLayout): boolean {
    const { change } = layout;
    if (change?.from !== this.layout.blocks) return layout.blocks === this.layout.blocks;
    const gone = new Set<Block>();
    for (const block of change.left) {
      const index = this.places.get(block.placement);
      if (index === undefined) continue;
      const at = this.stretchOf(block, index);
      if (at < 0) gone.add(block);
      else {
        this.merged--;
        this.stretches[index]!.take(at, block.x0, block.x1);
      }
    }
    if (gone.size > 0) this.drawn = this.drawn.filter(block => !gone.has(block));
    this.add(change.came);
    this.layout = layout;
    return true;
  }

  /** The stretch that a block stands in, or -1. */
  private stretchOf({ x0, x1 }: Block, index: number): number {
    const [from, to] = this.visible[index]!;
    if (x1 > from && x0 < to)
      return x1 - x0 >= this.least ? -1 : Math.min(this.fine - 1, Math.floor(x0 / this.least));
    return x1 - x0 >= this.coarse ? -1 : Math.min(this.all - 1, this.fine + Math.floor(x0 / this.coarse));
  }

  /** With these objects on their own. */
  detail(keep: ReadonlySet<number>): Detail {
    const kept: Block[] = [];
    const cells = this.without(keep, kept);
    return { blocks: [...this.drawn, ...kept], cells, merged: this.merged - kept.length };
  }

  /** The cells without these objects, which are put into `kept`. */
  private without(keep: ReadonlySet<number>, kept: Block[]): SlabCell[] {
    const back: (() => void)[] = [];
    for (const id of keep) {
      for (const block of blocksOf(this.layout, id)) {
        const index = this.places.get(block.placement);
        const at = index === undefined ? -1 : this.stretchOf(block, index);
        if (index === undefined || at < 0) continue;
        const stretch = this.stretches[index]!;
        kept.push(block);
        stretch.take(at, block.x0, block.x1);
        back.push(() => stretch.add(at, block.x0, block.x1));
      }
    }
    const cells = this.layout.slabs.flatMap(({ view }, i) => this.stretches[i]!.cells(view.placement));
    for (const put of back) put();
    return cells;
  }
}

const isFew = ({ blocks }: SlabLayout, budget: number) => blocks.length <= Math.max(LEAST_BUDGET, budget);

export function chooseDetail(layout: SlabLayout, { budget, keep, visible }: DetailOptions): Detail {
  if (isFew(layout, budget)) return { blocks: layout.blocks, cells: [], merged: 0 };
  return new Merging(layout, Math.max(LEAST_BUDGET, budget), visible).detail(keep);
}

/** The same, keeping what was counted for the picture before: most pictures of a layout differ in what moves only. */
export class DetailMemo {
  private asked = '';
  private merging: Merging | null = null;

  choose(layout: SlabLayout, options: DetailOptions): Detail {
    const { budget, keep, visible } = options;
    if (isFew(layout, budget)) return chooseDetail(layout, options);
    const asked = JSON.stringify([budget, [...visible]]);
    if (asked !== this.asked || !this.merging?.follow(layout))
      this.merging = new Merging(layout, Math.max(LEAST_BUDGET, budget), visible);
    this.asked = asked;
    return this.merging.detail(keep);
  }
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
