import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromPort, packObjects, toPort, unpackObjects } from './packed_objects.ts';
import { diffView, EMPTY_VIEW } from './view_delta.ts';
import { type LabView, type ObjectView, PLACEMENTS } from './view_types.ts';

const page = fc.integer({ min: 0, max: 2 ** 40 });
const holder = fc.record({
  task: fc.string(),
  pid: fc.nat(),
  how: fc.string(),
  presentPtes: fc.nat(),
});
const object = fc.record<ObjectView>({
  id: fc.nat(),
  name: fc.string(),
  placement: fc.constantFrom(...PLACEMENTS),
  nrPages: page,
  runs: fc.array(fc.record({ firstPage: page, nrPages: page }), { maxLength: 3 }),
  pinned: fc.option(fc.string()),
  maps: fc.nat(),
  moving: fc.boolean(),
  lastUse: fc.integer({ min: -1, max: 2 ** 50 }),
  gartEntry: fc.option(page),
  holders: fc.array(holder, { maxLength: 3 }),
});

const viewOf = (objects: readonly ObjectView[]): LabView => ({ ...EMPTY_VIEW, objects });

describe('packObjects', () => {
  it('any rows come out as they were', () => {
    fc.assert(
      fc.property(fc.array(object), rows => {
        expect(unpackObjects(packObjects(rows))).toEqual(rows);
      }),
    );
  });

  it('the task that holds many rows is named once', () => {
    const [row] = fc.sample(object, { numRuns: 1, seed: 3 });
    const held = { task: 'game', pid: 7, how: 'handle 1', presentPtes: 0 };
    const rows = Array.from({ length: 50 }, (_, i) => ({
      ...row!,
      name: `b${i}`,
      pinned: null,
      holders: [held],
    }));
    expect(packObjects(rows).words.filter(word => word === 'game')).toHaveLength(1);
  });
});

describe('a message over the port', () => {
  it('few rows go as they are; of many the numbers are handed over, and the same message comes out', () => {
    const rows = Array.from({ length: 100 }, (_, i): ObjectView => {
      const [row] = fc.sample(object, { numRuns: 1, seed: i });
      return { ...row!, id: i + 1 };
    });
    for (const count of [3, 100]) {
      const delta = diffView(EMPTY_VIEW, viewOf(rows.slice(0, count)));
      const message = { type: 'view' as const, delta, changes: [] };
      const [sent, transfer] = toPort(message);
      expect(transfer).toHaveLength(count === 3 ? 0 : 1);
      expect(fromPort(structuredClone(sent, { transfer }))).toEqual(message);
      if (count === 100) expect(transfer[0]!.byteLength).toBe(0);
    }
  });
});
