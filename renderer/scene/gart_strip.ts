/**
 * The GART as a strip that stands before VRAM and TT: one step of z per entry, bound runs as cells.
 *
 * Units      entries of the table; world units
 * Invariants I1 a cell's length is its entries times `unitsPerEntry` (cells too short to see are drawn, never enlarged in the model)
 */
import type { GartRunView, GartView } from '../../core/public/view_types.ts';

export const STRIP_X0 = -5.1;
export const STRIP_X1 = -2.9;
export const STRIP_Y = 0.9;
const STRIP_Z0 = -2.2;

export interface GartCell {
  readonly run: GartRunView;
  readonly z0: number;
  readonly z1: number;
}

export interface GartStrip {
  readonly z0: number;
  readonly z1: number;
  /** Entries that the strip shows, from entry 0 on. */
  readonly shownEntries: number;
  readonly unitsPerEntry: number;
  readonly cells: readonly GartCell[];
}

/** Show everything in use plus half as much again, in steps of a power of two, but never more than the table has. */
function shownEntries(gart: GartView): number {
  const end = gart.runs.reduce((most, run) => Math.max(most, run.firstEntry + run.nrEntries), 0);
  let shown = 16;
  while (shown < end * 1.25) shown *= 2;
  return Math.max(1, Math.min(gart.nrEntries, shown));
}

/**
 * @param z1 where the strip ends: the near edge of the TT slab
 */
export function layOutGart(gart: GartView, z1: number): GartStrip {
  const entries = shownEntries(gart);
  const unitsPerEntry = (z1 - STRIP_Z0) / entries;
  return {
    z0: STRIP_Z0,
    z1,
    shownEntries: entries,
    unitsPerEntry,
    cells: gart.runs.map(run => ({
      run,
      z0: STRIP_Z0 + run.firstEntry * unitsPerEntry,
      z1: STRIP_Z0 + (run.firstEntry + run.nrEntries) * unitsPerEntry,
    })),
  };
}

/** Cells that belong to an object. */
export function cellsOf(strip: GartStrip, objectId: number): readonly GartCell[] {
  return strip.cells.filter(cell => cell.run.objectId === objectId);
}
