/**
 * Defects of real kernels that the dossier lists in 9.2: each under its own name, in an era that has it, or with what the model
 * does instead (docs/disagreements.md says why).
 */
import { describe, expect, test } from 'vitest';
import { restoreSnapshot, takeSnapshot } from '../../base/snapshot.ts';
import { daxHash } from '../../dax/dax_fs.ts';
import { GRACE_PERIOD_NS } from '../../dax/rcu.ts';
import { type I915, i915Of } from '../../drm/drivers/i915_2008/i915_state.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import { HISTORIC_ERAS } from '../../fs/kernel_era.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import { invariantEntries } from '../../kernel/invariants.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { eraByName } from '../../kernel/kernel_era.ts';
import { kernelStateLines } from '../../kernel/state_lines.ts';
import type { VmArea } from '../../mm/vm_area.ts';
import { VmFault, type VmFaultReason } from '../../mm/vm_fault.ts';
import type { Json } from '../../session/input.ts';
import { LabFixture, labMachine, PAGE } from '../../testing/lab_fixture.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { eventTypeByName } from '../../trace/event.ts';
import { MAPPING_ASKERS } from '../../trace/events/drm_mapping.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';

/** First of MAPPING_ANSWERS. */
const NONE_YET = 0;

type Era = MachineDescription['era'];

class Gem extends LabFixture {
  get i915(): I915 {
    return i915Of(this.kernel.devices.get('i915')!.device as DrmDevice);
  }

  /** An object of `pages` pages with a place in the GTT, mapped as m_<name>. */
  async make(name: string, pages: number): Promise<void> {
    await this.call('A', 'i915.create', { fd: 'fd', size: pages * PAGE }, name);
    expect(await this.call('A', 'i915.mmapGtt', { fd: 'fd', bo: name })).toMatchObject({});
    await this.call('A', 'mmap', { fd: 'fd', offsetOf: name, length: pages * PAGE }, `m_${name}`);
  }

  get lastVma(): VmArea {
    return this.kernel.task(1).mm.vmas.at(-1)!;
  }

  /** These events in their order. */
  order(...names: string[]): string[] {
    const found: string[] = [];
    const { trace } = this.kernel;
    for (let index = trace.firstIndex; index < trace.count; index++) {
      const name = names.find(known => eventTypeByName(known)!.id === trace.typeIdAt(index));
      if (name !== undefined) found.push(name);
    }
    return found;
  }

  static async in(era: Era): Promise<Gem> {
    const lab = new Gem({ ...machineAsset('i915-2008'), era });
    await lab.call('A', 'spawn');
    await lab.call('A', 'open', { dev: 'i915' }, 'fd');
    return lab;
  }
}

/** Two threads fault on one page; both were in the handler before either had an entry there. */
async function raceOnOnePage(era: Era): Promise<VmFaultReason[]> {
  const lab = await Gem.in(era);
  await lab.make('bo', 1);
  const vma = lab.lastVma;
  const fault = (): VmFaultReason => {
    const vmf = new VmFault();
    vmf.vma = vma;
    vmf.page = vma.start;
    vmf.pgoff = vma.pgoff;
    return vma.ops!.fault!(vmf);
  };
  return [fault(), fault()];
}

/** Objects that a fourth one evicts when three were bound one behind the other. */
async function victimsAmongThree(era: Era): Promise<string[]> {
  const lab = await Gem.in(era);
  const pages = Math.floor(lab.i915.nrEntries / 4);
  for (const name of ['a', 'b', 'c', 'd']) await lab.make(name, pages);
  const victims = lab.events('lab_i915:evict_something').map(({ objectId }) => objectId);
  return [...lab.i915.device.objects].filter(({ id }) => victims.includes(id)).map(({ label }) => label);
}

const UNBIND = 'i915:i915_gem_object_unbind';
const ZAP = 'lab_mm:unmap_mapping_range';

async function orderOfUnbind(era: Era): Promise<string[]> {
  const lab = await Gem.in(era);
  await lab.make('bo', 1);
  await lab.call('A', 'touch', { map: 'm_bo', page: 0, write: true });
  await lab.call('A', 'i915.evict', { fd: 'fd', bo: 'bo' });
  return lab.order(UNBIND, ZAP);
}

describe('GEM of 2008 and 2.6.32', () => {
  test('9.2 the loser of a same-page fault race is killed in 2008 and 2.6.32, today it goes on', async () => {
    expect(await raceOnOnePage('gem-2008')).toEqual(['NOPAGE', 'SIGBUS']);
    expect(await raceOnOnePage('gem-2.6.32')).toEqual(['NOPAGE', 'SIGBUS']);
    expect(await raceOnOnePage('linux-6.12')).toEqual(['NOPAGE', 'NOPAGE']);
  });

  test('9.2 fresh faults are at the eviction end of the list in 2008, at the other end in 2.6.32', async () => {
    expect(await victimsAmongThree('gem-2008')).toEqual(['c']);
    expect(await victimsAmongThree('gem-2.6.32')).toEqual(['a']);
  });

  test('9.2 unbind zaps after unbinding in 2008: for a moment entries lead to pages of nobody; 2.6.32 zaps first', async () => {
    expect(await orderOfUnbind('gem-2008')).toEqual([UNBIND, ZAP]);
    expect(await orderOfUnbind('gem-2.6.32')).toEqual([ZAP, UNBIND]);
  });

  test('9.2 a private mapping through the GTT, which 2.6.32 lets in and then stops at with a BUG, is refused by mmap', async () => {
    for (const era of ['gem-2.6.32', 'gem-2008', 'linux-6.12'] as const) {
      const lab = await Gem.in(era);
      await lab.make('bo', 1);
      const args = { fd: 'fd', offsetOf: 'bo', length: PAGE, flags: 'private', prot: 'rw' };
      expect(await lab.call('A', 'mmap', args)).toBe('EINVAL');
    }
  });

  test('9.2 an offset allocation that fails, behind which MMAP_GTT of 2008 keeps the device lock, leaves nothing held', async () => {
    const lab = await Gem.in('gem-2008');
    const before = lab.i915.device.objects.size;
    let failures = 0;
    for (let n = 1; ; n++) {
      await lab.call('K', 'lab.failAllocation', { n });
      const ret = await lab.call('A', 'i915.create', { fd: 'fd', size: PAGE }, 'bo');
      await lab.call('K', 'lab.failAllocation', { n: 0 });
      if (ret !== 'ENOMEM') break;
      failures++;
      expect(lab.i915.device.objects.size).toBe(before);
      expect(lab.kernel.check()).toEqual([]);
    }
    expect(failures).toBeGreaterThan(2);
    expect(await lab.call('A', 'i915.mmapGtt', { fd: 'fd', bo: 'bo' })).toMatchObject({});
  });

  test('9.2 an unbind before anyone opened the device meets no mapping, which 2008 does not check: it asks, and does nothing', () => {
    const lab = new Gem({ ...machineAsset('i915-2008'), era: 'gem-2008' });
    expect(shutdownAndFindLeaks(lab.kernel)).toEqual([]);
    const asker = MAPPING_ASKERS.indexOf('i915_gem_unbind');
    const asked = lab.events('lab_drm:dev_mapping_asked').filter(event => event.asker === asker);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.map(({ answer }) => answer)).toEqual(asked.map(() => NONE_YET));
    expect(lab.events(UNBIND)).toHaveLength(asked.length);
  });

  test('9.2 a batch whose list is refused answers an error, never the count of bytes left over', async () => {
    const lab = await Gem.in('gem-2008');
    await lab.make('bo', 1);
    const exec = (list: Json) => lab.call('A', 'i915.exec', { fd: 'fd', list });
    expect(await exec([{ handle: 99, read: 'render' }])).toBe('EBADF');
    expect(await exec([])).toBe('EINVAL');
    expect(await exec([{ bo: 'bo', read: 'cpu' }])).toBe('EINVAL');
    expect(lab.i915.requests).toEqual([]);
  });

  test('9.2 a second node inode is a BUG in 2.6.32', async () => {
    const lab = new LabFixture(labMachine({ era: 'gem-2.6.32' }));
    await lab.call('A', 'spawn');
    await lab.call('A', 'open', { dev: 'lab_gpu' }, 'first');
    await lab.call('A', 'mknod', { path: '/tmp/second', likeDev: 'lab_gpu' });
    expect(await lab.call('A', 'open', { path: '/tmp/second' })).toBe('EIO');
    expect(lab.events('lab_drm:dev_mapping_bug')).toHaveLength(1);
  });

  test('9.2 GEM_CHANGE_HANDLE, which does not reject the new handle 0, is younger than every kernel here: there is no such call', async () => {
    const lab = await LabFixture.boot();
    await lab.call('A', 'gpu.create', { fd: 'fd', size: PAGE, domain: 'vram' }, 'bo');
    const args = { fd: 'fd', bo: 'bo', newHandle: 0 };
    await expect(lab.call('A', 'drm.gemChangeHandle', args)).rejects.toThrow(/drm\.gemChangeHandle/);
    const [file] = lab.device.files;
    expect(file!.handles.get(0)).toBeNull();
  });
});

/** Sentences of the two rules that must break with the posted patch, and of no others. */
function brokenByThePatch({ kernel }: LabFixture): string[] {
  const entries = invariantEntries().filter(({ breaksIn }) => breaksIn?.includes('dax-seed-004'));
  return entries.flatMap(entry => entry.check(kernel).map(says => `${entry.number} ${says}`));
}

describe('device-dax', () => {
  const lab = (era: Era) => new LabFixture({ ...machineAsset('transcripts-pc'), era });

  test('9.2 the posted patch of seed 004 hashes a device number that is not set yet: no inode is found by its number', () => {
    const posted = lab('dax-seed-004');
    const { fs } = posted.kernel.dax!;
    const numbers = [...fs.hashed()].map(({ devt, hashedAt }) => [hashedAt, daxHash(devt)]);
    expect(numbers.length).toBeGreaterThan(0);
    for (const [at, right] of numbers) expect(at).not.toBe(right);
    expect(brokenByThePatch(posted)[0]).toMatch(/^28 .* is hashed under/);
    expect(posted.kernel.check()).toEqual([]);
    expect(brokenByThePatch(lab('linux-6.12'))).toEqual([]);
  });

  test('9.2 its exit destroys the slab without waiting: memory comes back into a cache that is gone', async () => {
    const posted = lab('dax-seed-004');
    expect(await posted.call('K', 'module.unload', { name: 'device_dax' })).toBe(0);
    posted.kernel.advanceTime(GRACE_PERIOD_NS);
    posted.kernel.dax!.fs.runGracePeriods();
    const { cache } = posted.kernel.dax!.fs;
    expect(cache!.releasedAfterDestroy).toBeGreaterThan(0);
    expect(brokenByThePatch(posted).at(-1)).toMatch(/^69 .*came back later/);

    const today = lab('linux-6.12');
    expect(await today.call('K', 'module.unload', { name: 'device_dax' })).toBe(0);
    expect(today.kernel.dax!.fs.cache).toBeNull();
  });

  test('9.2 dax core init of 6.18 reports success on failure: nothing is there and nobody is told', async () => {
    const load = async (era: Era) => {
      const it = lab(era);
      await it.call('K', 'module.unload', { name: 'device_dax' });
      await it.call('K', 'lab.failAllocation', { n: 1 });
      const ret = await it.call('K', 'module.load', { name: 'device_dax' });
      return [ret, it.kernel.dax!.loaded, it.kernel.check()];
    };
    expect(await load('dax-6.18')).toEqual([0, [], []]);
    expect(await load('linux-6.12')).toEqual(['ENOMEM', [], []]);
  });
});

test.each(HISTORIC_ERAS.map(({ name }) => name))(
  'a kernel of the era %s travels as a snapshot',
  async name => {
    const { kernel, player } = new LabFixture({ ...machineAsset('transcripts-pc'), era: name as Era });
    await player.barrier();
    kernel.queue.prepareSnapshot();
    const image = takeSnapshot({ kernel });
    const restored = (restoreSnapshot(image) as { kernel: Kernel }).kernel;
    expect(restored.context.era).toBe(eraByName(name));
    expect(kernelStateLines(restored)).toEqual(kernelStateLines(kernel));
  },
);
