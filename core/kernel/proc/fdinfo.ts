/** /proc/<pid>/fdinfo/<fd>. Models seq_show, fs/proc/fd.c (Linux 6.12). */
import { KernelError } from '../../base/errno.ts';
import { O_CLOEXEC } from '../sys_open.ts';
import type { Task } from '../task.ts';

/** The lines of a descriptor, `key:\tvalue`. @throws KernelError ENOENT when it is not open: there is no such file */
export function fdinfoLines(task: Task, fd: number): string[] {
  let file: ReturnType<typeof task.files.getRaw>;
  try {
    file = task.files.getRaw(fd, 'fdinfo');
  } catch {
    throw new KernelError('ENOENT', 'fdinfo', `Descriptor ${fd} is not open, so /proc has no file for it.`);
  }
  const flags = file.flags | (task.files.isCloexec(fd) ? O_CLOEXEC : 0);
  const { superBlock, ino } = file.inode;
  return [
    `pos:\t${file.pos}`,
    `flags:\t0${flags.toString(8)}`,
    `mnt_id:\t${superBlock.mntId}`,
    `ino:\t${ino}`,
    ...(file.ops.showFdinfo?.(file) ?? []),
  ];
}
