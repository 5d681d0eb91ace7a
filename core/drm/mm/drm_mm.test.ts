/** Covers the allocator against a brute-force twin, the scan's worked examples, neutrality. Not yet: colours. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { restoreSnapshot, takeSnapshot } from '../../base/snapshot.ts';
import { DrmMm, DrmMmNode, type InsertMode } from './drm_mm.ts';
import { checkDrmMm } from './drm_mm_check.ts';
import { DrmMmScan } from './drm_mm_scan.ts';

/** Range 0..100 full of five nodes of 20, A to E from 0. */
function fiveTwenties() {
  const mm = new DrmMm(0, 100);
  const nodes = [...'ABCDE'].map(name => new DrmMmNode({ name }));
  for (const node of nodes) mm.insert(node, 20, { mode: 'low' });
  const [A, B, C, D, E] = nodes as [DrmMmNode, DrmMmNode, DrmMmNode, DrmMmNode, DrmMmNode];
  return { mm, A, B, C, D, E };
}

describe('insert', () => {
  test('best: the smallest hole that fits, among equals the one made last, low end', () => {
    const mm = new DrmMm(0, 100);
    const n = Array.from({ length: 10 }, () => new DrmMmNode());
    for (const node of n) mm.insert(node, 10);
    expect(n.map(node => node.start)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    mm.remove(n[1]!);
    mm.remove(n[7]!);
    mm.remove(n[4]!);
    const x = new DrmMmNode();
    mm.insert(x, 4);
    expect(x.start).toBe(40);
    const y = new DrmMmNode();
    mm.insert(y, 5);
    expect(y.start).toBe(44);
    const z = new DrmMmNode();
    mm.insert(z, 10);
    expect(z.start).toBe(70);
    expect(mm.insert(new DrmMmNode(), 11)).toBe(false);
    expect(mm.insert(new DrmMmNode(), 0)).toBe(false);
  });

  test('high with alignment rounds down; a limit excludes; low takes the lowest', () => {
    const mm = new DrmMm(0, 64);
    const a = new DrmMmNode();
    mm.insert(a, 5, { mode: 'high', alignment: 8 });
    expect(a.start).toBe(56);
    const b = new DrmMmNode();
    mm.insert(b, 3, { mode: 'low', alignment: 7, rangeStart: 1 });
    expect(b.start).toBe(7);
    expect(mm.insert(new DrmMmNode(), 40, { rangeEnd: 30 })).toBe(false);
    const c = new DrmMmNode();
    expect(mm.insert(c, 20, { rangeStart: 30, rangeEnd: 50 })).toBe(true);
    expect(c.start).toBe(30);
    expect(checkDrmMm(mm, 'mm')).toEqual([]);
  });

  test('reserve: only inside one hole', () => {
    const { mm, C } = fiveTwenties();
    expect(mm.reserve(new DrmMmNode(), 40, 20)).toBe(false);
    mm.remove(C);
    expect(mm.reserve(new DrmMmNode(), 39, 2)).toBe(false);
    expect(mm.reserve(new DrmMmNode(), 45, 10)).toBe(true);
    expect(mm.nodeAt(54)?.start).toBe(45);
    expect(mm.nodeAt(55)).toBeNull();
    expect(checkDrmMm(mm, 'mm')).toEqual([]);
  });
});

describe('scan', () => {
  const name = (node: DrmMmNode) => (node.owner as { name: string }).name;

  test('offered D, A, B: hit 0 to 30 at B; A and B go, D stays; the insertion lands at 0', () => {
    const { mm, A, B, D } = fiveTwenties();
    const scan = new DrmMmScan(mm, 30);
    expect([scan.add(D), scan.add(A), scan.add(B)]).toEqual([false, false, true]);
    expect([scan.hitStart, scan.hitEnd]).toEqual([0, 30]);
    const evict = scan.finish();
    expect(evict.map(name)).toEqual(['B', 'A']);
    for (const node of evict) mm.remove(node);
    const wanted = new DrmMmNode();
    mm.insert(wanted, 30, { mode: 'evict' });
    expect(wanted.start).toBe(0);
  });

  test('the same with high: window 10 to 40, and the insertion is still bottom-aligned', () => {
    const { mm, A, B, D } = fiveTwenties();
    const scan = new DrmMmScan(mm, 30, { mode: 'high' });
    expect([scan.add(D), scan.add(A), scan.add(B)]).toEqual([false, false, true]);
    expect([scan.hitStart, scan.hitEnd]).toEqual([10, 40]);
    for (const node of scan.finish()) mm.remove(node);
    const wanted = new DrmMmNode();
    mm.insert(wanted, 30, { mode: 'evict' });
    expect(wanted.start).toBe(0);
  });

  test('offered D, B, A: the hit comes at the gap around A', () => {
    const { mm, A, B, D } = fiveTwenties();
    const scan = new DrmMmScan(mm, 30);
    expect([scan.add(D), scan.add(B), scan.add(A)]).toEqual([false, false, true]);
    expect([scan.hitStart, scan.hitEnd]).toEqual([0, 30]);
    scan.finish();
  });

  test('offered D, E: hit 60 to 90, both go', () => {
    const { mm, D, E } = fiveTwenties();
    const scan = new DrmMmScan(mm, 30);
    expect([scan.add(D), scan.add(E)]).toEqual([false, true]);
    expect([scan.hitStart, scan.hitEnd]).toEqual([60, 90]);
    expect(scan.finish().map(name)).toEqual(['E', 'D']);
  });

  test('no hit: every answer is false and the allocator is as before', () => {
    const { mm, A, C, E } = fiveTwenties();
    const before = JSON.stringify(takeSnapshot(mm));
    const scan = new DrmMmScan(mm, 30);
    expect([scan.add(A), scan.add(C), scan.add(E)]).toEqual([false, false, false]);
    expect(() => mm.insert(new DrmMmNode(), 1)).toThrow(/scan is in progress/);
    expect(scan.finish()).toEqual([]);
    expect(JSON.stringify(takeSnapshot(mm))).toBe(before);
  });
});

describe('properties', () => {
  const mode = fc.constantFrom<InsertMode>('best', 'low', 'high', 'evict');
  const operation = fc.oneof(
    fc.record({
      do: fc.constant('insert' as const),
      size: fc.integer({ min: 1, max: 30 }),
      align: fc.nat(9),
      mode,
      from: fc.nat(60),
      to: fc.integer({ min: 40, max: 200 }),
    }),
    fc.record({ do: fc.constant('remove' as const), pick: fc.nat(1000) }),
    fc.record({
      do: fc.constant('reserve' as const),
      start: fc.nat(200),
      size: fc.integer({ min: 1, max: 30 }),
    }),
    fc.record({
      do: fc.constant('scan' as const),
      order: fc.array(fc.nat(1000), { maxLength: 12 }),
      size: fc.integer({ min: 1, max: 60 }),
      align: fc.nat(9),
      mode,
    }),
  );

  test('random histories: sound after every step, refused only when nothing fits, scans evict enough', () => {
    let inserted = 0;
    let hits = 0;
    fc.assert(
      fc.property(fc.array(operation, { minLength: 20, maxLength: 80 }), operations => {
        const mm = new DrmMm(0, 200);
        const live: DrmMmNode[] = [];
        for (const op of operations) {
          if (op.do === 'insert') {
            const node = new DrmMmNode();
            const where = { alignment: op.align, rangeStart: op.from, rangeEnd: op.to, mode: op.mode };
            const fits = bruteFits(mm, op.size, op.align, op.from, op.to, op.mode === 'high');
            expect(mm.insert(node, op.size, where)).toBe(fits.length > 0);
            if (fits.length > 0) {
              inserted++;
              live.push(node);
              expect(fits).toContain(node.start);
              if (op.mode === 'low') expect(node.start).toBe(Math.min(...fits));
              if (op.mode === 'high') expect(node.start).toBe(Math.max(...fits));
            }
          } else if (op.do === 'remove' && live.length > 0) {
            mm.remove(live.splice(op.pick % live.length, 1)[0]!);
          } else if (op.do === 'reserve') {
            const node = new DrmMmNode();
            if (mm.reserve(node, op.start, op.size)) live.push(node);
            else expect(op.start + op.size > 200 || occupied(mm, op.start, op.size)).toBe(true);
          } else if (op.do === 'scan') {
            hits += scanOnce(mm, live, op) ? 1 : 0;
          }
          expect(checkDrmMm(mm, 'mm')).toEqual([]);
        }
        const copy = restoreSnapshot(takeSnapshot(mm)) as DrmMm;
        expect(checkDrmMm(copy, 'copy')).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(inserted).toBeGreaterThan(500);
    expect(hits).toBeGreaterThan(50);
  });

  function occupied(mm: DrmMm, start: number, size: number): boolean {
    return mm.nodes().some(n => n.start < start + size && n.end > start);
  }

  /** Every place (low end of each gap, or high end) where a block fits. */
  function bruteFits(
    mm: DrmMm,
    size: number,
    align: number,
    from: number,
    to: number,
    high: boolean,
  ): number[] {
    const edges = [0, ...mm.nodes().flatMap(n => [n.start, n.end]), 200];
    const fits: number[] = [];
    for (let i = 0; i < edges.length; i += 2) {
      const low = Math.max(edges[i]!, from);
      const top = Math.min(edges[i + 1]!, to);
      const step = Math.max(1, align);
      let start = high ? Math.floor((top - size) / step) * step : Math.ceil(low / step) * step;
      if (align <= 1) start = high ? top - size : low;
      if (start >= low && start + size <= top) fits.push(start);
    }
    return fits;
  }

  function scanOnce(
    mm: DrmMm,
    live: DrmMmNode[],
    op: { order: number[]; size: number; align: number; mode: InsertMode },
  ): boolean {
    const before = JSON.stringify(takeSnapshot(mm));
    const scan = new DrmMmScan(mm, op.size, { alignment: op.align, mode: op.mode });
    const offered = new Set<DrmMmNode>();
    let hit = false;
    for (const n of op.order) {
      const node = live[n % Math.max(1, live.length)];
      if (!node || offered.has(node)) continue;
      offered.add(node);
      if ((hit = scan.add(node))) break;
    }
    const evict = scan.finish();
    expect(JSON.stringify(takeSnapshot(mm))).toBe(before);
    if (!hit) {
      expect(evict).toEqual([]);
      return false;
    }
    for (const node of evict) {
      mm.remove(node);
      live.splice(live.indexOf(node), 1);
    }
    const wanted = new DrmMmNode();
    expect(mm.insert(wanted, op.size, { alignment: op.align, mode: 'evict' })).toBe(true);
    live.push(wanted);
    return true;
  }
});
