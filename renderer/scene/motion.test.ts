import { describe, expect, it } from 'vitest';
import type { Change } from '../../core/public/view_types.ts';
import { fixtureView } from '../testing/fixture.ts';
import { placeBlocks } from './block_items.ts';
import { endOf, motionsBetween, pictureAt } from './motion.ts';
import { layOutScene } from './scene_layout.ts';
import { slabOf } from './slab_layout.ts';

const before = layOutScene(fixtureView(0));
const after = layOutScene(fixtureView(1), before.slabs);
const victim = fixtureView(0).objects.find(o => o.name === 'video.out0')!;
const move: Change = {
  kind: 'move',
  objectId: victim.id,
  from: 'VRAM',
  to: 'SYSTEM',
  nrPages: victim.nrPages,
  rate: null,
  rateSource: 'model',
};
const options = { now: 1000, speed: 1, reduced: false };

describe('motionsBetween', () => {
  it('cuts the ribbons of all mappers before the bytes travel', () => {
    const motions = motionsBetween(before, after, [move], options);
    const cuts = motions.filter(m => m.kind === 'cut');
    const moves = motions.filter(m => m.kind === 'move');
    expect(cuts.length).toBe(3);
    expect(moves.length).toBe(1);
    for (const cut of cuts) expect(cut.start + cut.duration).toBeLessThanOrEqual(moves[0]!.start);
  });

  it('shows nothing move at the highest speed', () => {
    expect(motionsBetween(before, after, [move], { ...options, speed: Infinity })).toEqual([]);
  });

  it('makes the ribbon of a fault grow', () => {
    const faulted = layOutScene(fixtureView(2), after.slabs);
    const motions = motionsBetween(after, faulted, [], options);
    expect(motions.map(m => m.kind)).toEqual(['made']);
  });

  it('with reduced motion keeps only the copy, in eight steps', () => {
    const motions = motionsBetween(before, after, [move], { ...options, reduced: true });
    expect(motions.map(m => m.kind)).toEqual(['move']);
    const shares = new Set<number>();
    for (let t = 1000; t < endOf(motions); t += 3)
      shares.add(pictureAt(motions, t, true).moves.get(victim.id)!.arrived);
    expect(shares.size).toBe(8);
  });
});

describe('placeBlocks', () => {
  it('adds up to the object at every instant: a move is never two copies', () => {
    const motions = motionsBetween(before, after, [move], options);
    const end = endOf(motions);
    for (let t = 1000; t <= end; t += 37) {
      const boxes = placeBlocks(after, pictureAt(motions, t, false), 14);
      const pages = boxes
        .filter(b => b.objectId === victim.id && b.solid)
        .reduce((sum, b) => {
          const slab = slabOf(after.slabs, b.placement)!;
          return sum + (b.box.x1 - b.box.x0) * (slab.z1 - slab.z0) * after.slabs.cellPages;
        }, 0);
      expect(pages).toBeCloseTo(victim.nrPages, 3);
    }
  });
});
