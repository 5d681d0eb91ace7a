import { describe, expect, it } from 'vitest';
import type { LabView, ObjectView } from '../../core/public/view_types.ts';
import { changedView, manyObjectsView, numbers } from '../testing/many_objects.ts';
import { changeLayout, objectChanges } from './layout_change.ts';
import { blocksOf, layOutSlabs, type SlabLayout, slabOf } from './slab_layout.ts';

const COUNT = 4000;

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
      const next = changedView(view, pick, COUNT + 1 + round);
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

describe('a memory that fills', () => {
  it('is laid out anew only in the beginning: its slab grows, the scale changes, every block keeps its pages', () => {
    const SIZE = 1 << 20;
    const at = (count: number, before: readonly ObjectView[]): LabView => {
      const base = manyObjectsView(4);
      const fresh = Array.from({ length: count - before.length }, (_, i): ObjectView => {
        const id = before.length + i + 1;
        return { ...base.objects[0]!, id, placement: 'SYSTEM', runs: [], nrPages: 1 + (id % 3) };
      });
      const objects = [...before, ...fresh];
      const usedPages = objects.reduce((sum, { nrPages }) => sum + nrPages, 0);
      const placements = base.placements.map(row =>
        row.placement === 'SYSTEM'
          ? { ...row, sizePages: SIZE, usedPages }
          : { ...row, sizePages: 16_384, usedPages: 0 },
      );
      return { ...base, objects, placements };
    };
    let view = at(700, []);
    let layout = layOutSlabs(view);
    const scales = new Set<number>();
    const first = view.objects[0]!.id;
    for (let count = 1_400; count < 60_000; count = Math.ceil(count * 1.3)) {
      view = at(count, view.objects);
      const changed = changeLayout(view, layout);
      expect(changed).not.toBeNull();
      layout = changed!;
      scales.add(layout.cellPages);
      expect(wrongIn(view, layout)).toEqual([]);
      expect(slabOf(layout, 'SYSTEM')!.shownPages).toBeGreaterThanOrEqual(
        view.objects.reduce((sum, { nrPages }) => sum + nrPages, 0),
      );
      expect(blocksOf(layout, first)[0]!.x0).toBe(0);
    }
    expect(scales.size).toBeGreaterThan(1);
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
