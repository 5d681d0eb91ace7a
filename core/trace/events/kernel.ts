/** Tracepoints of kernel/: system calls, signals, tasks. */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './hw.ts';

/**
 * A system call begins. `id` is the x86-64 number; of the six arguments the first four are kept, byte addresses, lengths and
 * offsets of memory calls as pages (low 32 bits).
 */
export const SYS_ENTER = declareEvent('raw_syscalls:sys_enter', ['id', 'arg0', 'arg1', 'arg2', 'arg3']);

/** A system call ends. `ret` is its value as an unsigned 32-bit number; an error is 2^32 - errno. */
export const SYS_EXIT = declareEvent('raw_syscalls:sys_exit', ['id', 'ret']);

/** A task came to be. */
export const SCHED_PROCESS_FORK = declareEvent('sched:sched_process_fork', ['parent_pid', 'child_pid']);

/** A task is gone. */
export const SCHED_PROCESS_EXIT = declareEvent('sched:sched_process_exit', ['pid']);

/** A fault ended in a signal for the task. `sig` 7 is SIGBUS, 9 SIGKILL, 11 SIGSEGV; `page` is the page of the reported address. */
export const SIGNAL_GENERATE = declareEvent('signal:signal_generate', ['sig', 'code', 'pid', 'page']);

/** A system call must wait for a fence and will run again. */
export const TASK_BLOCKED = declareEvent('lab_kernel:task_blocked', ['pid', 'id']);

/** One step of boot or shutdown is done. `step` is its number in the order of kernel/boot_steps.ts. */
export const BOOT_STEP = declareEvent('lab_kernel:boot_step', ['step', 'down']);
