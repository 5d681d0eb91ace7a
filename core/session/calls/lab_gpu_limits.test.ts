/** Covers lab_gpu at its limits: budget, swap, a device that goes and comes back, snapshots in flight, refusals. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labGpuOf } from '../../drm/drivers/lab_gpu_state.ts';
import { DRM_INVARIANTS } from '../../drm/invariants/drm_invariants.ts';
import { objectPages } from '../../drm/ttm/ttm_bo.ts';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { LabFixture, labMachine, MB, PAGE } from '../../testing/lab_fixture.ts';
import type { Json } from '../input.ts';
import { restoreSessionImage, takeSessionImage } from '../session_image.ts';

let lab: LabFixture;

beforeEach(async () => {
  lab = await LabFixture.boot();
});

// Whatever a test did: every invariant of the graphics rooms holds behind it.
afterEach(() => {
  if (lab.kernel.booted.length === 0) return;
  for (const entry of DRM_INVARIANTS) expect([entry.name, entry.check(lab.kernel)]).toEqual([entry.name, []]);
});

describe('budget', () => {
  test('what lies behind it leaves; a job still works inside it; more than there is and less than is pinned: refused', async () => {
    await lab.fill(['a', 'b', 'c'], 4 * MB);
    expect(await lab.call('A', 'lab.setBudget', { pages: 4097 })).toBe('EINVAL');
    expect(await lab.call('A', 'lab.setBudget', { pages: 10 })).toBe('ENOSPC');
    expect(await lab.call('A', 'lab.setBudget', { pages: 6 * MB })).toBe(0);
    const inVram = ['a', 'b', 'c'].filter(name => lab.object(name).resource!.memType === 2);
    expect(inVram).toHaveLength(1);
    for (const name of ['a', 'b', 'c']) await lab.call('A', 'gpu.submit', { fd: 'fd', list: [name] });
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      expect(await lab.stamps(name, 100 + i)).toMatchObject({ match: 4 * MB });
      const { resource } = lab.object(name);
      if (resource!.memType === 2) expect(resource!.start + 4 * MB).toBeLessThanOrEqual(6 * MB);
    }
    expect(await lab.call('A', 'lab.setBudget', { pages: 4096 })).toBe(0);
  });
});

describe('a GART smaller than VRAM', () => {
  test('idle bindings give way, least recently used first; a list that cannot be bound at once is refused', async () => {
    lab = await LabFixture.boot(labMachine({ gartEntries: 2048 }));
    await lab.fill(['a', 'b'], 3 * MB);
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a'] });
    await lab.call('A', 'gpu.idle', { fd: 'fd' });
    await lab.fill(['c'], 3 * MB);
    const bound = async () =>
      Promise.all(['a', 'b', 'c'].map(async name => (await lab.info(name)).gart !== -1));
    expect(await bound()).toEqual([true, false, true]);
    expect(await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a', 'b', 'c'] })).toBe('ENOSPC');
    expect(lab.device.objects.size).toBe(6);
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['b', 'c'], fills: [{ bo: 'b', seed: 7 }] });
    expect(await bound()).toEqual([false, true, true]);
    expect(await lab.call('A', 'checkStamps', { map: 'm_b', seed: 7 })).toMatchObject({ match: 3 * MB });
  });

  test('busy bindings stay: the job that needs their entries waits until one is idle', async () => {
    lab = await LabFixture.boot(labMachine({ gartEntries: 2048 }));
    await lab.fill(['a', 'b', 'c'], 3 * MB);
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['b', 'c'], durationNs: 4_000_000 });
    const { signalAt } = lab.kernel.fences.list().at(-1)!;
    expect(await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a'] })).toMatchObject({ moved: 0 });
    expect(lab.kernel.trace.now).toBeGreaterThan(signalAt);
  });
});

describe('swap', () => {
  test('the least recently used object goes to slots and comes back with its bytes', async () => {
    await lab.fill(['a'], 2 * MB);
    await lab.call('A', 'gpu.evict', { fd: 'fd', bo: 'a' });
    await lab.call('A', 'gpu.idle', { fd: 'fd' });
    await lab.call('A', 'touch', { map: 'm_a', page: 3, write: true, value: 9, byte: 64 });
    expect(await lab.call('A', 'lab.swapOut')).toBe(0);
    expect((await lab.info('a')).placement).toBe('SWAP');
    expect(await lab.call('A', 'ptes', { map: 'm_a', first: 3, count: 1 })).toMatchObject({ where: '.' });
    expect(objectPages(lab.object('a'))!.every(pfn => pfn >>> 26 === 3)).toBe(true);
    expect(await lab.call('A', 'touch', { map: 'm_a', page: 3, write: false, byte: 64 })).toMatchObject({
      value: 9,
    });
    expect((await lab.info('a')).placement).toBe('SYSTEM');
    expect(await lab.stamps('a', 100)).toMatchObject({ match: 2 * MB });
    expect(await lab.call('A', 'lab.swapOut')).toBe(0);
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a'] });
    expect(await lab.stamps('a', 100)).toMatchObject({ match: 2 * MB });
  });

  test('more objects than half of RAM: older ones are swapped out while new ones are populated', async () => {
    lab = await LabFixture.boot(labMachine({ ramBytes: 32 * MB * PAGE, ttBytes: 0 }));
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const [i, name] of names.entries()) {
      await lab.call('A', 'gpu.create', { fd: 'fd', size: 4 * MB * PAGE }, name);
      await lab.call('A', 'mmap', { fd: 'fd', offsetOf: name, length: 4 * MB * PAGE }, `m_${name}`);
      await lab.call('A', 'stamp', { map: `m_${name}`, seed: i + 1 });
    }
    expect((await lab.info('a')).placement).toBe('SWAP');
    for (const [i, name] of names.entries())
      expect(await lab.stamps(name, i + 1)).toMatchObject({ match: 4 * MB });
  });
});

describe('the device goes and comes back', () => {
  const bus = { path: '/sys/bus/pci/drivers/lab-gpu/unbind', data: '0000:00:01.0' };

  test('work in flight ends with an error, mappings show zeros, a new device can use the same memory', async () => {
    await lab.fill(['a', 'b', 'c'], 4 * MB);
    await lab.call('A', 'touch', { map: 'm_b', page: 1, write: true, value: 5 });
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a'], durationNs: 1e9 }, 'j');
    const old = lab.device;
    const fence = labGpuOf(old).jobs.get(4)!;
    expect(await lab.call('K', 'sysfs.write', bus)).toBe(0);
    expect([fence.signalled, fence.error]).toEqual([true, 'ENODEV']);
    expect(await lab.call('A', 'gpu.info', { fd: 'fd', bo: 'a' })).toBe('ENODEV');
    expect(await lab.call('A', 'touch', { map: 'm_b', page: 1, write: false })).toMatchObject({ value: 0 });
    expect(lab.kernel.queue.allocations.size).toBe(0);
    expect(await lab.call('K', 'sysfs.write', { ...bus, path: bus.path.replace('unbind', 'bind') })).toBe(0);
    expect(lab.device).not.toBe(old);
    await lab.call('A', 'open', { dev: 'lab_gpu' }, 'fd');
    await lab.fill(['x', 'y', 'z', 'w'], 4 * MB);
    expect(await lab.stamps('x', 100)).toMatchObject({ match: 4 * MB });
    for (const map of ['m_a', 'm_b', 'm_c']) await lab.call('A', 'munmap', { map });
    expect(await lab.call('A', 'exit')).toBe(0);
    expect(lab.kernel.drm.allDevices.size).toBe(1);
  });
});

describe('snapshot', () => {
  test('taken with moves and jobs in flight: the restored session goes on to the same digest', async () => {
    await lab.fill(['a', 'b', 'c'], 4 * MB);
    await lab.call('A', 'gpu.pin', { fd: 'fd', bo: 'b' });
    await lab.call(
      'A',
      'gpu.submit',
      { fd: 'fd', list: ['a', 'c'], fills: [{ bo: 'a', value: 9 }], durationNs: 8_000_000 },
      'j',
    );
    await lab.call('A', 'gpu.create', { fd: 'fd', size: 5 * MB * PAGE, domain: 'vram' }, 'd');
    await lab.call('A', 'drm.gemClose', { fd: 'fd', bo: 'c' });
    expect(lab.kernel.fences.nrPending).toBeGreaterThan(1);
    const image = await takeSessionImage(lab.player);
    const { queue } = lab.kernel;
    const copy = await restoreSessionImage(image, createHostMachine(queue.machine));
    const rest: [string, { [name: string]: Json }][] = [
      ['gpu.wait', { fd: 'fd', job: 'j' }],
      ['touch', { map: 'm_a', page: 5, write: true, value: 1 }],
      ['gpu.submit', { fd: 'fd', list: ['a', 'd'], fills: [{ bo: 'd', seed: 5 }] }],
      ['lab.setBudget', { pages: 10 * MB }],
      ['gpu.idle', { fd: 'fd' }],
      ['lab.swapOut', {}],
      ['checkStamps', { map: 'm_b', seed: 101 }],
    ];
    for (const player of [lab.player, copy]) {
      for (const [call, args] of rest) await player.step({ task: 'A', call, args });
      await player.barrier();
    }
    expect(copy.kernel.trace.digest()).toBe(lab.kernel.trace.digest());
    expect(copy.kernel.check()).toEqual([]);
  });
});

describe('refusals', () => {
  test('a fill outside its object, an unknown handle, an unknown domain, no such job', async () => {
    await lab.fill(['a'], MB);
    const submit = (more: { [name: string]: Json }) =>
      lab.call('A', 'gpu.submit', { fd: 'fd', list: ['a'], ...more });
    expect(await submit({ fills: [{ bo: 'a', first: 250, count: 7, value: 1 }] })).toBe('EINVAL');
    expect(await submit({ list: [99] })).toBe('ENOENT');
    expect(await submit({ list: [], fills: [{ bo: 'a', value: 1 }] })).toBe('EINVAL');
    expect(await lab.call('A', 'gpu.create', { fd: 'fd', size: PAGE, domain: 'moon' })).toBe('EINVAL');
    expect(await lab.call('A', 'gpu.wait', { fd: 'fd', job: 77 })).toBe('EINVAL');
    expect(await lab.call('A', 'gpu.unpin', { fd: 'fd', bo: 'a' })).toBe('EINVAL');
    expect(await lab.call('A', 'gpu.create', { fd: 'fd', size: 17 * MB * PAGE, domain: 'vram' })).toBe(
      'ENOMEM',
    );
  });
});
