/**
 * Slabs and blocks in world units. A slab is 32 columns wide, always; its depth gives its size. A block's footprint is
 * its pages, exactly; its height means nothing.
 *
 * Units      world units: one column wide, one row deep; one cell (column x row) holds `cellPages` pages
 * Invariants I0 blocks are in order of object id, those of one object in order of its runs
 *            I1 area of an object's blocks = nrPages / cellPages
 *            I2 blocks of one placement do not overlap, since page runs do not
 */
import {
  type LabView,
  type ObjectView,
  PLACEMENTS,
  type Placement,
  type PlacementView,
} from '../../core/public/view_types.ts';
import { changeLayout } from './layout_change.ts';
import { MANY, type PackedMany, type Places, pack, packMany } from './packing.ts';

export const COLUMNS = 32;
export const BLOCK_HEIGHT = 1.25;
export const SLAB_THICKNESS = 0.75;
/** Each tier lies this much lower and nearer than the one before. */
const TIER_DROP = 2.5;
const TIER_GAP = 2;
/** Rows that VRAM has at the chosen scale, and that any slab has at most. */
const VRAM_ROWS = 8;
const MOST_ROWS = 10;
/** A slab of less depth could not carry its name. */
const LEAST_ROWS = 2.5;
/** Rows of a memory that is far larger than what lies in it: enough to see that it is empty. */
const COMMON_ROWS: Readonly<Record<Placement, number>> = { VRAM: 10, TT: 4, SYSTEM: 6, SWAP: 4 };

export interface Slab {
  readonly view: PlacementView;
  /** World y of its top. */
  readonly y: number;
  readonly z0: number;
  readonly z1: number;
  /** Pages that the drawn slab holds; less than the memory has where that is far larger than everything in use. */
  readonly shownPages: number;
  /** Pages of one column. */
  readonly columnPages: number;
}

export interface Block {
  readonly objectId: number;
  readonly placement: Placement;
  readonly x0: number;
  readonly x1: number;
}

export interface SlabLayout {
  readonly cellPages: number;
  readonly slabs: readonly Slab[];
  readonly blocks: readonly Block[];
  /** Places given to objects without addresses, by placement; hand them back for the next view. */
  readonly places: ReadonlyMap<Placement, Places>;
  /** Of very many objects, what the next layout changes; it is given away with it. */
  readonly packed: ReadonlyMap<Placement, PackedMany>;
  /** What is laid out here. */
  readonly objects: readonly ObjectView[];
}

/** Last page that anything in this placement needs. */
function neededPages(objects: readonly ObjectView[], view: PlacementView): number {
  let end = 0;
  let loose = 0;
  for (const object of objects) {
    if (object.placement !== view.placement) continue;
    for (const run of object.runs) end = Math.max(end, run.firstPage + run.nrPages);
    if (object.runs.length === 0) loose += object.nrPages;
  }
  return Math.max(end, loose, view.usedPages);
}

function powerOfTwoUp(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}

/** Pages per cell: VRAM gets eight rows, unless some other memory would need more than ten for what it holds. */
function chooseCellPages(view: LabView): number {
  const vram = view.placements.find(p => p.placement === 'VRAM');
  let cell = powerOfTwoUp((vram?.sizePages ?? 1) / (COLUMNS * VRAM_ROWS));
  const worst = Math.max(0, ...view.placements.map(p => neededPages(view.objects, p)));
  while (worst > cell * COLUMNS * MOST_ROWS) cell *= 2;
  return cell;
}

/** The slabs of a view at this scale. */
function slabsOf(view: LabView, cellPages: number, before: SlabLayout | undefined): Slab[] {
  const slabs: Slab[] = [];
  let z = 0;
  PLACEMENTS.forEach((placement, tier) => {
    const row = view.placements.find(p => p.placement === placement);
    if (!row) return;
    const rowPages = COLUMNS * cellPages;
    const needed = Math.ceil(neededPages(view.objects, row) / rowPages) * rowPages;
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
  return slabs;
}

/**
 * Lay out a view.
 *
 * @param before the layout before: blocks without addresses stay where they were, slabs as large as they were
 */
export function layOutSlabs(view: LabView, before?: SlabLayout): SlabLayout {
  const changed = before && changeLayout(view, before);
  if (changed) return changed;
  const cellPages = chooseCellPages(view);
  const slabs = slabsOf(view, cellPages, before);
  const places = new Map<Placement, Places>();
  const packed = new Map<Placement, PackedMany>();
  for (const slab of slabs) {
    const { placement } = slab.view;
    const old = before?.places.get(placement) ?? new Map<number, number>();
    const loose = view.objects.filter(object => object.placement === placement && object.runs.length === 0);
    if (view.objects.length > MANY) {
      const many = packMany(old, loose, slab.shownPages);
      packed.set(placement, many);
      places.set(placement, many.places);
      continue;
    }
    const leavers = view.objects.filter(object => object.placement !== placement && old.has(object.id));
    const gap = Math.round(slab.columnPages * 0.4);
    const few = new Map(pack(old, loose, slab.shownPages, gap, leavers));
    places.set(placement, few);
  }
  const blocks: Block[] = [];
  const slabBy = new Map(slabs.map(slab => [slab.view.placement, slab]));
  for (const object of view.objects) addBlocks(blocks, object, slabBy, places);
  return { cellPages, slabs, blocks, places, packed, objects: view.objects };
}

/** The blocks of an object behind those that are there. */
export function addBlocks(
  blocks: Block[],
  object: ObjectView,
  slabs: ReadonlyMap<Placement, Slab>,
  places: ReadonlyMap<Placement, Places>,
): void {
  const { id: objectId, placement } = object;
  const slab = slabs.get(placement);
  if (!slab) return;
  for (const { firstPage, nrPages } of runsOf(object, places.get(placement)!)) {
    const x0 = firstPage / slab.columnPages;
    blocks.push({ objectId, placement, x0, x1: (firstPage + nrPages) / slab.columnPages });
  }
}

function runsOf(object: ObjectView, loose: Places): readonly { firstPage: number; nrPages: number }[] {
  if (object.runs.length > 0) return object.runs;
  const firstPage = loose.get(object.id);
  return firstPage === undefined ? [] : [{ firstPage, nrPages: object.nrPages }];
}

/** The slab of a placement, or undefined when the machine has none. */
export function slabOf(layout: SlabLayout, placement: Placement): Slab | undefined {
  return layout.slabs.find(slab => slab.view.placement === placement);
}

/** Blocks of an object, in order of address. */
export function blocksOf({ blocks }: SlabLayout, objectId: number): readonly Block[] {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blocks[middle]!.objectId < objectId) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (blocks[end]?.objectId === objectId) end++;
  return blocks.slice(low, end);
}
