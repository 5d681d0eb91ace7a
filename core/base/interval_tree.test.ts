import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Interval, IntervalTree } from './interval_tree.ts';
import { restoreSnapshot, takeSnapshot } from './snapshot.ts';

function overlaps(tree: IntervalTree<Interval>, first: number, last: number): number[] {
  const found: number[] = [];
  tree.forEachOverlap(first, last, (range, into) => void into.push(range.id), found);
  return found;
}

function bruteForce(ranges: readonly Interval[], first: number, last: number): number[] {
  return ranges
    .filter(range => range.pgoff <= last && range.pgoff + range.nrPages - 1 >= first)
    .sort((a, b) => a.pgoff - b.pgoff || a.nrPages - b.nrPages || a.id - b.id)
    .map(range => range.id);
}

const interval = fc.record({ pgoff: fc.nat(60), nrPages: fc.integer({ min: 1, max: 20 }) });

describe('IntervalTree', () => {
  it('finds what a scan finds, in key order, through insertions and removals', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('insert' as const), interval }),
      fc.record({ do: fc.constant('remove' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('find' as const), first: fc.nat(80), length: fc.nat(30) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), steps => {
        const tree = new IntervalTree<Interval>();
        let ranges: Interval[] = [];
        let id = 0;
        for (const s of steps) {
          if (s.do === 'insert') {
            const range = { id: id++, ...s.interval };
            tree.insert(range);
            ranges.push(range);
          } else if (s.do === 'remove' && ranges.length > 0) {
            const range = ranges[s.which % ranges.length]!;
            tree.remove(range);
            ranges = ranges.filter(r => r !== range);
            expect(tree.has(range)).toBe(false);
          } else if (s.do === 'find') {
            expect(overlaps(tree, s.first, s.first + s.length)).toEqual(
              bruteForce(ranges, s.first, s.first + s.length),
            );
          }
          expect(tree.size).toBe(ranges.length);
        }
        expect(tree.toArray().map(r => r.id)).toEqual(bruteForce(ranges, 0, 1000));
        for (const range of ranges) expect(tree.has(range)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('stays shallow with many ranges at one page', () => {
    const tree = new IntervalTree<Interval>();
    for (let id = 0; id < 4096; id++) tree.insert({ id, pgoff: 7, nrPages: 16 });
    let deepest = 0;
    const walk = (node: typeof tree.root, depth: number): void => {
      if (node === null) return;
      deepest = Math.max(deepest, depth);
      walk(node.left, depth + 1);
      walk(node.right, depth + 1);
    };
    walk(tree.root, 1);
    expect(deepest).toBeLessThan(40);
  });

  it('refuses to remove a range that is not in it', () => {
    const tree = new IntervalTree<Interval>();
    tree.insert({ id: 1, pgoff: 0, nrPages: 4 });
    expect(() => tree.remove({ id: 2, pgoff: 0, nrPages: 4 })).toThrow(/not in its tree/);
  });

  it('goes through a snapshot with its ranges', () => {
    const tree = new IntervalTree<Interval>();
    for (let id = 0; id < 50; id++) tree.insert({ id, pgoff: (id * 7) % 31, nrPages: 1 + (id % 5) });
    const restored = restoreSnapshot(takeSnapshot(tree)) as IntervalTree<Interval>;
    expect(overlaps(restored, 3, 9)).toEqual(overlaps(tree, 3, 9));
    restored.remove(restored.toArray()[10]!);
    expect(restored.size).toBe(49);
  });
});
