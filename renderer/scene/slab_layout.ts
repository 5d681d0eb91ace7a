/**
 * Slabs and blocks in world units. A slab is 32 columns wide, always; its depth gives its size. A block's footprint is
 * its pages, exactly; its height means nothing.
 *
 * Units      world units: one column wide, one row deep; one cell (column x row) holds `cellPages` pages
 * Invariants I0 blocks are in order of object id, those of one object in order of its runs
 *            I1 area of an object's blocks = nrPages / cellPages
 *            I2 blocks of one placement do not overlap, since page runs do not
 */
import type { LabView, ObjectView, Placement, PlacementView } from '../../core/public/view_types.ts';
import { changeLayout } from './layout_change.ts';
import { MANY, type PackedMany, type Places, pack, packMany } from './packing.ts';
import { sizeSlabs } from './slab_sizes.ts';

export const COLUMNS = 32;
export const BLOCK_HEIGHT = 1.25;
export const SLAB_THICKNESS = 0.75;

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

/** How the blocks of a layout came from those of another: for who counted those. */
export interface BlockChange {
  readonly from: readonly Block[];
  readonly left: readonly Block[];
  readonly came: readonly Block[];
}

export interface SlabLayout {
  readonly cellPages: number;
  readonly slabs: readonly Slab[];
  readonly blocks: readonly Block[];
  /** Where few of very many blocks changed. */
  readonly change?: BlockChange;
  /** Places given to objects without addresses, by placement; hand them back for the next view. */
  readonly places: ReadonlyMap<Placement, Places>;
  /** Of very many objects, what the next layout changes; it is given away with it. */
  readonly packed: ReadonlyMap<Placement, PackedMany>;
  /** What is laid out here. */
  readonly objects: readonly ObjectView[];
}

/**
 * Lay out a view.
 *
 * @param before the layout before: blocks without addresses stay where they were, slabs as large as they were
 */
export function layOutSlabs(view: LabView, before?: SlabLayout): SlabLayout {
  const changed = before && changeLayout(view, before);
  if (changed) return changed;
  const { cellPages, slabs } = sizeSlabs(view, before);
  const places = new Map<Placement, Places>();
  const packed = new Map<Placement, PackedMany>();
  const looseBy: Record<Placement, ObjectView[]> = { VRAM: [], TT: [], SYSTEM: [], SWAP: [] };
  for (const object of view.objects) if (object.runs.length === 0) looseBy[object.placement].push(object);
  for (const slab of slabs) {
    const { placement } = slab.view;
    const old = before?.places.get(placement) ?? new Map<number, number>();
    const loose = looseBy[placement];
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

/** Where the blocks of an object stand in the list, or would. */
export function placeOfBlocks(blocks: readonly Block[], objectId: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blocks[middle]!.objectId < objectId) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Blocks of an object, in order of address. */
export function blocksOf({ blocks }: SlabLayout, objectId: number): readonly Block[] {
  const first = placeOfBlocks(blocks, objectId);
  let end = first;
  while (blocks[end]?.objectId === objectId) end++;
  return blocks.slice(first, end);
}
