/**
 * Covers lab_gpu on the host machine: boot objects, eviction, refault in place, validation back, fences, GART, skip reasons.
 * Not yet: the webgpu machine (lab/run_scenario.test.ts compares the two).
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labGpuOf } from '../../drm/drivers/lab_gpu_state.ts';
import { DRM_INVARIANTS } from '../../drm/invariants/drm_invariants.ts';
import { shutdownKernel } from '../../kernel/boot.ts';
import { LabFixture, labMachine, MB, PAGE } from '../../testing/lab_fixture.ts';
import { EVICT_REASONS } from '../../trace/events/drm.ts';

let lab: LabFixture;

beforeEach(async () => {
  lab = await LabFixture.boot();
});

// Whatever a test did: every invariant of the graphics rooms holds behind it.
afterEach(() => {
  if (lab.kernel.booted.length === 0) return;
  for (const entry of DRM_INVARIANTS) expect([entry.name, entry.check(lab.kernel)]).toEqual([entry.name, []]);
});

describe('boot objects', () => {
  test('status page, ring, framebuffer: pinned in visible VRAM, bound, before any task exists', () => {
    const { bootObjects, visiblePages } = labGpuOf(lab.device);
    expect(bootObjects.map(bo => [bo.label, bo.pinCount, bo.resource!.memType])).toEqual([
      ['status page', 1, 2],
      ['ring', 1, 2],
      ['framebuffer', 1, 2],
    ]);
    for (const bo of bootObjects) {
      expect(bo.resource!.start + bo.nrPages).toBeLessThanOrEqual(visiblePages);
      expect(bo.gart).not.toBeNull();
    }
  });

  test('shutdown with work in flight: no frame, no VRAM, no GART entry is left', async () => {
    await lab.fill(['a', 'b'], 4 * MB);
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a'], fills: [{ bo: 'a', value: 3 }] });
    const { frames } = lab.kernel.context;
    shutdownKernel(lab.kernel);
    expect(frames.nrFree).toBe(frames.nrPages - 2);
    expect(lab.kernel.queue.allocations.size).toBe(0);
    expect(lab.kernel.queue.gart.every(entry => entry === 0)).toBe(true);
  });
});

describe('evict, refault, validate back', () => {
  test('the victim loses its entries in all tasks, is read in place, comes back with the next job', async () => {
    await lab.fill(['a', 'b', 'c'], 4 * MB);
    await lab.call('A', 'touch', { map: 'm_a', page: 1, write: true, value: 7, byte: 100 });
    await lab.call('A', 'fork', {}, 'B');
    const from = lab.kernel.trace.count;
    await lab.fill(['d'], 4 * MB);
    expect(lab.events('lab_ttm:evict_victim', from)).toMatchObject([{ objectId: lab.object('a').id, to: 0 }]);
    const zaps = lab.events('lab_mm:zap_vma', from);
    expect(new Set(zaps.map(zap => zap.mmId)).size).toBe(2);
    expect((await lab.info('a')).placement).toBe('SYSTEM');
    const before = lab.kernel.trace.count;
    expect(await lab.call('B', 'touch', { map: 'm_a', page: 1, write: false, byte: 100 })).toMatchObject({
      value: 7,
    });
    expect(lab.events('lab_ttm:bo_move', before)).toEqual([]);
    expect(await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a'] })).toMatchObject({ moved: 1 });
    expect((await lab.info('a')).placement).toBe('VRAM');
    expect(await lab.call('A', 'checkStamps', { map: 'm_a', seed: 100 })).toMatchObject({ match: 4 * MB });
    expect(await lab.stamps('d', 100)).toMatchObject({ match: 4 * MB });
  });

  test('a fault on an object in motion waits for the fence and then maps where it went', async () => {
    await lab.fill(['a'], 4 * MB);
    await lab.call('A', 'gpu.evict', { fd: 'fd', bo: 'a' });
    const { signalAt } = lab.kernel.fences.list()[0]!;
    expect(lab.kernel.trace.now).toBeLessThan(signalAt);
    await lab.call('A', 'touch', { map: 'm_a', page: 9, write: false });
    expect(lab.kernel.trace.now).toBeGreaterThanOrEqual(signalAt);
    expect(await lab.call('A', 'ptes', { map: 'm_a', first: 9, count: 2 })).toMatchObject({ where: 'rr' });
  });

  test('memory freed by an eviction is handed out at once; its new owner waits for the copy out of it', async () => {
    await lab.fill(['a', 'b', 'c'], 4 * MB);
    await lab.call('A', 'gpu.create', { fd: 'fd', size: 4 * MB * PAGE, domain: 'vram' }, 'd');
    const d = lab.object('d');
    const outOfA = lab.object('a').resv.lastUnsignaled(0)!;
    expect(d.resource!.memType).toBe(2);
    expect(d.resv.lastUnsignaled(0)!.signalAt).toBeGreaterThan(outOfA.signalAt);
  });

  test('a job on more than VRAM holds: the rest is read from bound system pages, with the right bytes', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) {
      await lab.call('A', 'gpu.create', { fd: 'fd', size: 4 * MB * PAGE }, name);
      await lab.call('A', 'mmap', { fd: 'fd', offsetOf: name, length: 4 * MB * PAGE }, `m_${name}`);
    }
    const fills = names.map((bo, i) => ({ bo, seed: 40 + i }));
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: names, fills }, 'j');
    await lab.call('A', 'gpu.wait', { fd: 'fd', job: 'j' });
    const places = await Promise.all(names.map(async name => (await lab.info(name)).placement));
    expect(places).toContain('TT');
    expect(places).toContain('VRAM');
    for (const [i, name] of names.entries())
      expect(await lab.stamps(name, 40 + i)).toMatchObject({ match: 4 * MB });
  });

  test('evictTo tt: victims go to bound pages while there is room', async () => {
    lab = await LabFixture.boot(labMachine({ ttBytes: 6 * MB * PAGE }, { evictTo: 'tt' }));
    await lab.fill(['a', 'b', 'c', 'd', 'e'], 4 * MB);
    expect((await lab.info('a')).placement).toBe('TT');
    expect((await lab.info('b')).placement).toBe('SYSTEM');
    expect(await lab.stamps('a', 100)).toMatchObject({ match: 4 * MB });
  });

  test('an object behind the aperture: the fault moves it to where the CPU sees it', async () => {
    await lab.fill(['a', 'b', 'c'], 4 * MB);
    const hidden = ['a', 'b', 'c'].find(
      name => lab.object(name).resource!.start >= labGpuOf(lab.device).visiblePages,
    )!;
    const seed = 100 + ['a', 'b', 'c'].indexOf(hidden);
    expect(await lab.stamps(hidden, seed)).toMatchObject({ match: 4 * MB });
    expect((await lab.info(hidden)).placement).not.toBe('VRAM');
  });
});

describe('skip reasons', () => {
  const reasons = (from: number) =>
    new Set(lab.events('lab_ttm:evict_candidate', from).map(event => EVICT_REASONS[event.reason!]));

  test('pinned, reserved, busy and out of range are named, and only the rest goes', async () => {
    await lab.fill(['pinned', 'list', 'idle'], 3 * MB);
    await lab.call('A', 'gpu.pin', { fd: 'fd', bo: 'pinned' });
    await lab.call('A', 'gpu.create', { fd: 'fd', size: 5 * MB * PAGE }, 'new');
    await lab.call('A', 'gpu.create', { fd: 'fd', size: 2 * MB * PAGE, domain: 'vram' }, 'busy');
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['busy'], durationNs: 5_000_000 });
    const from = lab.kernel.trace.count;
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['list', 'new'] });
    expect([...reasons(from)].sort()).toEqual(['busy fence', 'pinned', 'reserved', 'victim']);
    expect(lab.events('lab_ttm:evict_victim', from).map(event => event.objectId)).toContain(
      lab.object('idle').id,
    );
    expect((await lab.info('pinned')).placement).toBe('VRAM');
  });

  test('a place in visible VRAM: what lies behind it is out of range', async () => {
    await lab.fill(['a', 'b', 'c'], 4 * MB);
    for (const name of ['a', 'b']) await lab.call('A', 'gpu.submit', { fd: 'fd', list: [name] });
    await lab.call('A', 'gpu.idle', { fd: 'fd' });
    const from = lab.kernel.trace.count;
    await lab.call('A', 'gpu.create', { fd: 'fd', size: 4 * MB * PAGE, domain: 'vram', visible: true }, 'v');
    expect(reasons(from)).toContain('wrong range');
    expect(lab.object('v').resource!.start + 4 * MB).toBeLessThanOrEqual(labGpuOf(lab.device).visiblePages);
  });

  test('when only busy objects are left, the walk queues behind them', async () => {
    await lab.fill(['a', 'b', 'c'], 4 * MB);
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a', 'b', 'c'], durationNs: 9_000_000 }, 'j');
    const { signalAt } = lab.kernel.fences.list().at(-1)!;
    await lab.call('A', 'gpu.create', { fd: 'fd', size: 8 * MB * PAGE, domain: 'vram' }, 'd');
    expect(lab.object('d').resource!.memType).toBe(2);
    expect(lab.object('a').resv.lastUnsignaled(0)!.signalAt).toBeGreaterThan(signalAt);
  });
});

describe('memory of objects that are gone', () => {
  test('a job still uses it: whoever needs the room waits for the job, then gets it', async () => {
    await lab.call('A', 'gpu.create', { fd: 'fd', size: 10 * MB * PAGE, domain: 'vram' }, 'a');
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a'], durationNs: 50_000_000 });
    const { signalAt } = lab.kernel.fences.list().at(-1)!;
    await lab.call('A', 'drm.gemClose', { fd: 'fd', bo: 'a' });
    expect(lab.device.ttm!.ghosts.size).toBe(1);
    const from = lab.kernel.trace.count;
    expect(
      await lab.call('A', 'gpu.create', { fd: 'fd', size: 10 * MB * PAGE, domain: 'vram' }, 'b'),
    ).toMatchObject({
      size: 10 * MB * PAGE,
    });
    expect(lab.kernel.trace.now).toBeGreaterThan(signalAt);
    expect(lab.events('lab_ttm:evict_candidate', from).map(event => EVICT_REASONS[event.reason!])).toContain(
      'deleted',
    );
    expect(lab.device.ttm!.ghosts.size).toBe(0);
  });
});
