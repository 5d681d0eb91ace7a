import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabView, ObjectView, Placement } from '../../core/public/view_types.ts';
import { fixtureView } from '../testing/fixture.ts';
import { pack } from './packing.ts';
import { blocksOf, COLUMNS, layOutSlabs, slabOf } from './slab_layout.ts';

/** A view with the given object sizes, all in one placement without addresses. */
function viewOf(placement: Placement, sizes: readonly number[], sizePages: number): LabView {
  const base = fixtureView(0);
  const template = base.objects[0]!;
  const objects: ObjectView[] = sizes.map((nrPages, i) => ({
    ...template,
    id: i + 1,
    placement,
    nrPages,
    runs: [],
  }));
  const placements = base.placements.map(row =>
    row.placement === placement
      ? { ...row, sizePages, budgetPages: sizePages, usedPages: sizes.reduce((a, b) => a + b, 0) }
      : row,
  );
  return { ...base, objects, placements };
}

describe('layOutSlabs', () => {
  it('gives every block the area of its pages', () => {
    const view = fixtureView(0);
    const layout = layOutSlabs(view);
    for (const object of view.objects) {
      const slab = slabOf(layout, object.placement)!;
      const area = blocksOf(layout, object.id).reduce(
        (sum, b) => sum + (b.x1 - b.x0) * (slab.z1 - slab.z0),
        0,
      );
      expect(area * layout.cellPages).toBeCloseTo(object.nrPages, 6);
    }
  });

  it('puts an object with an address where its address is', () => {
    const view = fixtureView(0);
    const layout = layOutSlabs(view);
    const object = view.objects.find(o => o.name === 'game.atlas0')!;
    const [block] = blocksOf(layout, object.id);
    expect(block!.x0).toBeCloseTo((object.runs[0]!.firstPage / 16384) * COLUMNS, 6);
    expect(block!.x1).toBeCloseTo(COLUMNS, 6);
  });

  it('gives 64 MiB of VRAM eight rows of cells of 64 pages', () => {
    const layout = layOutSlabs(fixtureView(0));
    const vram = slabOf(layout, 'VRAM')!;
    expect(layout.cellPages).toBe(64);
    expect(vram.z1 - vram.z0).toBeCloseTo(8, 6);
  });

  it('draws of a much larger memory only some rows, and says how much', () => {
    const layout = layOutSlabs(viewOf('SYSTEM', [100, 200], 4_194_304));
    const system = slabOf(layout, 'SYSTEM')!;
    expect(system.z1 - system.z0).toBeCloseTo(6, 6);
    expect(system.shownPages).toBe(6 * COLUMNS * layout.cellPages);
  });

  it('leaves a block where it was while it lives there', () => {
    const before = layOutSlabs(viewOf('SYSTEM', [500, 700, 900], 20_480));
    const gone = viewOf('SYSTEM', [500, 700, 900], 20_480);
    const after = layOutSlabs({ ...gone, objects: gone.objects.filter(o => o.id !== 2) }, before);
    expect(blocksOf(after, 1)).toEqual(blocksOf(before, 1));
    expect(blocksOf(after, 3)).toEqual(blocksOf(before, 3));
  });

  it('puts a newcomer beside the place of who leaves in the same view', () => {
    const before = layOutSlabs(viewOf('SYSTEM', [500, 700], 20_480));
    const view = viewOf('SYSTEM', [500, 700, 900], 20_480);
    const objects = view.objects.map(o => (o.id === 1 ? { ...o, placement: 'VRAM' as const } : o));
    const [leaver] = blocksOf(before, 1);
    const [newcomer] = blocksOf(layOutSlabs({ ...view, objects }, before), 3);
    expect(newcomer!.x0).toBeGreaterThanOrEqual(leaver!.x1);
  });

  it('never lets two slabs of neighbouring tiers touch', () => {
    const { slabs } = layOutSlabs(fixtureView(0));
    for (let i = 1; i < slabs.length; i++) {
      expect(slabs[i]!.z0).toBeGreaterThan(slabs[i - 1]!.z1);
      expect(slabs[i]!.y).toBeLessThan(slabs[i - 1]!.y);
    }
  });
});

describe('pack', () => {
  it('overlaps nothing and keeps everything inside while all fits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 12 }), {
          minLength: 1,
          maxLength: 6,
        }),
        rounds => {
          let places: ReadonlyMap<number, number> = new Map();
          rounds.forEach((sizes, round) => {
            const objects = sizes.map((nrPages, i) => ({ id: (round % 2) * 5 + i, nrPages }));
            const total = objects.reduce((sum, o) => sum + o.nrPages, 0);
            places = pack(places, objects, Math.max(1, total), 3);
            const spans = objects
              .map(o => [places.get(o.id)!, places.get(o.id)! + o.nrPages] as const)
              .sort((a, b) => a[0] - b[0]);
            expect(spans.every(([, end]) => end <= total)).toBe(true);
            spans.forEach(([start], i) => {
              if (i > 0) expect(start).toBeGreaterThanOrEqual(spans[i - 1]![1]);
            });
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});
