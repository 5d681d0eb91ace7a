/**
 * Covers lab_gpu end to end on the host machine: eviction, refault in place, validation back, fences, GART, budget, swap-out,
 * skip reasons, content. Not yet: the webgpu machine (lab/ compares the two).
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labGpuOf } from '../../drm/drivers/lab_gpu_state.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import { DRM_INVARIANTS } from '../../drm/invariants/drm_invariants.ts';
import { objectPages, type TtmBo } from '../../drm/ttm/ttm_bo.ts';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { type MachineDescription, parseMachineDescription } from '../../hw/machine_description.ts';
import { bootKernel, shutdownKernel } from '../../kernel/boot.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { eventTypeByName } from '../../trace/event.ts';
import { EVICT_REASONS } from '../../trace/events/drm.ts';
import type { Json } from '../input.ts';
import { Player } from '../player.ts';
import { restoreSessionImage, takeSessionImage } from '../session_image.ts';
import './all.ts';

const PAGE = 4096;
const MB = 256;

function machine(change: Partial<MachineDescription> = {}, device: object = {}): MachineDescription {
  const path = new URL('../../../assets/machines/lab-16m.json', import.meta.url);
  const base = JSON.parse(readFileSync(path, 'utf8')) as MachineDescription;
  return parseMachineDescription(
    { ...base, ...change, devices: [{ ...base.devices[0], ...device }] },
    'test',
  );
}

class Lab {
  readonly kernel: Kernel;
  readonly player: Player;

  constructor(description: MachineDescription) {
    this.kernel = bootKernel(description);
    this.player = new Player(this.kernel, createHostMachine(description));
  }

  async call(task: string, call: string, args: { [name: string]: Json } = {}, as?: string): Promise<Json> {
    const step = await this.player.step({ task, call, args, ...(as === undefined ? {} : { as }) });
    return step.answer.ret;
  }

  /** Events of one type since `from`, as records. */
  events(name: string, from = 0): Record<string, number>[] {
    const type = eventTypeByName(name)!;
    const found: Record<string, number>[] = [];
    for (let i = from; i < this.kernel.trace.count; i++) {
      const event = this.kernel.trace.at(i);
      if (event.typeId === type.id)
        found.push(Object.fromEntries(type.fields.map((f, at) => [f, event.args[at]!])));
    }
    return found;
  }

  get device(): DrmDevice {
    return this.kernel.devices.get('lab_gpu')!.device as DrmDevice;
  }

  object(label: string): TtmBo {
    for (const object of this.device.objects) if (object.label === label) return object as TtmBo;
    throw new Error(`There is no object ${label}.`);
  }

  async info(bo: string): Promise<{ [name: string]: Json }> {
    return (await this.call('A', 'gpu.info', { fd: 'fd', bo })) as { [name: string]: Json };
  }

  /** Objects of `pages` pages in VRAM, mapped as m_<name>, each full of its own words. */
  async fill(names: string[], pages: number, domain = 'vram'): Promise<void> {
    for (const [i, name] of names.entries()) {
      await this.call('A', 'gpu.create', { fd: 'fd', size: pages * PAGE, domain }, name);
      await this.call('A', 'mmap', { fd: 'fd', offsetOf: name, length: pages * PAGE }, `m_${name}`);
      await this.call('A', 'gpu.submit', { fd: 'fd', list: [name], fills: [{ bo: name, seed: 100 + i }] });
    }
    await this.call('A', 'gpu.idle', { fd: 'fd' });
  }

  async stamps(name: string, seed: number): Promise<Json> {
    return this.call('A', 'checkStamps', { map: `m_${name}`, seed });
  }
}

let lab: Lab;
async function boot(description = machine()): Promise<void> {
  lab = new Lab(description);
  await lab.call('A', 'spawn');
  await lab.call('A', 'open', { dev: 'lab_gpu' }, 'fd');
}

beforeEach(() => boot());

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
    await boot(machine({ ttBytes: 6 * MB * PAGE }, { evictTo: 'tt' }));
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
    await boot(machine({ ramBytes: 32 * MB * PAGE, ttBytes: 0 }));
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
