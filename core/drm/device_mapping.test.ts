/** Covers the eras of a device's address space: which invariants break where mappings are not shared, and hazards of borrowing one. */
import { describe, expect, test } from 'vitest';
import type { MachineDescription } from '../hw/machine_description.ts';
import { machineHash } from '../hw/machine_description.ts';
import { shutdownKernel } from '../kernel/boot.ts';
import { invariantEntries } from '../kernel/invariants.ts';
import { LabFixture, labMachine, PAGE } from '../testing/lab_fixture.ts';

const BYTES = 32 * PAGE;

/** A maps through card0, B through a node of its own; the object leaves, C's comes to its place, an object of A is swapped out. */
async function workload(era: MachineDescription['era']): Promise<LabFixture> {
  const lab = new LabFixture(labMachine({ era }));
  for (const task of ['A', 'B', 'C']) await lab.call(task, 'spawn');
  await lab.call('A', 'open', { dev: 'lab_gpu' }, 'A.gpu');
  await lab.call('B', 'mknod', { path: '/tmp/gpu', likeDev: 'lab_gpu' });
  await lab.call('B', 'open', { path: '/tmp/gpu' }, 'B.gpu');
  await lab.call('C', 'open', { dev: 'lab_gpu' }, 'C.gpu');
  const made = { size: BYTES, domain: 'vram', visible: true };
  await lab.call('A', 'gpu.create', { fd: 'A.gpu', ...made }, 'A.bo');
  await lab.call('A', 'drm.gemFlink', { fd: 'A.gpu', bo: 'A.bo' });
  await lab.call('B', 'drm.gemOpen', { fd: 'B.gpu', nameOf: 'A.bo' }, 'B.bo');
  for (const task of ['A', 'B']) await map(lab, task);
  await lab.call('A', 'stamp', { map: 'A.map', seed: 7 });
  await lab.call('B', 'checkStamps', { map: 'B.map', seed: 7 });
  await lab.call('A', 'gpu.evict', { fd: 'A.gpu', bo: 'A.bo' });
  return lab;
}

async function map(lab: LabFixture, task: string): Promise<void> {
  const args = {
    fd: `${task}.gpu`,
    offsetOf: `${task}.bo`,
    length: BYTES,
    prot: 'rw',
    flags: 'shared',
    slot: 1,
  };
  await lab.call(task, 'mmap', args, `${task}.map`);
}

/** Numbers of state entries that are violated, whatever the era says. */
function broken(lab: LabFixture): number[] {
  const entries = invariantEntries().filter(({ kind }) => kind === 'state');
  return [
    ...new Set(entries.filter(entry => entry.check(lab.kernel).length > 0).map(({ number }) => number)),
  ];
}

describe('invariants where each node has its own mappings', () => {
  const mustBreak = invariantEntries()
    .filter(({ breaksIn }) => breaksIn?.includes('per-node'))
    .map(({ number }) => number);

  test("each entry that names the era breaks there, no other does, and the kernel's own check says nothing", async () => {
    const lab = await workload('per-node');
    const seen = new Set(broken(lab));
    expect(seen).toContain(64);
    await lab.call('A', 'gpu.idle', { fd: 'A.gpu' });
    await lab.call('C', 'gpu.create', { fd: 'C.gpu', size: BYTES, domain: 'vram', visible: true }, 'C.bo');
    for (const number of broken(lab)) seen.add(number);
    await lab.call('C', 'gpu.idle', { fd: 'C.gpu' });
    await lab.call('A', 'lab.swapOut');
    for (const number of broken(lab)) seen.add(number);
    expect([...seen].sort((a, b) => a - b)).toEqual(mustBreak);
    expect(mustBreak).toEqual([2, 3, 9, 52, 64]);
    expect(lab.kernel.check()).toEqual([]);
  });

  test.each(['linux-6.12', 'first-open-3.6'] as const)('%s: the same steps break none', async era => {
    const lab = await workload(era);
    expect(broken(lab)).toEqual([]);
    await lab.call('A', 'gpu.idle', { fd: 'A.gpu' });
    await lab.call('C', 'gpu.create', { fd: 'C.gpu', size: BYTES, domain: 'vram', visible: true }, 'C.bo');
    await lab.call('A', 'lab.swapOut');
    expect(broken(lab)).toEqual([]);
    shutdownKernel(lab.kernel);
  });
});

describe('a borrowed address space', () => {
  test("3.6: strangers hold the first node's inode beyond its name and its opener", async () => {
    const lab = new LabFixture(labMachine({ era: 'first-open-3.6' }));
    for (const task of ['A', 'B']) {
      await lab.call(task, 'spawn');
      await lab.call(task, 'mknod', { path: `/tmp/${task}`, likeDev: 'lab_gpu' });
      await lab.call(task, 'open', { path: `/tmp/${task}` }, `${task}.gpu`);
    }
    const { lender } = lab.device;
    await lab.call('A', 'close', { fd: 'A.gpu' });
    await lab.call('A', 'unlink', { path: '/tmp/A' });
    expect([lender!.count, lender!.nlink]).toEqual([1, 0]);
    expect(lab.kernel.check()).toEqual([]);
    await lab.call('B', 'close', { fd: 'B.gpu' });
    expect(lender!.count).toBe(0);
    // Nobody holds it now, but the device still points there.
    await lab.call('B', 'open', { path: '/tmp/B' }, 'again');
    expect(lab.events('lab_drm:dev_mapping_bug')).toHaveLength(1);
    shutdownKernel(lab.kernel);
  });

  test('2.6.32: no reference is taken, so the pointer dangles once the first node is gone', async () => {
    const lab = new LabFixture(labMachine({ era: 'first-open-2.6.32' }));
    await lab.call('A', 'spawn');
    await lab.call('A', 'mknod', { path: '/tmp/A', likeDev: 'lab_gpu' });
    await lab.call('A', 'open', { path: '/tmp/A' }, 'A.gpu');
    await lab.call('A', 'unlink', { path: '/tmp/A' });
    await lab.call('A', 'close', { fd: 'A.gpu' });
    expect(lab.device.lender!.count).toBe(0);
    expect(await lab.call('A', 'open', { dev: 'lab_gpu' })).toBe('EIO');
    shutdownKernel(lab.kernel);
    expect(lab.events('lab_drm:dev_mapping_asked').at(-1)).toMatchObject({ answer: 2 });
  });
});

test('machine descriptions of other eras differ from lab-16m in their hash, lab-16m keeps its own', () => {
  expect(machineHash(labMachine())).toBe('9e2a3f63369a143a');
  expect(machineHash(labMachine({ era: 'per-node' }))).not.toBe('9e2a3f63369a143a');
});
