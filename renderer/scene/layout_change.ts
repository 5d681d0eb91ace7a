/**
 * The slabs of very many objects after a step that changed a few: the scale stays, and only the blocks of those are laid out anew.
 *
 * Units      world units, as in slab_layout.ts
 * Invariants I1 the result keeps the invariants of slab_layout.ts; what cannot be done so is left to it (null)
 */
import type { LabView, ObjectView } from '../../core/public/view_types.ts';
import { MANY } from './packing.ts';
import { addBlocks, type Block, type SlabLayout } from './slab_layout.ts';

/** A share of all objects that changes at once is laid out with the others. */
const MOST_CHANGED = 1 / 8;

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
export function changeLayout(view: LabView, before: SlabLayout): SlabLayout | null {
  if (view.objects.length <= MANY) return null;
  const slabs = before.slabs.flatMap(slab => {
    const row = view.placements.find(({ placement }) => placement === slab.view.placement);
    if (!row || row.sizePages !== slab.view.sizePages || row.usedPages > slab.shownPages) return [];
    return [slab.view === row ? slab : { ...slab, view: row }];
  });
  if (slabs.length !== before.slabs.length || slabs.length !== view.placements.length) return null;
  const { gone, fresh } = objectChanges(before.objects, view.objects);
  if (fresh.length + gone.length > view.objects.length * MOST_CHANGED) return null;
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
  const blocks =
    leavers.length + newcomers.length > 0 ? mergeBlocks(before, leavers, newcomers, slabBy) : before.blocks;
  const { cellPages, places, packed } = before;
  return { cellPages, slabs, blocks, places, packed, objects: view.objects };
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
function mergeBlocks(
  before: SlabLayout,
  gone: readonly ObjectView[],
  fresh: readonly ObjectView[],
  slabs: Parameters<typeof addBlocks>[2],
): Block[] {
  const blocks: Block[] = [];
  const old = before.blocks;
  let at = 0;
  let left = 0;
  /** Take over what stands before this id, without what is gone. */
  const takeUntil = (id: number) => {
    for (; at < old.length && old[at]!.objectId < id; at++) {
      const { objectId } = old[at]!;
      while (left < gone.length && gone[left]!.id < objectId) left++;
      if (gone[left]?.id !== objectId) blocks.push(old[at]!);
    }
  };
  for (const row of fresh) {
    takeUntil(row.id);
    addBlocks(blocks, row, slabs, before.places);
    while (old[at]?.objectId === row.id) at++;
  }
  takeUntil(Number.POSITIVE_INFINITY);
  return blocks;
}
