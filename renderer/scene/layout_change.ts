/**
 * The slabs of very many objects after a step that changed a few: the scale stays, and only the blocks of those are laid out anew.
 *
 * Units      world units, as in slab_layout.ts
 * Invariants I1 the result keeps the invariants of slab_layout.ts; what cannot be done so is left to it (null)
 */
import type { LabView, ObjectView, Placement } from '../../core/public/view_types.ts';
import { MANY } from './packing.ts';
import { addBlocks, type Block, blocksOf, placeOfBlocks, type SlabLayout, slabOf } from './slab_layout.ts';
import { sizeSlabs } from './slab_sizes.ts';

/** Where a larger share of all objects moves at once, everything is laid out anew; who is new is only added. */
const MOST_MOVED = 1 / 8;

interface ObjectChanges {
  /** Rows that are not in the new view. */
  readonly gone: readonly ObjectView[];
  /** Rows that were not in the old one, in order of id. */
  readonly fresh: readonly ObjectView[];
}

/** Both lists are in order of id, and most rows are the same. */
export function objectChanges(before: readonly ObjectView[], after: readonly ObjectView[]): ObjectChanges {
  const gone: ObjectView[] = [];
  const fresh: ObjectView[] = [];
  if (before === after) return { gone, fresh };
  let at = 0;
  for (const row of after) {
    let old = before[at];
    if (old === row) {
      at++;
      continue;
    }
    for (; old && old.id < row.id; old = before[++at]) gone.push(old);
    if (old === row) {
      at++;
      continue;
    }
    if (old && old.id === row.id) {
      gone.push(old);
      at++;
    }
    fresh.push(row);
  }
  for (; at < before.length; at++) gone.push(before[at]!);
  return { gone, fresh };
}

const isLoose = ({ runs }: ObjectView) => runs.length === 0;

/** It takes up the same room as before. */
const lies = (a: ObjectView, b: ObjectView) =>
  a.placement === b.placement &&
  a.nrPages === b.nrPages &&
  a.runs.length === b.runs.length &&
  a.runs.every((run, i) => run.firstPage === b.runs[i]!.firstPage && run.nrPages === b.runs[i]!.nrPages);

/** @returns null when everything has to be laid out anew */
export function changeLayout(view: LabView, last: SlabLayout): SlabLayout | null {
  if (view.objects.length <= MANY || last.packed.size === 0) return null;
  const before = withRoom(view, last);
  if (!before) return null;
  const slabs = before.slabs.flatMap(slab => {
    const row = view.placements.find(({ placement }) => placement === slab.view.placement);
    if (!row || row.sizePages !== slab.view.sizePages) return [];
    return [slab.view === row ? slab : { ...slab, view: row }];
  });
  if (slabs.length !== before.slabs.length || slabs.length !== view.placements.length) return null;
  const { gone, fresh } = objectChanges(before.objects, view.objects);
  if (gone.length > view.objects.length * MOST_MOVED) return null;
  const slabBy = new Map(slabs.map(slab => [slab.view.placement, slab]));
  for (const { placement, runs } of fresh) {
    const slab = slabBy.get(placement);
    if (!slab || runs.some(run => run.firstPage + run.nrPages > slab.shownPages)) return null;
  }
  // Who was only used keeps its block; so does who stays without an address of its own.
  const stays = new Set<number>();
  const old = new Map(gone.map(row => [row.id, row]));
  for (const row of fresh) {
    const was = old.get(row.id);
    if (was && lies(was, row)) stays.add(row.id);
  }
  const leavers = gone.filter(({ id }) => !stays.has(id));
  const newcomers = fresh.filter(({ id }) => !stays.has(id));
  if (!repack(before, leavers, newcomers)) return null;
  const { cellPages, places, packed } = before;
  const rest = { cellPages, slabs, places, packed, objects: view.objects };
  if (leavers.length + newcomers.length === 0) return { ...rest, blocks: before.blocks };
  return { ...rest, ...changeBlocks(before, leavers, newcomers, slabBy) };
}

/** The layout before with slabs that have room for this view: blocks keep their pages. @returns null when a slab becomes smaller */
function withRoom(view: LabView, before: SlabLayout): SlabLayout | null {
  const fits = before.slabs.every(({ view: { placement }, shownPages }) => {
    const row = view.placements.find(each => each.placement === placement);
    return row !== undefined && row.usedPages <= shownPages;
  });
  if (fits) return before;
  const { cellPages, slabs } = sizeSlabs(view, before);
  const narrower = new Map<Placement, number>();
  for (const { view: row, shownPages, columnPages } of slabs) {
    const old = slabOf(before, row.placement);
    if (!old || old.shownPages > shownPages) return null;
    narrower.set(row.placement, old.columnPages / columnPages);
    before.packed.get(row.placement)?.grow(old.shownPages, shownPages);
  }
  const blocks = before.blocks.map(block => {
    const by = narrower.get(block.placement) ?? 1;
    return by === 1 ? block : { ...block, x0: block.x0 * by, x1: block.x1 * by };
  });
  return { ...before, cellPages, slabs, blocks };
}

/** Give and take places without addresses. @returns false when there is no room left between the others */
function repack({ packed }: SlabLayout, gone: readonly ObjectView[], fresh: readonly ObjectView[]): boolean {
  const few = ({ placement }: ObjectView) => !packed.has(placement);
  // Few of them are packed with gaps; that is not done in parts.
  if (gone.some(row => isLoose(row) && few(row)) || fresh.some(row => isLoose(row) && few(row))) return false;
  for (const row of gone) if (isLoose(row)) packed.get(row.placement)!.leave(row);
  return fresh.every(row => !isLoose(row) || packed.get(row.placement)!.enter(row));
}

/** Blocks in order of id without those of `gone`, with those of `fresh`. */
function changeBlocks(
  before: SlabLayout,
  gone: readonly ObjectView[],
  fresh: readonly ObjectView[],
  slabs: Parameters<typeof addBlocks>[2],
): Required<Pick<SlabLayout, 'blocks' | 'change'>> {
  const made: Block[] = [];
  for (const row of fresh) addBlocks(made, row, slabs, before.places);
  const left = gone.flatMap(({ id }) => blocksOf(before, id));
  const change = { from: before.blocks, left, came: made };
  return { blocks: replaced(before.blocks, left, made) ?? merged(before.blocks, left, made), change };
}

/** Most steps only move objects, or add some behind the others: their blocks take the places of the old ones. @returns null otherwise */
function replaced(old: readonly Block[], left: readonly Block[], made: readonly Block[]): Block[] | null {
  const last = old.at(-1)?.objectId ?? 0;
  const end = made.findIndex(({ objectId }) => objectId > last);
  const nrReplaced = end < 0 ? made.length : end;
  if (nrReplaced !== left.length) return null;
  if (left.some(({ objectId }, i) => objectId !== made[i]!.objectId)) return null;
  const blocks = old.slice();
  for (let i = 0, at = 0; i < nrReplaced; i++) {
    const { objectId } = made[i]!;
    at = i > 0 && made[i - 1]!.objectId === objectId ? at + 1 : placeOfBlocks(old, objectId);
    blocks[at] = made[i]!;
  }
  for (let i = nrReplaced; i < made.length; i++) blocks.push(made[i]!);
  return blocks;
}

function merged(old: readonly Block[], left: readonly Block[], made: readonly Block[]): Block[] {
  const blocks: Block[] = [];
  let goneAt = 0;
  let madeAt = 0;
  for (const block of old) {
    if (block === left[goneAt]) {
      goneAt++;
      continue;
    }
    while (madeAt < made.length && made[madeAt]!.objectId < block.objectId) blocks.push(made[madeAt++]!);
    blocks.push(block);
  }
  while (madeAt < made.length) blocks.push(made[madeAt++]!);
  return blocks;
}
