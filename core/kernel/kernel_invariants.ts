/** Invariants of chapter 8 about references to files and inodes, unwinding and refusals: rooms fs and kernel. */
import type { InvariantEntry } from '../base/invariant_entry.ts';
import { inodesHeldBy } from '../drm/device_mapping.ts';
import type { Inode } from '../fs/inode.ts';
import { filePath, type OpenFile } from '../fs/open_file.ts';
import type { PseudoDentry } from '../fs/pseudo_dentry.ts';
import type { CheckPass } from './check_pass.ts';
import { countFileReferences } from './file_references.ts';
import type { Kernel } from './kernel.ts';
import { checkRefusals, checkUnwind } from './scratch_checks.ts';
import { checkContentKept, checkNoDeadlock } from './scratch_contents.ts';

class Counts<T> extends Map<T, number> {
  add(thing: T): void {
    this.set(thing, (this.get(thing) ?? 0) + 1);
  }
}

type FileCounts = ReadonlyMap<OpenFile, number>;

/** References that anybody holds, by inode: open files, directory entries, tasks, devices. */
function countInodeReferences(kernel: Kernel, files: FileCounts): Counts<Inode> {
  const counts = new Counts<Inode>();
  const entries = new Set<PseudoDentry>();
  for (const file of files.keys()) {
    // Files of one entry hold its inode together (a buffer's file and O_PATH files on it).
    if (file.pseudoDentry) entries.add(file.pseudoDentry);
    else counts.add(file.inode);
  }
  for (const entry of entries) counts.add(entry.inode);
  kernel.vfs.forEachEntry(dentry => counts.add(dentry.inode));
  counts.add(kernel.anonInodes.shared);
  for (const task of kernel.tasks.values()) if (task.pidInode) counts.add(task.pidInode);
  for (const device of kernel.drm.allDevices) for (const inode of inodesHeldBy(device)) counts.add(inode);
  return counts;
}

function checkFiles(_kernel: Kernel, files: FileCounts): string[] {
  const says: string[] = [];
  for (const [file, references] of files) {
    if (file.count !== references) {
      says.push(
        `File ${file.id} (${filePath(file)}) counts ${file.count} references; ${references} were found.`,
      );
    }
  }
  return says;
}

function checkEntries(_kernel: Kernel, files: FileCounts): string[] {
  const counts = new Counts<PseudoDentry>();
  for (const file of files.keys()) if (file.pseudoDentry) counts.add(file.pseudoDentry);
  const says: string[] = [];
  for (const [entry, references] of counts) {
    if (entry.count === references) continue;
    says.push(
      `The entry of inode ${entry.inode.ino} counts ${entry.count} references; ${references} were found.`,
    );
  }
  return says;
}

function checkInodes(kernel: Kernel, files: FileCounts): string[] {
  const says: string[] = [];
  for (const [inode, references] of countInodeReferences(kernel, files)) {
    const { superBlock } = inode;
    if (inode.count !== references) {
      const name = `${superBlock.name}:${inode.ino}`;
      says.push(`Inode ${name} counts ${inode.count} references; ${references} were found.`);
    }
    if (kernel.vfs.superBlocks.get(superBlock.dev) !== superBlock) {
      says.push(`Inode ${superBlock.name}:${inode.ino} is held, but its file system is not mounted.`);
    }
  }
  return says;
}

/** An entry that can share what it walks with others of the same check. */
export interface KernelInvariant extends InvariantEntry<Kernel> {
  readonly check: (kernel: Kernel, pass?: CheckPass) => string[];
}

function onFiles(check: (kernel: Kernel, files: FileCounts) => string[]): KernelInvariant['check'] {
  return (kernel, pass) => check(kernel, pass?.files ?? countFileReferences(kernel));
}

export const KERNEL_INVARIANTS: readonly KernelInvariant[] = [
  {
    number: 26,
    name: 'File count',
    kind: 'state',
    rooms: ['fs', 'dma_buf', 'kernel'],
    eras: 'all',
    check: onFiles(checkFiles),
  },
  {
    number: 26,
    name: 'Entry count',
    kind: 'state',
    rooms: ['fs', 'dma_buf', 'kernel'],
    eras: 'all',
    check: onFiles(checkEntries),
  },
  {
    number: 28,
    name: 'inode count',
    kind: 'state',
    rooms: ['fs', 'kernel'],
    eras: 'all',
    check: onFiles(checkInodes),
  },
  {
    number: 49,
    name: 'Content conservation',
    kind: 'scenario',
    rooms: ['mm', 'drm', 'kernel'],
    eras: 'all',
    check: checkContentKept,
  },
  {
    number: 65,
    name: 'No deadlock',
    kind: 'scenario',
    rooms: ['dma_buf', 'drm', 'kernel'],
    eras: 'all',
    check: checkNoDeadlock,
  },
  { number: 68, name: 'Unwind', kind: 'scenario', rooms: ['kernel'], eras: 'all', check: checkUnwind },
  {
    number: 70,
    name: 'errno stable',
    kind: 'scenario',
    rooms: ['kernel', 'mm', 'fs'],
    eras: 'all',
    check: checkRefusals,
  },
];
