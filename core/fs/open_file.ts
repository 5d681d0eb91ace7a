/**
 * Open files: what a descriptor, a mapping and a message in flight all refer to.
 *
 * Models     struct file, struct file_operations, fs/file_table.c (Linux 6.12)
 * Invariants I1 `count` = descriptor slots + VMAs + messages in flight + kernel holders; at 0 `release` runs once
 *            I2 `mapping` (f_mapping) decides where VMAs are linked; it may differ from inode.mapping (DRM relies on it)
 */
import { type Errno, KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { AddressSpace } from './address_space.ts';
import { type Dentry, dentryPath } from './dentry.ts';
import type { IdSource } from './id_source.ts';
import { type Inode, putInode } from './inode.ts';
import { type PseudoDentry, putPseudoDentry } from './pseudo_dentry.ts';

/** Events of poll(2) that the model knows. */
export type PollEvent = 'in' | 'out' | 'err';

export type AccessMode = 'rdonly' | 'wronly' | 'rdwr';

/** O_PATH: the file only says where it is (fs/open_path.ts). */
export const O_PATH = 0o10000000;

/** A task as files see it; implemented by kernel/task.ts. */
export interface FileOwner {
  readonly pid: number;
  readonly name: string;
  readonly uid: number;
}

/**
 * What a file can do; a module-level constant registered with snapshotConstant. Absent means the kernel's default refusal.
 * `mmap` receives the new VMA before it is linked anywhere (mm/vm_area.ts: VmArea) and may set its ops and flags or throw.
 */
export interface FileOperations {
  readonly name: string;
  /** A node of the device was opened; may set file.mapping, privateData. @throws KernelError to refuse */
  open?(file: OpenFile, owner: FileOwner): void;
  /** The last reference is gone. */
  release?(file: OpenFile): void;
  /** @param vma a VmArea of mm/; typed `object` here because fs lies below mm. */
  mmap?(file: OpenFile, vma: object): void;
  /** Alignment of (address - offset) that a mapping gets when it may lie anywhere, in pages (get_unmapped_area). */
  mmapAlignPages?(file: OpenFile): number;
  llseek?(file: OpenFile, offset: number, whence: 'set' | 'cur' | 'end' | 'data' | 'hole'): number;
  /** @returns bytes read; the values are tickets of the data plane, so only counts come back here */
  read?(file: OpenFile, offset: number, length: number): number;
  write?(file: OpenFile, offset: number, length: number, fill: number): number;
  truncate?(file: OpenFile, size: number): void;
  fallocate?(
    file: OpenFile,
    mode: 'punch' | 'holeonly' | 'zero' | 'collapse' | 'keep' | 'none',
    offset: number,
    length: number,
  ): void;
  /** Write back; without it msync of a shared mapping answers EINVAL. */
  fsync?(file: OpenFile): void;
  /** Lines of /proc/<pid>/fdinfo/<fd> after the generic ones. */
  showFdinfo?(file: OpenFile): string[];
  /** The path that maps and links print, for files whose name can change (d_dname: dma-buf). Absent: `filePath` decides. */
  showPath?(file: OpenFile): string;
  /** The events that poll reports as ready, of those asked for. Absent: always ready. */
  poll?(file: OpenFile, events: readonly PollEvent[]): PollEvent[];
  /** What ftruncate answers when that is not the usual EINVAL (pidfs). */
  readonly truncateErrno?: Errno;
  /** True for files without positions: pread and pwrite answer ESPIPE. */
  readonly stream?: boolean;
  /** True when MAP_SYNC and other flags beyond the legacy set are understood (mmap_supported_flags). */
  readonly mmapSync?: boolean;
}

export class OpenFile {
  /** References (f_count). */
  count = 1;
  pos = 0;
  privateData: object | null = null;
  /** Where mappings of this file are linked (f_mapping). */
  mapping: AddressSpace;
  /** The directory entry it was opened by; null for files without one (pseudo file systems, memfd). */
  dentry: Dentry | null = null;
  /** The entry of a pseudo file system that the file holds; it, not the file, holds the inode then. */
  pseudoDentry: PseudoDentry | null = null;

  /** @param inode the caller's reference to it goes over to the file and is dropped with its last reference */
  constructor(
    readonly id: number,
    readonly inode: Inode,
    /** Switched by the open of a character device that stands for many (fops_replace). */
    public ops: FileOperations,
    readonly mode: AccessMode,
    /** What /proc/<pid>/maps and fd links print where neither `ops.showPath` nor a directory entry decides. */
    public path: string,
    /** Raw open flags for fdinfo, in the kernel's octal values. */
    public flags: number,
  ) {
    this.mapping = inode.mapping;
  }

  get readable(): boolean {
    return this.mode !== 'wronly';
  }

  get writable(): boolean {
    return this.mode !== 'rdonly';
  }

  /** True for O_PATH: most calls answer EBADF. */
  get isPath(): boolean {
    return (this.flags & O_PATH) !== 0;
  }
}
snapshotClass(OpenFile, 'fs.OpenFile');

/**
 * A new file with one reference for the caller. Models alloc_file().
 *
 * @param inode as for OpenFile; its reference is dropped when there is no memory
 * @throws KernelError ENOMEM
 */
export function allocFile(
  ids: IdSource,
  op: string,
  inode: Inode,
  ops: FileOperations,
  mode: AccessMode,
  path: string,
  flags: number,
): OpenFile {
  if (ids.faults.failSlab('an open file')) {
    putInode(inode);
    throw new KernelError('ENOMEM', op, 'There is no memory for an open file.');
  }
  return new OpenFile(ids.nextFileId++, inode, ops, mode, path, flags);
}

/** Take a reference. */
export function getFile(file: OpenFile): OpenFile {
  file.count++;
  return file;
}

/** Drop a reference; the last one runs `release` and drops the inode. Models fput(). */
export function putFile(file: OpenFile): void {
  file.count--;
  if (file.count > 0) return;
  invariant(file.count === 0, () => `File ${file.id} (${filePath(file)}) is dropped once too often.`);
  file.ops.release?.(file);
  if (file.pseudoDentry) putPseudoDentry(file.pseudoDentry);
  else putInode(file.inode);
}

/** The path of a file as /proc prints it: `/tmp/x (deleted)`, `/dmabuf:name`, `anon_inode:[eventfd]`. Models d_path(). */
export function filePath(file: OpenFile): string {
  if (file.ops.showPath) return file.ops.showPath(file);
  if (file.pseudoDentry) return file.pseudoDentry.ops.path(file.pseudoDentry);
  return file.dentry ? dentryPath(file.dentry) : file.path;
}
