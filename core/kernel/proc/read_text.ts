/** Reading a text file of /proc, sysfs or debugfs by its path; those of a task are made when somebody looks. */
import { KernelError } from '../../base/errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import { fdinfoLines } from './fdinfo.ts';
import { mapFileOf } from './map_files.ts';
import { mapsText } from './maps.ts';
import { smapsText } from './smaps.ts';

/**
 * The whole text.
 *
 * @throws KernelError ENOENT, or EINVAL for a file that cannot be read
 */
export function readKernelText(kernel: Kernel, path: string): string {
  const match = /^\/proc\/(\d+)\/(maps|smaps|map_files|fdinfo\/(\d+))$/.exec(path);
  if (match) {
    const task = kernel.tasks.get(Number(match[1]));
    if (!task) throw new KernelError('ENOENT', 'open', `There is no task ${match[1]}.`);
    return taskText(task, match[2]!, match[3]);
  }
  for (const registry of [kernel.proc, kernel.sysfs, kernel.debugfs]) {
    if (registry.has(path)) return registry.read(path);
  }
  throw new KernelError('ENOENT', 'open', `${path} does not exist.`);
}

function taskText(task: Task, file: string, fd: string | undefined): string {
  const { mm } = task;
  if (file === 'maps') return mapsText(mm);
  if (file === 'smaps') return mm.vmas.map(smapsText).join('');
  if (file === 'map_files') {
    const links = mm.vmas.map(mapFileOf).filter(link => link !== null);
    return links.map(({ name, target }) => `${name} -> ${target}\n`).join('');
  }
  return fdinfoLines(task, Number(fd))
    .map(line => `${line}\n`)
    .join('');
}
