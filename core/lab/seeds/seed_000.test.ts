/**
 * Seed 000, "anon_inodes: allow external inode allocations" (dri-devel, 10 July 2013), step by step. Each title says what happens;
 * the words of the thread stand above it. Eras: first-open-2.6.32 and first-open-3.6 for "currently", linux-6.12 for what came of it.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { labGpuOf } from '../../drm/drivers/lab_gpu_state.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import { unmapVirtual } from '../../drm/ttm/ttm_bo.ts';
import { AddressSpace } from '../../fs/address_space.ts';
import { putInode } from '../../fs/inode.ts';
import type { OpenFile } from '../../fs/open_file.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import { LabFixture, labMachine, MB, PAGE } from '../../testing/lab_fixture.ts';
import { eventTypeByName } from '../../trace/event.ts';
import { MAPPING_ANSWERS } from '../../trace/events/drm_mapping.ts';

const inEra = (era: MachineDescription['era']): LabFixture => new LabFixture(labMachine({ era }));

/** Two tasks with a node inode each for the same device, an object that both map. */
async function twoNodes(lab: LabFixture): Promise<void> {
  await openOwnNode(lab, 'A');
  await openOwnNode(lab, 'B');
  const made = { fd: 'A.gpu', size: 32 * PAGE, domain: 'vram', visible: true };
  await lab.call('A', 'gpu.create', made, 'A.bo');
  await lab.call('A', 'drm.gemFlink', { fd: 'A.gpu', bo: 'A.bo' });
  await lab.call('B', 'drm.gemOpen', { fd: 'B.gpu', nameOf: 'A.bo' }, 'B.bo');
  for (const task of ['A', 'B']) {
    const args = {
      fd: `${task}.gpu`,
      offsetOf: `${task}.bo`,
      length: 32 * PAGE,
      prot: 'rw',
      flags: 'shared',
    };
    expect(await lab.call(task, 'mmap', { ...args, slot: 1 }, `${task}.map`)).toBe(0);
  }
  await lab.call('A', 'stamp', { map: 'A.map', seed: 7 });
  expect(await lab.call('B', 'checkStamps', { map: 'B.map', seed: 7 })).toMatchObject({ match: 32 });
}

async function openOwnNode(lab: LabFixture, task: string): Promise<void> {
  await lab.call(task, 'spawn');
  await lab.call(task, 'mknod', { path: `/tmp/${task}`, likeDev: 'lab_gpu' });
  await lab.call(task, 'open', { path: `/tmp/${task}` }, `${task}.gpu`);
}

/** The file behind a task's descriptor of the device. */
function fileOf(lab: LabFixture, task: string): OpenFile {
  const thing = lab.player.names.get(`${task}.gpu`);
  const pid = lab.player.names.tasks.get(task)!;
  return lab.kernel.task(pid).files.get(thing?.kind === 'fd' ? thing.fd : -1, 'test');
}

const answers = (lab: LabFixture) =>
  lab.events('lab_drm:dev_mapping_asked').map(event => MAPPING_ANSWERS[event.answer!]);

describe('"DRM core shares a single address_space across all inodes that belong to the same DRM device"', () => {
  let lab: LabFixture;
  beforeEach(async () => {
    lab = inEra('linux-6.12');
    await twoNodes(lab);
  });

  test('two node inodes, one f_mapping', () => {
    const [a, b] = [fileOf(lab, 'A'), fileOf(lab, 'B')];
    expect(a.inode).not.toBe(b.inode);
    expect(a.mapping).toBe(b.mapping);
    expect(a.mapping.mmapTree.size).toBe(2);
  });

  // "This allows efficient unmapping of user-space mappings"
  test('one shoot-down clears the entries of both', async () => {
    const from = lab.kernel.trace.count;
    await lab.call('A', 'gpu.evict', { fd: 'A.gpu', bo: 'A.bo' });
    expect(lab.events('lab_mm:zap_vma', from).map(event => event.ptesCleared)).toEqual([32, 32]);
    expect(lab.events('lab_mm:unmap_mapping_range', from)).toMatchObject([{ ptesCleared: 64 }]);
  });
});

describe('"we currently delay this step until the first ->open() and save the given inode for future use"', () => {
  test("no address space before the first open, the opener's i_data behind it", async () => {
    const lab = inEra('first-open-3.6');
    expect(lab.device.mapping).toBeNull();
    await openOwnNode(lab, 'A');
    expect(lab.device.mapping).toBe(fileOf(lab, 'A').inode.data);
  });

  // "TTM devices end up without a dev_mapping pointer"
  test('before the first open a shoot-down finds nothing to walk', () => {
    const lab = inEra('first-open-3.6');
    const [statusPage] = labGpuOf(lab.device).bootObjects;
    const from = lab.kernel.trace.count;
    unmapVirtual(statusPage!);
    expect(lab.events('lab_ttm:bo_unmap_virtual', from)).toHaveLength(1);
    expect(lab.events('lab_mm:unmap_mapping_range', from)).toEqual([]);
    expect(answers(lab).at(-1)).toBe('none yet');
  });

  // "we have to carefully respect any underlying filesystem implementation so we don't corrupt the inode->i_mapping and inode->i_data"
  test("a node of another file system gets the first one's pages, and holds its inode", async () => {
    const lab = inEra('first-open-3.6');
    await openOwnNode(lab, 'A');
    const first = fileOf(lab, 'A').inode;
    const before = first.count;
    await openOwnNode(lab, 'B');
    const second = fileOf(lab, 'B').inode;
    expect(second.mapping).toBe(first.data);
    expect(second.mapping).not.toBe(second.data);
    expect(first.count).toBe(before + 1);
    expect(lab.kernel.check()).toEqual([]);
    await lab.call('B', 'close', { fd: 'B.gpu' });
    expect(first.count).toBe(before);
  });

  test('Linux 2.6.32: the second node is a BUG', async () => {
    const lab = inEra('first-open-2.6.32');
    await openOwnNode(lab, 'A');
    await lab.call('B', 'spawn');
    await lab.call('B', 'mknod', { path: '/tmp/B', likeDev: 'lab_gpu' });
    expect(await lab.call('B', 'open', { path: '/tmp/B' }, 'B.gpu')).toBe('EIO');
    expect(lab.events('lab_drm:dev_mapping_bug')).toHaveLength(1);
    expect(lab.kernel.check()).toEqual([]);
  });
});

describe('"allowed to allocate an anonymous inode for each DRM device"', () => {
  // "We only have to set file->f_mapping during ->open() and no longer need to adjust inode mappings"
  test('the address space is there at driver load time; node inodes keep their own', async () => {
    const lab = inEra('linux-6.12');
    expect(lab.kernel.tasks.size).toBe(0);
    expect(lab.device.mapping).toBe(lab.device.inode!.data);
    await openOwnNode(lab, 'A');
    const { inode, mapping } = fileOf(lab, 'A');
    expect(mapping).toBe(lab.device.mapping);
    expect(inode.mapping).toBe(inode.data);
  });

  // "anon_inode_new - create private anonymous inode [...] it's own address_space compared to the shared anon_inode_inode"
  test('anon_inode_new: an inode of its own on the same mount, gone with iput', () => {
    const { anonInodes } = inEra('linux-6.12').kernel;
    const { superBlock } = anonInodes.shared;
    const before = superBlock.liveInodes;
    const inode = anonInodes.newInode();
    expect(inode.superBlock).toBe(superBlock);
    expect(inode.mapping).toBeInstanceOf(AddressSpace);
    expect(inode.mapping).not.toBe(anonInodes.shared.mapping);
    expect(superBlock.liveInodes).toBe(before + 1);
    putInode(inode);
    expect(superBlock.liveInodes).toBe(before);
  });
});

describe('the answer', () => {
  // "each vma holds a reference to the backing gem object. So buffer destruction can only happen once there's guaranteed to be no
  // mmapping around any more."
  test('closing every handle leaves a mapped object; the last munmap ends it, with nothing to shoot down', async () => {
    const lab = inEra('linux-6.12');
    await twoNodes(lab);
    const { objects } = lab.device as DrmDevice;
    const before = objects.size;
    for (const task of ['A', 'B'])
      await lab.call(task, 'drm.gemClose', { fd: `${task}.gpu`, bo: `${task}.bo` });
    expect(objects.size).toBe(before);
    expect(await lab.call('B', 'checkStamps', { map: 'B.map', seed: 7 })).toMatchObject({ match: 32 });
    await lab.call('A', 'munmap', { map: 'A.map' });
    expect(objects.size).toBe(before);
    const from = lab.kernel.trace.count;
    await lab.call('B', 'munmap', { map: 'B.map' });
    expect(objects.size).toBe(before - 1);
    const shotDown = lab
      .events('lab_mm:unmap_mapping_range', from)
      .reduce((sum, event) => sum + event.ptesCleared!, 0);
    expect(shotDown).toBe(0);
  });

  // "we make extensive use of the address_space to shoot down ptes with unmap_mapping_range before we evict a buffer"
  test('the shoot-down comes before the move', async () => {
    const lab = inEra('linux-6.12');
    await twoNodes(lab);
    const from = lab.kernel.trace.count;
    await lab.call('A', 'gpu.evict', { fd: 'A.gpu', bo: 'A.bo' });
    const order: string[] = [];
    for (const name of ['lab_mm:unmap_mapping_range', 'lab_ttm:bo_move'])
      for (const { at } of positions(lab, name, from)) order[at] = name;
    expect(order.filter(Boolean).slice(0, 2)).toEqual(['lab_mm:unmap_mapping_range', 'lab_ttm:bo_move']);
  });

  // "In the page fault handler we can then move the buffer object back to a place userspace can get at it and set up new ptes."
  test('a fault on an object behind the aperture moves it to where the CPU gets at it, with its bytes', async () => {
    const lab = await LabFixture.boot();
    await lab.fill(['a', 'b', 'c'], 4 * MB);
    const { visiblePages } = labGpuOf(lab.device);
    const hidden = ['a', 'b', 'c'].findIndex(name => lab.object(name).resource!.start >= visiblePages);
    const name = 'abc'[hidden]!;
    const from = lab.kernel.trace.count;
    expect(await lab.stamps(name, 100 + hidden)).toMatchObject({ match: 4 * MB });
    expect(lab.events('lab_ttm:bo_move', from).some(event => event.objectId === lab.object(name).id)).toBe(
      true,
    );
    const { start, nrPages, manager } = lab.object(name).resource!;
    expect(manager.useTt || start + nrPages <= visiblePages).toBe(true);
  });

  // "get rid of tons of ulgy if (dev_mapping) unmap_mapping_rang(dev_mapping, ...); code sprinkled all over drm core and drivers"
  test('borrowed, several places ask whether there is one; per device nobody does', async () => {
    const borrowed = inEra('first-open-3.6');
    await twoNodes(borrowed);
    expect(
      new Set(borrowed.events('lab_drm:dev_mapping_asked').map(event => event.asker)).size,
    ).toBeGreaterThan(1);
    expect(new Set(answers(borrowed))).toEqual(new Set(['none yet', 'there']));
    const today = inEra('linux-6.12');
    await twoNodes(today);
    expect(answers(today)).toEqual([]);
  });
});

/** Positions of events of one type. */
function positions({ kernel }: LabFixture, name: string, from: number): { at: number }[] {
  const found: { at: number }[] = [];
  const { trace } = kernel;
  const type = eventTypeByName(name)!;
  for (let at = from; at < trace.count; at++) {
    if (trace.typeIdAt(at) === type.id) found.push({ at: at - from });
  }
  return found;
}
