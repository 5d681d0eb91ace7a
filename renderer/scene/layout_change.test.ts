import { describe, expect, it } from 'vitest';
import type { LabView, ObjectView, Placement } from '../../core/public/view_types.ts';
import { manyObjectsView } from '../testing/many_objects.ts';
import { changeLayout, objectChanges } from './layout_change.ts';
import { blocksOf, layOutSlabs, type SlabLayout, slabOf } from './slab_layout.ts';

const COUNT = 4000;

/** Small numbers in a fixed disorder. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Some objects move between memories, some go, some come; addresses stay free of others'. */
function step(view: LabView, pick: (below: number) => number, nextId: number): LabView {
  const objects = [...view.objects];
  const change = (at: number, of: Partial<ObjectView>) => {
    objects[at] = { ...objects[at]!, ...of };
  };
  for (let i = 0; i < 40; i++) {
    const at = pick(objects.length);
    const { placement } = objects[at]!;
    if (i % 4 === 0) change(at, { lastUse: i });
    else if (placement === 'VRAM') change(at, { placement: 'SYSTEM', runs: [] });
    else if (placement === 'SYSTEM') change(at, { placement: 'SWAP' });
    else if (placement === 'SWAP') change(at, { placement: 'SYSTEM' });
  }
  objects.splice(pick(objects.length), 1);
  objects.push({ ...objects[0]!, id: nextId, placement: 'SYSTEM', runs: [], nrPages: 1 + pick(9) });
  const used = (placement: Placement) =>
    objects.reduce((sum, o) => sum + (o.placement === placement ? o.nrPages : 0), 0);
  const placements = view.placements.map(row => ({ ...row, usedPages: used(row.placement) }));
  return { ...view, objects, placements };
}

/** Objects whose blocks are not as large as they are or lie elsewhere, and blocks that lie over others. */
function wrongIn(view: LabView, layout: SlabLayout): number[] {
  const wrong = view.objects.filter(object => {
    const { columnPages } = slabOf(layout, object.placement)!;
    const blocks = blocksOf(layout, object.id);
    const pages = blocks.reduce((sum, b) => sum + (b.x1 - b.x0) * columnPages, 0);
    return Math.abs(pages - object.nrPages) > 1e-6 || blocks.some(b => b.placement !== object.placement);
  });
  const overlapping = layout.slabs.flatMap(({ view: row }) => {
    const here = layout.blocks.filter(b => b.placement === row.placement);
    here.sort((a, b) => a.x0 - b.x0 || a.objectId - b.objectId);
    return here.filter((block, i) => i > 0 && block.x0 < here[i - 1]!.x1 - 1e-9);
  });
  return [...wrong.map(({ id }) => id), ...overlapping.map(({ objectId }) => objectId)];
}

describe('changeLayout', () => {
  it('after many steps no block overlaps another, each is as large as its object, and who did not move keeps its block', () => {
    const pick = numbers(7);
    let view = manyObjectsView(COUNT);
    let layout = layOutSlabs(view);
    let changed = 0;
    for (let round = 0; round < 12; round++) {
      const next = step(view, pick, COUNT + 1 + round);
      const same = new Set(view.objects);
      const kept = next.objects.filter(object => same.has(object)).map(({ id }) => id);
      const before = layout;
      const after = changeLayout(next, before);
      if (after) changed++;
      layout = after ?? layOutSlabs(next, before);
      if (after) expect(kept.filter(id => blocksOf(after, id)[0] !== blocksOf(before, id)[0])).toEqual([]);
      view = next;
      expect(wrongIn(view, layout)).toEqual([]);
      expect(layout.blocks).toHaveLength(view.objects.length);
    }
    // Now and then a memory needs a larger slab, and everything is laid out anew.
    expect(changed).toBeGreaterThan(2);
  });

  it('a view in which nothing lies elsewhere keeps all blocks', () => {
    const view = manyObjectsView(COUNT);
    const before = layOutSlabs(view);
    const used = { ...view, objects: view.objects.map((o, i) => (i % 50 === 0 ? { ...o, lastUse: 9 } : o)) };
    expect(layOutSlabs(used, before).blocks).toBe(before.blocks);
  });
});

describe('objectChanges', () => {
  it('names what went, what came and what took the place of another', () => {
    const rows = manyObjectsView(6).objects;
    const other = { ...rows[2]!, maps: 7 };
    const after = [rows[0]!, other, rows[3]!, rows[5]!, { ...rows[5]!, id: 9 }];
    const { gone, fresh } = objectChanges(rows, after);
    expect(gone.map(({ id }) => id)).toEqual([2, 3, 5]);
    expect(fresh.map(({ id }) => id)).toEqual([3, 9]);
    expect(objectChanges(rows, rows)).toEqual({ gone: [], fresh: [] });
  });
});
