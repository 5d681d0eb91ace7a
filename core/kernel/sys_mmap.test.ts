/** Memory shared without a file: what a parent writes after a fork, the child finds. */
import { expect, test } from 'vitest';
import { PAGE_SIZE } from '../base/units.ts';
import { MAP_ANONYMOUS, MAP_SHARED } from '../mm/mmap.ts';
import { frameOf } from '../mm/observe.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { bootKernel } from './boot.ts';
import { sysMmap } from './sys_mmap.ts';
import { spawnTask, sysExitTask, sysFork } from './sys_task.ts';

test('shared anonymous memory is one nameless file that its mappings hold, in parent and child', () => {
  const kernel = bootKernel(machineAsset('transcripts-pc'));
  const parent = spawnTask(kernel, 'A');
  const { nrFree } = kernel.context.frames;
  const address = sysMmap(kernel, parent, null, 3 * PAGE_SIZE, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const page = parent.mm.pageOfAddress(address);
  const child = sysFork(kernel, parent, 'B');
  expect(kernel.access.storeByte(parent, page, 7, 99)).toBe(0);
  expect(kernel.access.touch(child, page, false)).toBe(0);
  expect(frameOf(child.mm, page)).toBe(frameOf(parent.mm, page));
  const file = child.mm.findVma(page)!.file!;
  expect([file.path, file.count]).toEqual(['/dev/zero (deleted)', 2]);
  sysExitTask(kernel, parent);
  sysExitTask(kernel, child);
  expect([file.count, kernel.context.frames.nrFree]).toEqual([0, nrFree]);
  expect(kernel.check()).toEqual([]);
});
