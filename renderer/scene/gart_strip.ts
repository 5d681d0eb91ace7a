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

/** What is drawn: one run, or several short ones as a cell that is as broad as they fill it. */
export interface DrawnGartCell {
  readonly leadsTo: GartRunView['leadsTo'];
  readonly z0: number;
  readonly z1: number;
  /** Part of the strip's breadth that the cell takes, from 0 to 1. */
  readonly from: number;
  readonly to: number;
}

export interface GartStrip {
  readonly z0: number;
  readonly z1: number;
  /** Entries that the strip shows, from entry 0 on. */
  readonly shownEntries: number;
  readonly unitsPerEntry: number;
  readonly runs: readonly GartRunView[];
  readonly drawn: readonly DrawnGartCell[];
}

/** Show everything in use plus half as much again, in steps of a power of two, but never more than the table has. */
function shownEntries(gart: GartView): number {
  const end = gart.runs.reduce((most, run) => Math.max(most, run.firstEntry + run.nrEntries), 0);
  let shown = 16;
  while (shown < end * 1.25) shown *= 2;
  return Math.max(1, Math.min(gart.nrEntries, shown));
}

/** More runs than this are drawn as so many cells, each with the exact share of entries that lead to VRAM and to TT. */
const MOST_CELLS = 400;

function cellOf(run: GartRunView, unitsPerEntry: number): GartCell {
  const z0 = STRIP_Z0 + run.firstEntry * unitsPerEntry;
  return { run, z0, z1: z0 + run.nrEntries * unitsPerEntry };
}

function drawnCells(gart: GartView, entries: number, unitsPerEntry: number): DrawnGartCell[] {
  if (gart.runs.length <= MOST_CELLS) {
    return gart.runs.map(run => {
      const { z0, z1 } = cellOf(run, unitsPerEntry);
      return { leadsTo: run.leadsTo, z0, z1, from: 0, to: 1 };
    });
  }
  const per = entries / MOST_CELLS;
  const sums = { VRAM: new Float64Array(MOST_CELLS), TT: new Float64Array(MOST_CELLS) };
  for (const { firstEntry, nrEntries, leadsTo } of gart.runs) {
    if (leadsTo === null) continue;
    const end = firstEntry + nrEntries;
    for (let cell = Math.floor(firstEntry / per); cell < MOST_CELLS && cell * per < end; cell++) {
      sums[leadsTo][cell]! += Math.min(end, (cell + 1) * per) - Math.max(firstEntry, cell * per);
    }
  }
  const drawn: DrawnGartCell[] = [];
  for (let cell = 0; cell < MOST_CELLS; cell++) {
    const z0 = STRIP_Z0 + cell * per * unitsPerEntry;
    const z1 = z0 + per * unitsPerEntry;
    let from = 0;
    for (const leadsTo of ['VRAM', 'TT'] as const) {
      const share = sums[leadsTo][cell]! / per;
      if (share > 0) drawn.push({ leadsTo, z0, z1, from, to: Math.min(1, from + share) });
      from += share;
    }
  }
  return drawn;
}

/**
 * @param z1     where the strip ends: the near edge of the TT slab
 * @param before the strip before
 */
export function layOutGart(gart: GartView, z1: number, before?: GartStrip | null): GartStrip {
  if (before && before.runs === gart.runs && before.z1 === z1) return before;
  const entries = shownEntries(gart);
  const unitsPerEntry = (z1 - STRIP_Z0) / entries;
  const drawn = drawnCells(gart, entries, unitsPerEntry);
  return { z0: STRIP_Z0, z1, shownEntries: entries, unitsPerEntry, runs: gart.runs, drawn };
}

/** The first cell of each of these objects that has one. */
export function firstCells(
  strip: GartStrip,
  objects: { has(objectId: number): boolean },
): ReadonlyMap<number, GartCell> {
  const cells = new Map<number, GartCell>();
  for (const run of strip.runs) {
    const { objectId } = run;
    if (objectId !== null && objects.has(objectId) && !cells.has(objectId))
      cells.set(objectId, cellOf(run, strip.unitsPerEntry));
  }
  return cells;
}
