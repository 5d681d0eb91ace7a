/**
 * How deep each slab is, and how many pages a cell of it holds.
 *
 * Units      world units: one column wide, one row deep; a cell (column x row) holds `cellPages` pages
 * Invariants I1 a slab has room for all that lies in its memory
 */
import { type LabView, PLACEMENTS, type Placement } from '../../core/public/view_types.ts';
import { MANY } from './packing.ts';
import { COLUMNS, type Slab, type SlabLayout, slabOf } from './slab_layout.ts';

/** Each tier lies this much lower and nearer than the one before. */
const TIER_DROP = 2.5;
const TIER_GAP = 2;
/** Rows that VRAM has at the chosen scale, and that any slab has at most. */
const VRAM_ROWS = 8;
const MOST_ROWS = 10;
/** How much more than now may lie in a memory before its slab has to grow. */
const GROWTH = 1.25;
/** A slab of less depth could not carry its name. */
const LEAST_ROWS = 2.5;
/** Rows of a memory that is far larger than what lies in it: enough to see that it is empty. */
const COMMON_ROWS: Readonly<Record<Placement, number>> = { VRAM: 10, TT: 4, SYSTEM: 6, SWAP: 4 };

/** Last page that anything in each placement needs. */
function neededPages({ objects, placements }: LabView): ReadonlyMap<Placement, number> {
  const ends: Record<Placement, number> = { VRAM: 0, TT: 0, SYSTEM: 0, SWAP: 0 };
  const loose: Record<Placement, number> = { VRAM: 0, TT: 0, SYSTEM: 0, SWAP: 0 };
  for (const { placement, runs, nrPages } of objects) {
    for (const run of runs) ends[placement] = Math.max(ends[placement], run.firstPage + run.nrPages);
    if (runs.length === 0) loose[placement] += nrPages;
  }
  return new Map(
    placements.map(({ placement, usedPages }) => [
      placement,
      Math.max(ends[placement], loose[placement], usedPages),
    ]),
  );
}

function powerOfTwoUp(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}

/** Pages per cell: VRAM gets eight rows, unless some other memory would need more than ten for what it holds. */
function chooseCellPages(view: LabView, needed: ReadonlyMap<Placement, number>): number {
  const vram = view.placements.find(p => p.placement === 'VRAM');
  let cell = powerOfTwoUp((vram?.sizePages ?? 1) / (COLUMNS * VRAM_ROWS));
  const worst = Math.max(0, ...needed.values());
  while (worst > cell * COLUMNS * MOST_ROWS) cell *= 2;
  return cell;
}

/**
 * The slabs of a view, and the scale that they are drawn at.
 *
 * @param before the layout before: at the same scale no slab becomes smaller
 */
export function sizeSlabs(
  view: LabView,
  before?: SlabLayout,
): { readonly cellPages: number; readonly slabs: Slab[] } {
  const neededBy = neededPages(view);
  const cellPages = chooseCellPages(view, neededBy);
  const slabs: Slab[] = [];
  const many = view.objects.length > MANY;
  let z = 0;
  PLACEMENTS.forEach((placement, tier) => {
    const row = view.placements.find(p => p.placement === placement);
    if (!row) return;
    const rowPages = COLUMNS * cellPages;
    const rowsNeeded = Math.ceil(neededBy.get(placement)! / rowPages);
    // All of very many blocks change with their slab: it grows once, to the end of what this scale has.
    const grows = many && rowsNeeded * GROWTH > COMMON_ROWS[placement];
    const needed = (grows ? Math.max(rowsNeeded, MOST_ROWS) : rowsNeeded) * rowPages;
    // What was drawn once stays drawn, so that a slab does not change under its blocks.
    const drawn = before?.cellPages === cellPages ? (slabOf(before, placement)?.shownPages ?? 0) : 0;
    const wanted = Math.max(COMMON_ROWS[placement] * rowPages, needed, drawn);
    const shownPages = Math.max(1, Math.min(row.sizePages, wanted));
    const rows = Math.max(LEAST_ROWS, shownPages / rowPages);
    slabs.push({
      view: row,
      y: -TIER_DROP * tier,
      z0: z,
      z1: z + rows,
      shownPages,
      columnPages: shownPages / COLUMNS,
    });
    z += rows + TIER_GAP;
  });
  return { cellPages, slabs };
}
