/**
 * System calls on open files: size, holes, positioned input and output, seeking, flags, seals, readiness.
 *
 * Models     fs/open.c, fs/read_write.c, fs/fcntl.c, fs/select.c (Linux 6.12)
 */
import { KernelError } from '../base/errno.ts';
import { type FileOperations, filePath, type OpenFile, type PollEvent } from '../fs/open_file.ts';
import { addSeals, getSeals } from '../mm/seals.ts';
import { type FallocateMode, vfsFallocate, vfsFtruncate } from '../mm/vfs_space.ts';
import type { Kernel } from './kernel.ts';
import { syscall } from './syscall.ts';
import { SYS } from './syscall_numbers.ts';
import type { Task } from './task.ts';

export type Whence = Parameters<NonNullable<FileOperations['llseek']>>[2];

const WHENCE: { readonly [whence in Whence]: number } = { set: 0, cur: 1, end: 2, data: 3, hole: 4 };

/** Set the size. @throws KernelError EBADF, EINVAL (not a regular file, not writable, negative), EFBIG, EPERM (seals) */
export function sysFtruncate(kernel: Kernel, task: Task, fd: number, size: number): number {
  return syscall(kernel, task, SYS.ftruncate, [fd, size], () => {
    const file = task.files.get(fd, 'ftruncate');
    if (file.ops.truncateErrno) {
      throw new KernelError(file.ops.truncateErrno, 'ftruncate', `${filePath(file)} cannot be truncated.`);
    }
    vfsFtruncate(file, size);
    return 0;
  });
}

/**
 * Allocate, punch, zero or collapse a range.
 *
 * @throws KernelError EBADF (also when not writable), EINVAL, ENODEV (not a regular file), EOPNOTSUPP, EPERM (seals), ENOMEM
 */
export function sysFallocate(
  kernel: Kernel,
  task: Task,
  fd: number,
  mode: FallocateMode,
  offset: number,
  length: number,
): number {
  return syscall(kernel, task, SYS.fallocate, [fd, offset, length], () => {
    vfsFallocate(task.files.get(fd, 'fallocate'), mode, offset, length);
    return 0;
  });
}

/** Seals by name, lowest bit first. */
const SEALS = { seal: 1, shrink: 2, grow: 4, write: 8, future_write: 16, exec: 32 } as const;
export type SealName = keyof typeof SEALS;
export const SEAL_NAMES = Object.keys(SEALS) as SealName[];

/** Add seals. @throws KernelError EBADF, EPERM, EINVAL (no seals here), EBUSY (shared writable mappings) */
export function sysAddSeals(kernel: Kernel, task: Task, fd: number, seals: readonly SealName[]): number {
  return syscall(kernel, task, SYS.fcntl, [fd], () => {
    let bits = 0;
    for (const seal of seals) bits |= SEALS[seal];
    addSeals(task.files.get(fd, 'fcntl'), bits);
    return 0;
  });
}

/** The seals of a file. @throws KernelError EBADF, EINVAL (no seals here) */
export function sysGetSeals(kernel: Kernel, task: Task, fd: number): SealName[] {
  return syscall(kernel, task, SYS.fcntl, [fd], () => {
    const bits = getSeals(task.files.get(fd, 'fcntl'));
    return SEAL_NAMES.filter(seal => bits & SEALS[seal]);
  });
}

/** Write `length` bytes of one value. @returns bytes written; @throws KernelError EBADF, EINVAL, ESPIPE, EPERM (seals) */
export function sysPwrite(
  kernel: Kernel,
  task: Task,
  fd: number,
  offset: number,
  length: number,
  fill: number,
): number {
  return syscall(kernel, task, SYS.pwrite64, [fd, length, offset], () => {
    const file = task.files.get(fd, 'pwrite');
    if (offset < 0) throw new KernelError('EINVAL', 'pwrite', `Offset ${offset} is negative.`);
    refuseStream(file, 'pwrite');
    return writeFile(file, fd, offset, length, fill, 'pwrite');
  });
}

/** Write at the file position. @throws KernelError EBADF, EINVAL, EPERM (seals) */
export function sysWrite(kernel: Kernel, task: Task, fd: number, length: number, fill: number): number {
  return syscall(kernel, task, SYS.write, [fd, length], () => {
    const file = task.files.get(fd, 'write');
    const written = writeFile(file, fd, file.pos, length, fill, 'write');
    file.pos += written;
    return written;
  });
}

/** Read; only the count comes back. @throws KernelError EBADF, EINVAL, ESPIPE */
export function sysPread(kernel: Kernel, task: Task, fd: number, offset: number, length: number): number {
  return syscall(kernel, task, SYS.pread64, [fd, length, offset], () => {
    const file = task.files.get(fd, 'pread');
    if (offset < 0) throw new KernelError('EINVAL', 'pread', `Offset ${offset} is negative.`);
    refuseStream(file, 'pread');
    return readFile(file, fd, offset, length, 'pread');
  });
}

/** Read at the file position. @throws KernelError EBADF, EINVAL */
export function sysRead(kernel: Kernel, task: Task, fd: number, length: number): number {
  return syscall(kernel, task, SYS.read, [fd, length], () => {
    const file = task.files.get(fd, 'read');
    const got = readFile(file, fd, file.pos, length, 'read');
    file.pos += got;
    return got;
  });
}

/** Move the file position. @returns the new one; @throws KernelError EBADF, EINVAL, ENXIO, ESPIPE */
export function sysLseek(kernel: Kernel, task: Task, fd: number, offset: number, whence: Whence): number {
  return syscall(kernel, task, SYS.lseek, [fd, offset, WHENCE[whence]], () => {
    const file = task.files.get(fd, 'lseek');
    if (!file.ops.llseek) throw new KernelError('ESPIPE', 'lseek', `${filePath(file)} has no position.`);
    return file.ops.llseek(file, offset, whence);
  });
}

/** Readiness, of the events asked for. @throws KernelError EBADF */
export function sysPoll(kernel: Kernel, task: Task, fd: number, events: readonly PollEvent[]): PollEvent[] {
  return syscall(kernel, task, SYS.poll, [fd], () => {
    const file = task.files.get(fd, 'poll');
    return file.ops.poll ? file.ops.poll(file, events) : events.filter(event => event !== 'err');
  });
}

function refuseStream(file: OpenFile, op: string): void {
  if (file.ops.stream) throw new KernelError('ESPIPE', op, `${filePath(file)} has no position.`);
}

function writeFile(
  file: OpenFile,
  fd: number,
  offset: number,
  length: number,
  fill: number,
  op: string,
): number {
  if (!file.writable) throw new KernelError('EBADF', op, `Descriptor ${fd} is not open for writing.`);
  if (!file.ops.write) throw new KernelError('EINVAL', op, `${filePath(file)} cannot be written.`);
  return file.ops.write(file, offset, length, fill);
}

function readFile(file: OpenFile, fd: number, offset: number, length: number, op: string): number {
  if (!file.readable) throw new KernelError('EBADF', op, `Descriptor ${fd} is not open for reading.`);
  if (!file.ops.read) throw new KernelError('EINVAL', op, `${filePath(file)} cannot be read.`);
  return file.ops.read(file, offset, length);
}
