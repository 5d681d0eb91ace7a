import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDelta, diffView, EMPTY_VIEW } from './view_delta.ts';
import type { LabView, ObjectView } from './view_types.ts';

const object = fc.record<ObjectView>({
  id: fc.integer({ min: 1, max: 12 }),
  name: fc.constantFrom('fb0', 'ring0', 'game.mesh'),
  placement: fc.constantFrom('VRAM', 'TT', 'SYSTEM', 'SWAP'),
  nrPages: fc.integer({ min: 1, max: 9 }),
  runs: fc.array(fc.record({ firstPage: fc.nat(9), nrPages: fc.nat(9) }), { maxLength: 2 }),
  pinned: fc.constantFrom(null, 'ring'),
  maps: fc.nat(3),
  moving: fc.boolean(),
  lastUse: fc.nat(99),
  gartEntry: fc.constantFrom(null, 0, 7),
  holders: fc.constant([]),
});

const objects = fc
  .uniqueArray(object, { selector: o => o.id, maxLength: 8 })
  // Mostly in order of id, as the lab lists them.
  .chain(rows =>
    fc.constantFrom(
      rows,
      [...rows].sort((a, b) => a.id - b.id),
    ),
  );

const view = objects.chain(objects =>
  fc.record<LabView>({
    status: fc.nat(99).map(number => ({ ...EMPTY_VIEW.status, number })),
    placements: fc.constantFrom(
      [],
      [
        {
          placement: 'VRAM' as const,
          sizePages: 64,
          budgetPages: 64,
          visiblePages: 64,
          adjustable: true,
          usedPages: 3,
        },
      ],
      [
        {
          placement: 'VRAM' as const,
          sizePages: 64,
          budgetPages: 32,
          visiblePages: 64,
          adjustable: true,
          usedPages: 3,
        },
      ],
    ),
    objects: fc.constant(objects),
    tasks: fc.constant([]),
    gart: fc.record({
      nrEntries: fc.constantFrom(0, 40),
      runs: fc
        .uniqueArray(
          fc.record({
            firstEntry: fc.nat(9),
            nrEntries: fc.constantFrom(1, 2),
            leadsTo: fc.constantFrom('VRAM' as const, 'TT' as const, null),
            objectId: fc.constantFrom(3, 4),
          }),
          { selector: run => run.firstEntry },
        )
        .map(runs => runs.sort((a, b) => a.firstEntry - b.firstEntry)),
    }),
    why: fc.constant([]),
  }),
);

describe('diffView and applyDelta', () => {
  it('lead from any view to any other, over a port that copies', () => {
    fc.assert(
      fc.property(view, view, (a, b) => {
        const sent = JSON.parse(JSON.stringify(diffView(a, b)));
        expect(applyDelta(a, sent)).toEqual(b);
      }),
    );
  });

  it('keep the identity of rows that did not change', () => {
    fc.assert(
      fc.property(view, view, (a, b) => {
        const next = applyDelta(a, diffView(a, b));
        const sent = new Set(diffView(a, b).objects?.rows.map(row => row.id));
        for (const row of next.objects) {
          const old = a.objects.find(o => o.id === row.id);
          if (old && !sent.has(row.id)) expect(row).toBe(old);
        }
      }),
    );
  });

  it('send only the status when nothing else changed', () => {
    fc.assert(
      fc.property(view, a => {
        expect(Object.keys(diffView(a, a))).toEqual(['status']);
      }),
    );
  });
});
