/** Covers LRU lists, cursors, bulk moves. Not yet: several cursors on one list. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LruBulkMove, LruCursor, type LruList } from './ttm_lru.ts';
import { TtmResource } from './ttm_resource.ts';
import { ResourceManager } from './ttm_resource_manager.ts';

/** A manager whose lists hold `n` resources of each given priority, oldest first. */
function withResources(
  n: number,
  priorities: readonly number[] = [0],
): { manager: ResourceManager; all: TtmResource[] } {
  const manager = new ResourceManager(2, 1000, false, false);
  const all: TtmResource[] = [];
  for (const priority of priorities) {
    for (let i = 0; i < n; i++) {
      const resource = new TtmResource(manager, null, 1, priority);
      manager.lru[priority]!.addTail(resource.lru);
      all.push(resource);
    }
  }
  return { manager, all };
}

function walk(cursor: LruCursor, after: (resource: TtmResource) => void = () => {}): TtmResource[] {
  const seen: TtmResource[] = [];
  for (let next = cursor.next(); next !== null; next = cursor.next()) {
    seen.push(next);
    after(next);
  }
  cursor.end();
  return seen;
}

describe('cursor', () => {
  test('priority 0 from the oldest on, then 1', () => {
    const { manager, all } = withResources(3, [1, 0]);
    expect(walk(new LruCursor(manager.lru))).toEqual([...all.slice(3), ...all.slice(0, 3)]);
    expect(manager.lru.map(list => list.length)).toEqual([3, 3, 0, 0]);
  });

  test('what is offered may leave its list, and neighbours too, and the walk goes on behind', () => {
    const { manager, all } = withResources(5);
    const seen = walk(new LruCursor(manager.lru), resource => {
      resource.lru.unlink();
      if (resource === all[1]) all[2]!.lru.unlink();
    });
    expect(seen).toEqual([all[0], all[1], all[3], all[4]]);
    expect(manager.inLruOrder()).toEqual([]);
  });

  test('random removals during a walk: exactly those still listed when their turn comes are offered', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 10, maxLength: 10 }),
        drops => {
          const { manager, all } = withResources(10);
          const gone = new Set<TtmResource>();
          let at = -1;
          const expected: TtmResource[] = [];
          walk(new LruCursor(manager.lru), resource => {
            const index = all.indexOf(resource);
            expect(gone.has(resource)).toBe(false);
            for (let i = at + 1; i < index; i++) expect(gone.has(all[i]!)).toBe(true);
            at = index;
            expected.push(resource);
            for (const drop of drops[index]!) {
              gone.add(all[drop]!);
              all[drop]!.lru.unlink();
            }
          });
          for (let i = at + 1; i < 10; i++) expect(gone.has(all[i]!)).toBe(true);
          expect(manager.lru[0]!.length).toBe(manager.inLruOrder().length);
        },
      ),
    );
  });
});

describe('list', () => {
  test('a range goes to the tail in its order', () => {
    const { manager, all } = withResources(5);
    const list: LruList = manager.lru[0]!;
    list.moveRangeToTail(all[1]!.lru, all[2]!.lru);
    expect(list.resources()).toEqual([all[0], all[3], all[4], all[1], all[2]]);
    list.moveRangeToTail(all[1]!.lru, all[2]!.lru);
    expect(list.resources()).toEqual([all[0], all[3], all[4], all[1], all[2]]);
  });
});

describe('bulk', () => {
  test('members stay together and in order through joins, leaves, uses and moves to the tail', () => {
    const operation = fc.record({ do: fc.constantFrom('join', 'leave', 'tail', 'use'), which: fc.nat(7) });
    fc.assert(
      fc.property(fc.array(operation, { minLength: 5, maxLength: 40 }), operations => {
        const { manager, all } = withResources(8);
        const list = manager.lru[0]!;
        const bulk = new LruBulkMove();
        const members: TtmResource[] = [];
        for (const { do: what, which } of operations) {
          const resource = all[which]!;
          const at = members.indexOf(resource);
          if (what === 'join') {
            if (at >= 0) members.splice(at, 1);
            members.push(resource);
            bulk.add(resource);
          } else if (what === 'leave' && at >= 0) {
            members.splice(at, 1);
            bulk.remove(resource);
            list.addTail(resource.lru);
          } else if (what === 'tail') bulk.moveToTail();
          else if (what === 'use' && at < 0) list.addTail(resource.lru);
          const order = list.resources();
          expect(order).toHaveLength(8);
          const first = members.length > 0 ? order.indexOf(members[0]!) : 0;
          expect(order.slice(first, first + members.length)).toEqual(members);
          if (what === 'tail' && members.length > 0) expect(first).toBe(8 - members.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});
