/** Files of the modelled machine as text: /proc, sysfs, debugfs and the nodes of /dev. */
import { KernelError } from '../../base/errno.ts';
import { filePath } from '../../fs/open_file.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { readKernelText } from '../../kernel/proc/read_text.ts';
import type { FileEntry } from '../../public/questions.ts';
import type { Answering } from './question.ts';

/** Files that every task has. */
const TASK_FILES = ['maps', 'smaps', 'map_files'];

function taskFiles(kernel: Kernel): FileEntry[] {
  const entries: FileEntry[] = [];
  for (const task of kernel.tasks.values()) {
    for (const name of TASK_FILES) entries.push({ path: `/proc/${task.pid}/${name}` });
    for (const [fd, file] of task.files.entries()) {
      entries.push({ path: `/proc/${task.pid}/fd/${fd}`, target: filePath(file) });
      entries.push({ path: `/proc/${task.pid}/fdinfo/${fd}` });
    }
  }
  return entries;
}

/** Order of paths in which numbers count as numbers. */
function byPath(a: FileEntry, b: FileEntry): number {
  const left = a.path.split('/');
  const right = b.path.split('/');
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] === right[i]) continue;
    const numbers = Number(left[i]) - Number(right[i]);
    if (!Number.isNaN(numbers) && numbers !== 0) return numbers;
    return left[i]! < right[i]! ? -1 : 1;
  }
  return left.length - right.length;
}

export const FILES: Answering<'files'> = {
  ofMoment: true,
  answer: ({ session: { kernel } }) => {
    const registered = [kernel.proc, kernel.sysfs, kernel.debugfs].flatMap(each => [...each.paths()]);
    const nodes = [...kernel.devices.values()]
      .flatMap(device => [device.primaryNode, device.renderNode])
      .filter(path => path !== null);
    const entries = [...registered, ...nodes].map(path => ({ path }));
    return [...entries, ...taskFiles(kernel)].sort(byPath);
  },
};

export const READ_FILE: Answering<'readFile'> = {
  ofMoment: true,
  answer: ({ session: { kernel, position } }, { path }) => {
    try {
      return { text: readKernelText(kernel, path), position };
    } catch (refusal) {
      if (!(refusal instanceof KernelError)) throw refusal;
      return { error: refusal.message };
    }
  },
};
