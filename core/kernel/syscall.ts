/**
 * The frame around every system call: who runs, what enters, what comes back.
 *
 * Models     raw_syscalls:sys_enter and sys_exit (Linux 6.12)
 * Time       a call takes the machine's syscallNs of virtual time before it does anything
 * Cost       two events; the explicit form allocates nothing
 */
import { ERRNO, KernelError } from '../base/errno.ts';
import { WouldBlock } from '../base/would_block.ts';
import { SYS_ENTER, SYS_EXIT, TASK_BLOCKED } from '../trace/events/kernel.ts';
import type { Kernel } from './kernel.ts';
import type { Task } from './task.ts';

/** A system call begins on behalf of a task. */
export function sysEnter(
  kernel: Kernel,
  task: Task,
  id: number,
  arg0 = 0,
  arg1 = 0,
  arg2 = 0,
  arg3 = 0,
): void {
  kernel.fences.advanceTo(kernel.trace.now + kernel.description.timing.syscallNs);
  kernel.trace.currentTask = task.pid;
  kernel.trace.emit(SYS_ENTER, id, arg0, arg1, arg2, arg3);
}

/** It ends well. @returns `ret` */
export function sysExit(kernel: Kernel, id: number, ret: number): number {
  kernel.trace.emit(SYS_EXIT, id, ret);
  return ret;
}

/** It ends with a refusal, or must wait. @returns the error, to be thrown on */
export function sysFail(kernel: Kernel, id: number, error: unknown): unknown {
  if (error instanceof KernelError) kernel.trace.emit(SYS_EXIT, id, -ERRNO[error.errno]);
  else if (error instanceof WouldBlock) kernel.trace.emit(TASK_BLOCKED, kernel.trace.currentTask, id);
  return error;
}

/** The whole frame for calls that are not on a hot path. */
export function syscall<T>(
  kernel: Kernel,
  task: Task,
  id: number,
  args: readonly number[],
  body: () => T,
): T {
  sysEnter(kernel, task, id, args[0], args[1], args[2], args[3]);
  let result: T;
  try {
    result = body();
  } catch (error) {
    throw sysFail(kernel, id, error);
  }
  sysExit(kernel, id, typeof result === 'number' ? result : 0);
  return result;
}
