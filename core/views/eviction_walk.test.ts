import { describe, expect, it } from 'vitest';
import { EvictionWalk } from './eviction_walk.ts';

/** A walk over so many objects, ids from 1; those in `victims` were evicted, the others busy. */
function walkOf(count: number, victims: readonly number[], pinned = 0): EvictionWalk {
  const walk = new EvictionWalk(5, 'Need.', 'LRU');
  for (let i = 0; i < pinned; i++) walk.candidate(10_000 + i, `p${i}`, 'pinned', 1, 0);
  for (let id = 1; id <= count; id++) {
    walk.candidate(id, `o${id}`, victims.includes(id) ? 'victim' : 'busy fence', 1, 1000 * id);
    if (victims.includes(id)) walk.victim(id, `o${id}`);
  }
  return walk;
}

describe('EvictionWalk', () => {
  it('a short walk is told line by line', () => {
    const lines = walkOf(3, [2, 3], 1).linesFor(3, 7);
    expect(lines.map(({ objectId, outcome, count }) => [objectId, outcome, count])).toEqual([
      [10_000, 'never walked', 1],
      [1, 'skipped', 1],
      [2, 'other victim', 1],
      [3, 'victim', 1],
      [0, 'not reached', 7],
    ]);
  });

  it.each([2, 500, 999])('of a long walk both ends, the victim %d, and the count of all', victim => {
    const lines = walkOf(1000, [2, 500, 999], 300).linesFor(victim, 0);
    expect(lines.length).toBeLessThan(40);
    expect(lines.filter(({ outcome }) => outcome === 'victim').map(({ objectId }) => objectId)).toEqual([
      victim,
    ]);
    expect(lines.reduce((sum, { count }) => sum + count, 0)).toBe(1300);
    expect(lines.at(-1)!.objectId).toBe(1000);
  });
});
