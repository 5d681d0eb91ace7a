/** Boot runs its steps in order, unwinds exactly when one fails, and shutdown returns everything. */
import { describe, expect, test } from 'vitest';
import { KernelError } from '../base/errno.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { bootKernel, newKernel, runBoot, shutdownKernel } from './boot.ts';
import { BOOT_STEPS } from './boot_steps.ts';
import type { Kernel } from './kernel.ts';
import { sysMemfd } from './sys_anon.ts';
import { sysFtruncate } from './sys_file.ts';
import { sysMmap } from './sys_mmap.ts';
import { spawnTask, sysFork } from './sys_task.ts';

const description = machineAsset('transcripts-pc');

/** What a kernel holds from outside: all of it must be as before boot. */
function holdings(kernel: Kernel) {
  return {
    framesFree: kernel.context.frames.nrFree,
    vramAllocations: kernel.queue.allocations.size,
    boundGartEntries: kernel.queue.gart.reduce((sum, entry) => sum + (entry & 1), 0),
    devices: kernel.devices.size,
    tasks: kernel.tasks.size,
    sysfs: [...kernel.sysfs.paths()],
    debugfs: [...kernel.debugfs.paths()],
    proc: [...kernel.proc.paths()],
    reclaimer: kernel.context.frames.reclaimer,
    vfs: kernel.vfs ?? null,
    fences: kernel.fences ?? null,
    drm: kernel.drm ?? null,
    booted: [...kernel.booted],
  };
}

describe('boot', () => {
  test.each(BOOT_STEPS.map(step => step.name))(
    'a failure at step %s: ENOMEM, and everything is as before',
    name => {
      const kernel = newKernel(description);
      const before = holdings(kernel);
      expect(() => runBoot(kernel, { failAt: name })).toThrow(KernelError);
      expect(holdings(kernel)).toEqual(before);
    },
  );

  test('an unknown era: EINVAL naming the known ones', () => {
    const strange = { ...description, era: 'linux-0.01' } as unknown as typeof description;
    expect(() => bootKernel(strange)).toThrow(/linux-6\.12/);
  });
});

describe('shutdown', () => {
  test('returns everything, also what running tasks hold', () => {
    const kernel = newKernel(description);
    const before = holdings(kernel);
    runBoot(kernel);
    const task = spawnTask(kernel, 'A');
    const fd = sysMemfd(kernel, task, 'x', false);
    sysFtruncate(kernel, task, fd, 65_536);
    const at = sysMmap(kernel, task, null, 65_536, 3, 1, fd, 0);
    for (let page = 0; page < 16; page++) kernel.access.touch(task, task.mm.pageOfAddress(at) + page, true);
    sysFork(kernel, task, 'B');
    expect(kernel.context.frames.nrFree).toBe(before.framesFree - 16);
    const { vfs } = kernel;
    shutdownKernel(kernel);
    expect(holdings(kernel)).toEqual(before);
    expect(vfs.superBlocks.size).toBe(0);
    expect(vfs.charDevices.size).toBe(0);
  });
});
