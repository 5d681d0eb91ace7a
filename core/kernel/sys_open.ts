/**
 * System calls on names and descriptors: open, close, dup, mknod, link, unlink, rename, stat, descriptors over sockets.
 *
 * Models     fs/open.c, fs/namei.c, fs/stat.c, chrdev_open (Linux 6.12)
 * Left out   permissions of directories and files (everything runs as one user, except DRM's own checks)
 */
import { KernelError } from '../base/errno.ts';
import type { Dentry } from '../fs/dentry.ts';
import { holdInode, type Inode, putInode } from '../fs/inode.ts';
import { type AccessMode, type FileOperations, OpenFile, putFile } from '../fs/open_file.ts';
import { F_SEAL_SEAL } from '../mm/seals.ts';
import { shmemFileOps } from '../mm/shmem_file.ts';
import { FILE_CLOSE, FILE_OPEN } from '../trace/events/fs.ts';
import { DIRECTORY_FILE_OPS } from './file_ops.ts';
import type { Kernel } from './kernel.ts';
import { initShmemInode } from './shmem_inode.ts';
import { syscall } from './syscall.ts';
import { SYS } from './syscall_numbers.ts';
import type { Task } from './task.ts';

/** O_LARGEFILE, which the kernel adds to every open of a 64-bit process; fdinfo shows it. */
export const O_LARGEFILE = 0o100000;
/** O_CLOEXEC. */
export const O_CLOEXEC = 0o2000000;

export interface OpenFlags {
  readonly mode: AccessMode;
  readonly create?: boolean;
  readonly exclusive?: boolean;
  readonly cloexec?: boolean;
}

const MODE_BITS: { readonly [mode in AccessMode]: number } = { rdonly: 0, wronly: 1, rdwr: 2 };

/** Open a path. @returns the descriptor; @throws KernelError ENOENT, EEXIST, ENXIO, EMFILE, or what the driver refuses */
export function sysOpen(kernel: Kernel, task: Task, path: string, flags: OpenFlags): number {
  return syscall(kernel, task, SYS.openat, [MODE_BITS[flags.mode]], () => {
    const { vfs } = kernel;
    // The number and the file come first: without them nothing is created.
    task.files.lowestFreeFd();
    kernel.context.faults.slab('open', 'an open file');
    const found = vfs.exists(path);
    if (found && flags.create && flags.exclusive) {
      throw new KernelError('EEXIST', 'open', `${path} exists already.`);
    }
    if (!found && flags.create) {
      const created = vfs.create(path, 'reg', 0o600, 'open');
      initShmemInode(kernel.context, created.inode, F_SEAL_SEAL);
    }
    const file = openDentry(kernel, task, vfs.lookup(path, 'open'), flags);
    return installOrDrop(task, file, flags.cloexec);
  });
}

/** Give a new file a descriptor; the file is dropped when there is none. */
export function installOrDrop(task: Task, file: OpenFile, cloexec = false): number {
  try {
    return task.files.install(file, cloexec);
  } catch (refusal) {
    putFile(file);
    throw refusal;
  }
}

function openDentry(kernel: Kernel, task: Task, dentry: Dentry, flags: OpenFlags): OpenFile {
  const inode = dentry.inode;
  const ops = operationsOf(kernel, inode);
  const bits = MODE_BITS[flags.mode] | O_LARGEFILE;
  const file = new OpenFile(kernel.context.nextFileId++, holdInode(inode), ops, flags.mode, '', bits);
  file.dentry = dentry;
  try {
    ops.open?.(file, task);
  } catch (refusal) {
    putInode(inode);
    throw refusal;
  }
  kernel.trace.emit(FILE_OPEN, file.id, inode.superBlock.dev, inode.ino, file.mapping.id);
  return file;
}

function operationsOf(kernel: Kernel, inode: Inode): FileOperations {
  if (inode.type === 'chr') return kernel.vfs.charDevices.ofInode(inode).ops;
  if (inode.type === 'reg') return shmemFileOps;
  return DIRECTORY_FILE_OPS;
}

/** Close a descriptor. @throws KernelError EBADF */
export function sysClose(kernel: Kernel, task: Task, fd: number): number {
  return syscall(kernel, task, SYS.close, [fd], () => {
    const file = task.files.getRaw(fd, 'close');
    kernel.trace.emit(FILE_CLOSE, file.id, file.count - 1);
    task.files.close(fd);
    return 0;
  });
}

/** A second descriptor for the same file. @throws KernelError EBADF, EMFILE */
export function sysDup(kernel: Kernel, task: Task, fd: number): number {
  return syscall(kernel, task, SYS.dup, [fd], () => task.files.dup(fd));
}

/** A character device node. @throws KernelError EEXIST, ENOENT */
export function sysMknod(
  kernel: Kernel,
  task: Task,
  path: string,
  perm: number,
  major: number,
  minor: number,
): number {
  return syscall(kernel, task, SYS.mknod, [major, minor], () => {
    kernel.vfs.create(path, 'chr', perm, 'mknod', { major, minor });
    return 0;
  });
}

/** A second name. @throws KernelError ENOENT, EEXIST, EPERM */
export function sysLink(kernel: Kernel, task: Task, from: string, to: string): number {
  return syscall(kernel, task, SYS.link, [], () => {
    kernel.vfs.link(from, to);
    return 0;
  });
}

/** Remove a name. @throws KernelError ENOENT, EISDIR */
export function sysUnlink(kernel: Kernel, task: Task, path: string): number {
  return syscall(kernel, task, SYS.unlink, [], () => {
    kernel.vfs.unlink(path);
    return 0;
  });
}

/** Move a name. @throws KernelError ENOENT, EISDIR */
export function sysRename(kernel: Kernel, task: Task, from: string, to: string): number {
  return syscall(kernel, task, SYS.rename, [], () => {
    kernel.vfs.rename(from, to);
    return 0;
  });
}

/** The inode behind a descriptor, to be read only. @throws KernelError EBADF */
export function sysFstat(kernel: Kernel, task: Task, fd: number): Inode {
  return syscall(kernel, task, SYS.fstat, [fd], () => task.files.getRaw(fd, 'fstat').inode);
}

/** The inode behind a path, to be read only. @throws KernelError ENOENT */
export function sysStat(kernel: Kernel, task: Task, path: string): Inode {
  return syscall(kernel, task, SYS.stat, [], () => kernel.vfs.lookup(path, 'stat').inode);
}

/** Send a descriptor to another task; the message is a reference of its own. @throws KernelError EBADF */
export function sysSendFd(kernel: Kernel, task: Task, fd: number, to: Task): number {
  return syscall(kernel, task, SYS.sendmsg, [fd, to.pid], () => {
    const file = task.files.getRaw(fd, 'sendmsg');
    kernel.context.faults.slab('sendmsg', 'the message');
    to.inbox.send(file);
    return 0;
  });
}

/** Receive the oldest descriptor sent. @throws KernelError EAGAIN when nothing was sent, EMFILE */
export function sysRecvFd(kernel: Kernel, task: Task): number {
  return syscall(kernel, task, SYS.recvmsg, [], () => {
    const file = task.inbox.receive();
    if (!file) throw new KernelError('EAGAIN', 'recvmsg', 'No descriptor was sent.');
    return installOrDrop(task, file);
  });
}
