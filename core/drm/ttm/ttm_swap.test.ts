/** Covers which objects swap-out is offered: as by a walk over whole lists, whatever was remembered of their fronts. */
import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { restoreSnapshot, takeSnapshot } from '../../base/snapshot.ts';
import type { Json } from '../../session/input.ts';
import { LabFixture, labMachine, PAGE } from '../../testing/lab_fixture.ts';
import { LruBulkMove, LruList } from './ttm_lru.ts';
import { PL_VRAM } from './ttm_placement.ts';
import { TtmResource } from './ttm_resource.ts';
import { ResourceManager } from './ttm_resource_manager.ts';

afterEach(() => vi.restoreAllMocks());

/** Every walk from here on is compared with one over the whole list. @returns how many there were, and what they offered */
function compareWalks() {
  const seen = { walks: 0, offered: 0, remembered: 0 };
  const walk = LruList.prototype.takeOldest;
  vi.spyOn(LruList.prototype, 'takeOldest').mockImplementation(function (this: LruList, hasPages, take) {
    const all = this.resources().filter(hasPages);
    seen.remembered += this.bare.size;
    const offered: TtmResource[] = [];
    const taken = walk.call(this, hasPages, resource => {
      offered.push(resource);
      return take(resource);
    });
    expect(offered).toEqual(taken ? all.slice(0, offered.length) : all);
    seen.walks++;
    seen.offered += offered.length;
    return taken;
  });
  return seen;
}

const NAMES = Array.from({ length: 14 }, (_, i) => `o${i}`);

test('a random life under pressure: victims are those of the plain walk', async () => {
  const seen = compareWalks();
  const op = fc.record({
    what: fc.constantFrom(
      'touch',
      'touch',
      'touch',
      'submit',
      'submit',
      'submit',
      'idle',
      'pin',
      'unpin',
      'evict',
    ),
    which: fc.nat(NAMES.length - 1),
    with: fc.nat(NAMES.length - 1),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 40, maxLength: 120 }), async ops => {
      const lab = await LabFixture.boot(
        labMachine(
          {
            ramBytes: 1 << 20,
            swapBytes: 1 << 20,
            ttBytes: 1 << 19,
            gartEntries: 256,
            vramHeapBytes: 1 << 20,
          },
          { vramBytes: 1 << 20, visibleVramBytes: 1 << 20 },
        ),
      );
      for (const bo of NAMES) {
        await lab.call('A', 'gpu.create', { fd: 'fd', size: 40 * PAGE, domain: 'system' }, bo);
        await lab.call('A', 'mmap', { fd: 'fd', offsetOf: bo, length: 40 * PAGE }, `m_${bo}`);
      }
      const step = (call: string, args: { [name: string]: Json }) =>
        lab.player.step({ task: 'A', call, args });
      for (const { what, which, with: other } of ops) {
        const bo = NAMES[which]!;
        const list = other === which ? [bo] : [bo, NAMES[other]!];
        if (what === 'touch') await step('touch', { map: `m_${bo}`, page: 0, write: true, value: 1 });
        if (what === 'submit') await step('gpu.submit', { fd: 'fd', list, durationNs: 50_000 });
        if (what === 'idle') await step('gpu.idle', { fd: 'fd' });
        if (what === 'pin') await step('gpu.pin', { fd: 'fd', bo, why: 'test' });
        if (what === 'unpin' || what === 'evict') await step(`gpu.${what}`, { fd: 'fd', bo });
      }
    }),
    { numRuns: 60 },
  );
  expect(seen.walks).toBeGreaterThan(100);
  expect(seen.offered).toBeGreaterThan(100);
  expect(seen.remembered).toBeGreaterThan(100);
}, 60_000);

test('any order of uses, frees, pages, groups and restores: the oldest with pages is offered', () => {
  const op = fc.record({
    what: fc.constantFrom(
      'use',
      'use',
      'free',
      'pages',
      'noPages',
      'walk',
      'walk',
      'join',
      'bulk',
      'restore',
    ),
    which: fc.nat(11),
  });
  fc.assert(
    fc.property(fc.array(op, { minLength: 10, maxLength: 80 }), ops => {
      type World = {
        manager: ResourceManager;
        all: TtmResource[];
        bulk: LruBulkMove;
        full: Set<TtmResource>;
      };
      const manager = new ResourceManager(0, 1000, true, false);
      const all = Array.from({ length: 12 }, () => new TtmResource(manager, null, 1, 0));
      let world: World = { manager, all, bulk: new LruBulkMove(), full: new Set() };
      for (const resource of all) manager.lru[0]!.addTail(resource.lru);
      const grouped = new Set<number>();
      for (const { what, which } of ops) {
        const { bulk, full } = world;
        const resource = world.all[which]!;
        const list = world.manager.lru[0]!;
        if (what === 'use' && !grouped.has(which)) list.addTail(resource.lru);
        if (what === 'free' && !grouped.has(which)) resource.lru.unlink();
        if (what === 'pages') {
          full.add(resource);
          resource.lru.list?.gotPages(resource.lru);
        }
        if (what === 'noPages') full.delete(resource);
        if (what === 'join' && resource.lru.list !== null) {
          grouped.add(which);
          bulk.add(resource);
        }
        if (what === 'bulk') bulk.moveToTail();
        if (what === 'restore') world = restoreSnapshot(takeSnapshot(world)) as World;
        if (what !== 'walk') continue;
        const expected = list.resources().filter(each => full.has(each));
        const offered: TtmResource[] = [];
        const take = (each: TtmResource) => offered.push(each) > which % 3;
        list.takeOldest(each => full.has(each), take);
        expect(offered.map(each => world.all.indexOf(each))).toEqual(
          expected.slice(0, (which % 3) + 1).map(each => world.all.indexOf(each)),
        );
      }
    }),
    { numRuns: 400 },
  );
});

test('who joins a group in the middle of those without pages is offered', () => {
  const manager = new ResourceManager(0, 1000, true, false);
  const list = manager.lru[0]!;
  const all = Array.from({ length: 4 }, () => new TtmResource(manager, null, 1, 0));
  for (const resource of all) list.addTail(resource.lru);
  const bulk = new LruBulkMove();
  bulk.add(all[0]!);
  const offered: number[] = [];
  const walk = () => {
    offered.length = 0;
    list.takeOldest(
      each => each === all[3],
      each => offered.push(all.indexOf(each)) > 5,
    );
    return offered;
  };
  expect(walk()).toEqual([3]);
  bulk.add(all[3]!);
  expect(list.resources()).toEqual([all[0], all[3], all[1], all[2]]);
  expect(walk()).toEqual([3]);
  expect(walk()).toEqual([3]);
});

/** RAM and swap for all objects, but RAM only for those at rest: copies in flight hold the pages that their objects have left. */
function tightMachine() {
  return labMachine(
    { ramBytes: 1 << 20, swapBytes: 1 << 19, ttBytes: 1 << 19, gartEntries: 256, vramHeapBytes: 1 << 20 },
    { vramBytes: 1 << 20, visibleVramBytes: 1 << 20 },
  );
}

describe('pages that work in flight keeps', () => {
  const names = NAMES.slice(0, 10);

  async function fullLab(): Promise<LabFixture> {
    const lab = await LabFixture.boot(tightMachine());
    await lab.fill(names, 40, 'system');
    return lab;
  }

  /** Each object is used in turn by a job that goes on for long. @returns the answers of those refused */
  async function useAll(lab: LabFixture): Promise<Json[]> {
    const refused: Json[] = [];
    for (const name of names) {
      const answer = await lab.call('A', 'gpu.submit', { fd: 'fd', list: [name], durationNs: 1_000_000 });
      if (typeof answer === 'string') refused.push(name, answer);
    }
    return refused;
  }

  test('are waited for by jobs: none is refused while swap is there, and no byte is lost', async () => {
    const lab = await fullLab();
    const from = lab.kernel.trace.count;
    for (let frame = 0; frame < 3; frame++) expect(await useAll(lab)).toEqual([]);
    expect(lab.events('lab_kernel:task_blocked', from).length).toBeGreaterThan(0);
    await lab.call('A', 'gpu.idle', { fd: 'fd' });
    for (const [i, name] of names.entries())
      expect(await lab.stamps(name, 100 + i)).toMatchObject({ match: 40 });
  });

  test('are waited for by a fault on an object that was swapped out', async () => {
    const lab = await fullLab();
    expect(await useAll(lab)).toEqual([]);
    const swapped = names.filter(name => lab.object(name).tt?.swapped);
    expect(swapped.length).toBeGreaterThan(0);
    const { trace } = lab.kernel;
    const [from, began] = [trace.count, trace.now];
    const touch = { map: `m_${swapped[0]}`, page: 0, write: false };
    expect(await lab.call('A', 'touch', touch)).toMatchObject({ minorFaults: 1 });
    expect(lab.events('lab_ttm:bo_swapin', from)).toHaveLength(1);
    expect(trace.now - began).toBeGreaterThan(10_000);
  });

  test('are waited for by a smaller budget', async () => {
    const lab = await fullLab();
    expect(await useAll(lab)).toEqual([]);
    const began = lab.kernel.trace.now;
    expect(await lab.call('K', 'lab.setBudget', { pages: 100 })).toBe(0);
    expect(lab.kernel.trace.now - began).toBeGreaterThan(10_000);
    const { lru, budgetPages } = lab.device.ttm!.manager(PL_VRAM);
    expect(budgetPages).toBe(100);
    for (const list of lru)
      for (const { node } of list.resources()) expect(node!.end).toBeLessThanOrEqual(100);
  });
});
