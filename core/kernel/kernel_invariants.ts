/** Invariants of chapter 8 about references: files, inodes, in the rooms fs and kernel. */
import type { InvariantEntry } from '../base/invariant_entry.ts';
import { filePath, type OpenFile } from '../fs/open_file.ts';
import type { Kernel } from './kernel.ts';

/** References that descriptors, mappings and messages in flight hold, by file. */
function countReferences(kernel: Kernel): Map<OpenFile, number> {
  const counted = new Map<OpenFile, number>();
  const count = (file: OpenFile) => counted.set(file, (counted.get(file) ?? 0) + 1);
  for (const task of kernel.tasks.values()) {
    for (const [, file] of task.files.entries()) count(file);
    for (const vma of task.mm.vmas) if (vma.file) count(vma.file);
    for (const file of task.inbox.files()) count(file);
  }
  return counted;
}

export const KERNEL_INVARIANTS: readonly InvariantEntry<Kernel>[] = [
  {
    number: 26,
    name: 'File count',
    kind: 'state',
    rooms: ['fs', 'kernel'],
    eras: 'all',
    check(kernel) {
      const says: string[] = [];
      for (const [file, references] of countReferences(kernel)) {
        // Kernel holders (importers, an object's own dma-buf) come on top; fewer than counted is always wrong.
        if (file.count < references) {
          says.push(
            `File ${file.id} (${filePath(file)}) counts ${file.count} references; ${references} were found.`,
          );
        }
      }
      return says;
    },
  },
  {
    number: 28,
    name: 'inode count',
    kind: 'state',
    rooms: ['fs'],
    eras: 'all',
    check(kernel) {
      const says: string[] = [];
      const files = new Map<OpenFile['inode'], number>();
      for (const file of countReferences(kernel).keys())
        files.set(file.inode, (files.get(file.inode) ?? 0) + 1);
      for (const [inode, opens] of files) {
        if (inode.count < opens) {
          says.push(
            `Inode ${inode.superBlock.name}:${inode.ino} counts ${inode.count} references; ${opens} open files hold it.`,
          );
        }
      }
      return says;
    },
  },
];
