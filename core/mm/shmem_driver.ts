/**
 * Shmem "drivers": files in shared memory whose open, close, mmap and faults a driver hooks. Not Linux: proposed in 2008, never merged.
 *
 * From       "extended shmem a bit to allow for shmem "drivers" that could hook into its open/close/mmap/etc. routines [...] using the
 *            file->private_data inside shmem, and creating a new sub-driver registration function, then checking for sub-ops" (Jesse
 *            Barnes, August 2008); chapter 2.7 of the dossier
 * View       "we'd either need to abuse an existing mmap flag or create a new one": MAP_NORESERVE asks for the driver's own view
 * Rule       a hook that the driver leaves out is shmem's own
 */
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import { holdInode, type Inode } from '../fs/inode.ts';
import { type FileOperations, OpenFile } from '../fs/open_file.ts';
import type { MmContext } from './mm_context.ts';
import { shmemFileOps } from './shmem_file.ts';
import { VM_NORESERVE, type VmArea } from './vm_area.ts';

/** What a driver hooks; a module-level constant registered with snapshotConstant. */
export interface ShmemSubOps {
  readonly name: string;
  /** The last reference of the file is gone. */
  release(subject: object, file: OpenFile): void;
  /** @param ownView the mapping asks for the driver's view instead of the backing pages */
  mmap(subject: object, vma: VmArea, ownView: boolean): void;
  write?(subject: object, offset: number, length: number, fill: number): void;
  /** Alignment of mappings, in pages. */
  alignPages?(subject: object): number;
}

/** What such a file has as its private data. */
export class ShmemDriverFile {
  constructor(
    readonly ops: ShmemSubOps,
    /** What the driver means by the file. */
    readonly subject: object,
  ) {}
}
snapshotClass(ShmemDriverFile, 'mm.ShmemDriverFile');

/** The driver's data behind a file, or null for other files. */
export function shmemDriverFileOf(file: OpenFile): ShmemDriverFile | null {
  return file.ops === SHMEM_DRIVER_FILE_OPS ? (file.privateData as ShmemDriverFile) : null;
}

/** One more open file of a shmem inode, with hooks; the caller owns its one reference. */
export function openShmemDriverFile(
  context: MmContext,
  inode: Inode,
  ops: ShmemSubOps,
  subject: object,
  path: string,
): OpenFile {
  const file = new OpenFile(context.nextFileId++, holdInode(inode), SHMEM_DRIVER_FILE_OPS, 'rdwr', path, 0o2);
  file.privateData = new ShmemDriverFile(ops, subject);
  return file;
}

function hooked(file: OpenFile): ShmemDriverFile {
  return file.privateData as ShmemDriverFile;
}

const SHMEM_DRIVER_FILE_OPS: FileOperations = snapshotConstant('mm.shmemDriverFileOps', {
  name: 'shmem driver',
  release(file: OpenFile): void {
    const { ops, subject } = hooked(file);
    ops.release(subject, file);
  },
  mmap(file: OpenFile, range: object): void {
    const { ops, subject } = hooked(file);
    const vma = range as VmArea;
    ops.mmap(subject, vma, (vma.flags & VM_NORESERVE) !== 0);
  },
  mmapAlignPages(file: OpenFile): number {
    const { ops, subject } = hooked(file);
    return ops.alignPages?.(subject) ?? 1;
  },
  write(file: OpenFile, offset: number, length: number, fill: number): number {
    const { ops, subject } = hooked(file);
    if (!ops.write) return shmemFileOps.write!(file, offset, length, fill);
    const fits = Math.max(0, Math.min(length, file.inode.sizeBytes - offset));
    ops.write(subject, offset, fits, fill);
    return fits;
  },
  llseek: shmemFileOps.llseek!,
  read: shmemFileOps.read!,
  fsync(): void {},
} satisfies FileOperations);
