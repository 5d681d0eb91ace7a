/**
 * Invariants that only an experiment shows, tried on a kernel of their own with the same machine description.
 */
import { KernelError } from '../base/errno.ts';
import { newKernel, runBoot } from './boot.ts';
import { BOOT_STEPS } from './boot_steps.ts';
import type { Kernel } from './kernel.ts';
import { changedLines, kernelStateLines } from './state_lines.ts';
import { sysMemfd } from './sys_anon.ts';
import { sysFallocate, sysFtruncate, sysLseek, sysPwrite } from './sys_file.ts';
import { sysMmap, sysMprotect, sysMremap, sysMunmap } from './sys_mmap.ts';
import { sysClose, sysOpen, sysUnlink } from './sys_open.ts';
import { spawnTask } from './sys_task.ts';
import type { Task } from './task.ts';

/** What boot takes from the machine and must give back, as one line. */
function holdings(kernel: Kernel): string {
  const gart = kernel.queue.gart.reduce((sum, entry) => sum + (entry & 1), 0);
  return (
    `${kernel.context.frames.nrFree} frames free, ${kernel.queue.allocations.size} VRAM allocations, ${gart} GART entries, ` +
    `${kernel.devices.size} devices, ${[...kernel.sysfs.paths()].length} sysfs files, ${kernel.booted.length} steps`
  );
}

/** 68: a boot that fails at any step leaves what was there before. */
export function checkUnwind(kernel: Kernel): string[] {
  const says: string[] = [];
  for (const { name } of BOOT_STEPS) {
    const scratch = newKernel(kernel.description, { traceBudget: 1 });
    const before = holdings(scratch);
    try {
      runBoot(scratch, { failAt: name });
      says.push(`A boot that was told to fail at ${name} did not fail.`);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
    const after = holdings(scratch);
    if (after !== before) says.push(`A boot that failed at ${name} left ${after}; before it were ${before}.`);
  }
  return says;
}

type Refused = (kernel: Kernel, task: Task, fd: number, at: number) => unknown;

/** Calls that must be refused and change nothing. */
const REFUSED: readonly { readonly errno: string; readonly says: string; readonly call: Refused }[] = [
  { errno: 'EBADF', says: 'close of no descriptor', call: (k, t) => sysClose(k, t, 77) },
  { errno: 'ENOENT', says: 'open of nothing', call: (k, t) => sysOpen(k, t, '/tmp/none', { mode: 'rdwr' }) },
  { errno: 'ENOENT', says: 'unlink of nothing', call: (k, t) => sysUnlink(k, t, '/tmp/none') },
  { errno: 'EINVAL', says: 'mmap of nothing', call: (k, t, fd) => sysMmap(k, t, null, 0, 3, 1, fd, 0) },
  {
    errno: 'EINVAL',
    says: 'mmap inside a page',
    call: (k, t, fd) => sysMmap(k, t, null, 4096, 3, 1, fd, 100),
  },
  { errno: 'EINVAL', says: 'munmap inside a page', call: (k, t, _, at) => sysMunmap(k, t, at + 1, 4096) },
  {
    errno: 'EINVAL',
    says: 'mprotect inside a page',
    call: (k, t, _, at) => sysMprotect(k, t, at + 8, 4096, 1),
  },
  {
    errno: 'EFAULT',
    says: 'mremap of nothing',
    call: (k, t) => sysMremap(k, t, t.mm.addressOf(8), 4096, 4096, 0, 0),
  },
  { errno: 'EINVAL', says: 'ftruncate below zero', call: (k, t, fd) => sysFtruncate(k, t, fd, -1) },
  {
    errno: 'EINVAL',
    says: 'fallocate of nothing',
    call: (k, t, fd) => sysFallocate(k, t, fd, 'punch', 0, 0),
  },
  { errno: 'EINVAL', says: 'lseek below zero', call: (k, t, fd) => sysLseek(k, t, fd, -1, 'set') },
  { errno: 'EINVAL', says: 'pwrite below zero', call: (k, t, fd) => sysPwrite(k, t, fd, -1, 1, 0) },
];

/** 70: a refused call has its error and changes nothing (what may differ is in failure_residue.ts, checked on recordings). */
export function checkRefusals(kernel: Kernel): string[] {
  const scratch = newKernel(kernel.description, { traceBudget: 1 });
  runBoot(scratch);
  const task = spawnTask(scratch, 'A');
  const fd = sysMemfd(scratch, task, 'x', true);
  sysFtruncate(scratch, task, fd, 65_536);
  const at = sysMmap(scratch, task, null, 65_536, 3, 1, fd, 0);
  scratch.access.touch(task, task.mm.pageOfAddress(at), true);
  const says: string[] = [];
  for (const { errno, says: what, call } of REFUSED) {
    const before = kernelStateLines(scratch);
    try {
      call(scratch, task, fd, at);
      says.push(`A ${what} was not refused.`);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      if (error.errno !== errno) says.push(`A ${what} gave ${error.errno}; ${errno} is right.`);
    }
    const changes = changedLines(before, kernelStateLines(scratch));
    if (changes.length > 0) says.push(`A refused ${what} changed ${changes[0]}.`);
  }
  return says;
}
