/**
 * Tasks come and go: spawn (a fresh process), fork, exit, setuid.
 *
 * Models     kernel/fork.c, kernel/exit.c (Linux 6.12)
 * Order      exit gives back memory first, then descriptors, then what was sent and never received, as do_exit() does
 */
import { FdTable } from '../fs/fd_table.ts';
import { createMm, dupMm, exitMm } from '../mm/fork.ts';
import { SCHED_PROCESS_EXIT, SCHED_PROCESS_FORK } from '../trace/events/kernel.ts';
import type { Kernel } from './kernel.ts';
import { dropPidInode } from './sys_anon.ts';
import { syscall } from './syscall.ts';
import { SYS } from './syscall_numbers.ts';
import { Task } from './task.ts';

/** A fresh process without memory or files. @throws KernelError ENOMEM */
export function spawnTask(kernel: Kernel, name: string): Task {
  const { faults } = kernel.context;
  for (const what of ['a task', 'its descriptors', 'its address space']) faults.slab('spawn', what);
  const mm = createMm(kernel.context);
  return startTask(kernel, new Task(kernel.takePid(), name, 0, mm, new FdTable()));
}

/** A copy of the task: memory copied on write, the same open files. @throws KernelError ENOMEM */
export function sysFork(kernel: Kernel, task: Task, name: string): Task {
  return syscall(kernel, task, SYS.fork, [], () => {
    const { faults } = kernel.context;
    // In the kernel's order: the task, its descriptors, its memory.
    for (const what of ['a task', 'its descriptors', 'its address space']) faults.slab('fork', what);
    const mm = dupMm(task.mm);
    const child = new Task(kernel.takePid(), name, task.pid, mm, task.files.copy());
    child.uid = task.uid;
    return startTask(kernel, child);
  });
}

function startTask(kernel: Kernel, task: Task): Task {
  kernel.tasks.set(task.pid, task);
  kernel.scheduler.add(task, kernel.trace.now);
  kernel.trace.emit(SCHED_PROCESS_FORK, task.parent, task.pid);
  return task;
}

/** The task ends and everything it held is given back. */
export function sysExitTask(kernel: Kernel, task: Task): void {
  syscall(kernel, task, SYS.exit, [], () => {
    exitMm(task.mm);
    task.files.closeAll();
    task.inbox.discard();
    dropPidInode(task);
    kernel.scheduler.remove(task);
    kernel.tasks.delete(task.pid);
    kernel.trace.emit(SCHED_PROCESS_EXIT, task.pid);
  });
}

/** Become another user. */
export function sysSetuid(kernel: Kernel, task: Task, uid: number): number {
  return syscall(kernel, task, SYS.setuid, [uid], () => {
    task.uid = uid;
    return 0;
  });
}
