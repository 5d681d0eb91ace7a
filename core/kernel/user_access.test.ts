/** What loads and stores of a task do: faults counted, signals with their codes, bits that the processor sets, waiting. */
import { beforeEach, describe, expect, test } from 'vitest';
import { snapshotConstant } from '../base/snapshot.ts';
import { WouldBlock } from '../base/would_block.ts';
import type { FileOperations } from '../fs/open_file.ts';
import { PTE_ACCESSED, PTE_DIRTY } from '../mm/page_table.ts';
import type { VmArea } from '../mm/vm_area.ts';
import type { VmFault, VmFaultReason, VmOperations } from '../mm/vm_fault.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { SIGNAL_GENERATE } from '../trace/events/kernel.ts';
import { bootKernel } from './boot.ts';
import type { Kernel } from './kernel.ts';
import { sysMemfd } from './sys_anon.ts';
import { sysFtruncate } from './sys_file.ts';
import { sysMmap, sysMprotect, sysMunmap } from './sys_mmap.ts';
import { sysOpen } from './sys_open.ts';
import { spawnTask, sysFork } from './sys_task.ts';
import type { Task } from './task.ts';
import {
  ACCESS_BUS_ADRERR,
  ACCESS_KILLED,
  ACCESS_OK,
  ACCESS_SEGV_ACCERR,
  ACCESS_SEGV_MAPERR,
} from './user_access.ts';

const description = machineAsset('transcripts-pc');
const [PRIVATE_ANON, SHARED, RW, READ] = [0x22, 0x01, 3, 1];

let kernel: Kernel;
let task: Task;
beforeEach(() => {
  kernel = bootKernel(description);
  task = spawnTask(kernel, 'A');
});

/** Map `pages` of private memory; the first page. */
function mapAnonymous(pages: number, prot = RW): number {
  return task.mm.pageOfAddress(sysMmap(kernel, task, null, pages * 4096, prot, PRIVATE_ANON, -1, 0));
}

describe('faults', () => {
  test('a store to fresh memory takes one fault, the next none', () => {
    const page = mapAnonymous(2);
    expect(kernel.access.storeByte(task, page, 5, 7)).toBe(ACCESS_OK);
    expect(task.minorFaults).toBe(1);
    kernel.access.storeByte(task, page, 6, 8);
    expect(task.minorFaults).toBe(1);
  });

  test('reading before writing takes two: the zero page, then a page of its own', () => {
    const page = mapAnonymous(1);
    kernel.access.touch(task, page, false);
    kernel.access.touch(task, page, true);
    expect(task.minorFaults).toBe(2);
  });

  test('after fork the first writer copies and the last owner keeps the frame', () => {
    const page = mapAnonymous(1);
    kernel.access.touch(task, page, true);
    const frame = kernel.access.pfn;
    const child = sysFork(kernel, task, 'B');
    kernel.access.touch(child, page, true);
    expect(kernel.access.pfn).not.toBe(frame);
    kernel.access.touch(task, page, true);
    expect(kernel.access.pfn).toBe(frame);
  });

  test('the processor sets accessed on a read and dirty on a write, without a fault', () => {
    const fd = sysMemfd(kernel, task, 'x', false);
    sysFtruncate(kernel, task, fd, 16 * 4096);
    const page = task.mm.pageOfAddress(sysMmap(kernel, task, null, 16 * 4096, RW, SHARED, fd, 0));
    kernel.access.touch(task, page, false);
    const clean = task.mm.pageTable.get(page);
    expect(clean & (PTE_ACCESSED | PTE_DIRTY)).toBe(PTE_ACCESSED);
    const faults = task.minorFaults;
    kernel.access.touch(task, page, true);
    expect(task.mm.pageTable.get(page) & PTE_DIRTY).toBe(PTE_DIRTY);
    expect(task.minorFaults).toBe(faults);
  });
});

describe('signals', () => {
  function lastSignal() {
    const { args, typeId } = kernel.trace.at(kernel.trace.count - 1);
    expect(typeId).toBe(SIGNAL_GENERATE.id);
    return { sig: args[0], code: args[1], pid: args[2], page: args[3] };
  }

  test('nothing mapped: SIGSEGV SEGV_MAPERR', () => {
    const page = mapAnonymous(1);
    sysMunmap(kernel, task, task.mm.addressOf(page), 4096);
    expect(kernel.access.touch(task, page, false)).toBe(ACCESS_SEGV_MAPERR);
    expect(lastSignal()).toEqual({ sig: 11, code: 1, pid: task.pid, page });
  });

  test('a write to read-only memory: SIGSEGV SEGV_ACCERR, also over a present entry', () => {
    const page = mapAnonymous(1);
    kernel.access.touch(task, page, true);
    sysMprotect(kernel, task, task.mm.addressOf(page), 4096, READ);
    expect(kernel.access.touch(task, page, true)).toBe(ACCESS_SEGV_ACCERR);
    expect(lastSignal()).toMatchObject({ sig: 11, code: 2 });
    expect(kernel.access.touch(task, page, false)).toBe(ACCESS_OK);
  });

  test('behind the end of the file: SIGBUS BUS_ADRERR', () => {
    const fd = sysMemfd(kernel, task, 'x', false);
    sysFtruncate(kernel, task, fd, 4096);
    const page = task.mm.pageOfAddress(sysMmap(kernel, task, null, 2 * 4096, RW, SHARED, fd, 0));
    expect(kernel.access.touch(task, page, true)).toBe(ACCESS_OK);
    expect(kernel.access.touch(task, page + 1, true)).toBe(ACCESS_BUS_ADRERR);
    expect(lastSignal()).toMatchObject({ sig: 7, code: 2 });
  });

  test('no frame left: the task is killed', () => {
    const page = mapAnonymous(1);
    kernel.context.frames.nrFree = 0;
    kernel.context.frames.reclaimer = null;
    expect(kernel.access.touch(task, page, true)).toBe(ACCESS_KILLED);
    expect(lastSignal()).toMatchObject({ sig: 9 });
  });
});

describe('waiting', () => {
  const busyVmOps: VmOperations = snapshotConstant('test.busy_vm_ops', {
    name: 'busy',
    fault(vmf: VmFault): VmFaultReason {
      const fence = vmf.vma.privateData as { signalled: boolean };
      if (fence.signalled) return 'SIGBUS';
      vmf.waitFor = fence;
      return 'RETRY';
    },
  });
  const busyFileOps: FileOperations = snapshotConstant('test.busy_fops', {
    name: 'busy',
    mmap(_, vma: object) {
      (vma as VmArea).ops = busyVmOps;
    },
  });

  test('a fault that meets a fence: WouldBlock, the task runs again after the signal', () => {
    kernel.vfs.charDevices.register(240, 0, 1, busyFileOps, null);
    kernel.vfs.create('/tmp/busy', 'chr', 0o666, 'mknod', { major: 240, minor: 0 });
    const fd = sysOpen(kernel, task, '/tmp/busy', { mode: 'rdwr' });
    const page = task.mm.pageOfAddress(sysMmap(kernel, task, null, 4096, RW, SHARED, fd, 0));
    const context = kernel.fences.newContext(0, 0);
    const fence = kernel.fences.emit(context, kernel.trace.now + 5_000);
    task.mm.findVma(page)!.privateData = fence;
    let blocked: unknown;
    try {
      kernel.access.touch(task, page, true);
    } catch (error) {
      blocked = error;
    }
    expect(blocked).toBeInstanceOf(WouldBlock);
    kernel.trace.currentTask = task.pid;
    kernel.waitForFence((blocked as WouldBlock).fence);
    expect([fence.signalled, kernel.trace.now, kernel.scheduler.nrBlocked]).toEqual([
      true,
      fence.signalAt,
      0,
    ]);
    expect(kernel.access.touch(task, page, true)).toBe(ACCESS_BUS_ADRERR);
  });
});

test('a refused open with a full table creates nothing', () => {
  const fd = sysMemfd(kernel, task, 'x', false);
  for (let i = 1; i < 1024; i++) task.files.dup(fd);
  expect(() => sysOpen(kernel, task, '/tmp/new', { mode: 'rdwr', create: true })).toThrow(
    expect.objectContaining({ errno: 'EMFILE' }),
  );
  expect(kernel.vfs.exists('/tmp/new')).toBe(false);
});
