/**
 * Opening what somebody's descriptor stands for, by its link in /proc, with O_PATH.
 *
 * Models     do_o_path, proc_fd_link, fs/namei.c, fs/proc/fd.c (Linux 6.12)
 * Left out   the ptrace check (everything runs as one user)
 */
import { KernelError } from '../base/errno.ts';
import { openPath } from '../fs/open_path.ts';
import type { Kernel } from './kernel.ts';
import { installOrDrop } from './sys_open.ts';
import { syscall } from './syscall.ts';
import { SYS } from './syscall_numbers.ts';
import type { Task } from './task.ts';

/** open("/proc/<pid>/fd/<fd>", O_PATH). @returns the descriptor; @throws KernelError ENOENT, EMFILE */
export function sysOpenPath(kernel: Kernel, task: Task, of: Task, fd: number): number {
  return syscall(kernel, task, SYS.openat, [], () => {
    const file = of.files.find(fd);
    if (!file) throw new KernelError('ENOENT', 'open', `Task ${of.pid} has no descriptor ${fd}.`);
    return installOrDrop(task, openPath(kernel.context, file));
  });
}
