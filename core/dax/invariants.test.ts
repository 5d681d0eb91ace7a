/** The checks of device-dax turn red when something is broken on purpose. */
import { beforeEach, expect, test } from 'vitest';
import { bootKernel } from '../kernel/boot.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { sysMmap } from '../kernel/sys_mmap.ts';
import { sysOpen } from '../kernel/sys_open.ts';
import { spawnTask } from '../kernel/sys_task.ts';
import type { Task } from '../kernel/task.ts';
import { makePte } from '../mm/page_table.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import type { DevDax } from './dax_region.ts';

let kernel: Kernel;
let task: Task;
let page: number;
let device: DevDax;
beforeEach(() => {
  kernel = bootKernel(machineAsset('transcripts-pc'));
  task = spawnTask(kernel, 'A');
  const fd = sysOpen(kernel, task, '/dev/dax0.0', { mode: 'rdwr' });
  page = task.mm.pageOfAddress(sysMmap(kernel, task, null, 65_536, 3, 1, fd, 0));
  kernel.access.touch(task, page, true);
  device = kernel.dax!.device('dax0.0');
  expect(kernel.check()).toEqual([]);
});
const says = (pattern: RegExp) => expect(kernel.check()).toContainEqual(expect.stringMatching(pattern));

test('an entry of another page: 2', () => {
  task.mm.pageTable.update(page, makePte(kernel.access.pfn + 1, 15));
  says(/^2 PTE-owner: .*dax0\.0 has/);
});

test('killed without emptying: 16', () => {
  device.daxDevice.alive = false;
  says(/^16 Dead never resolves: dax0\.0 is dead and VMA \d+ has 1 entries/);
});

test('an inode held once too often: 28', () => {
  device.daxDevice.inode.count++;
  says(/^28 inode count: Inode \d+ counts 2 references; 1 devices hold it/);
});

test('a file that leads elsewhere: 9', () => {
  task.mm.vmas[0]!.file!.mapping = task.mm.vmas[0]!.file!.inode.data;
  says(/^9 One mapping: VMA/);
});

test('two ranges of one page: 32', () => {
  device.ranges.push({ pgoff: device.nrPages as number, start: 0, nrPages: 1 });
  says(/^32 No overlap/);
});

test('memory given back without waiting: 69', () => {
  device.daxDevice.memory.state = 'free';
  says(/^69 RCU: Object 0 is free, and an inode/);
});
