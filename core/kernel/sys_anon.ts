/**
 * System calls that make descriptors without a name in the file system: eventfd and its relatives, pidfd, pipe, socket, memfd.
 *
 * Models     fs/anon_inodes.c users, fs/pidfs.c, fs/pipe.c, net/socket.c, mm/memfd.c (Linux 6.12)
 */
import { holdInode, Inode, putInode } from '../fs/inode.ts';
import { allocFile, type FileOperations, type OpenFile } from '../fs/open_file.ts';
import { allocAnonInode, type PseudoFs, pinFs } from '../fs/pseudo_fs.ts';
import { F_SEAL_SEAL } from '../mm/seals.ts';
import { shmemFileOps } from '../mm/shmem_file.ts';
import {
  EVENTFD_FILE_OPS,
  EventFd,
  PIDFD_FILE_OPS,
  PidFd,
  PLAIN_ANON_FILE_OPS,
  STREAM_FILE_OPS,
  TIMERFD_FILE_OPS,
  USERFAULTFD_FILE_OPS,
} from './file_ops.ts';
import type { Kernel } from './kernel.ts';
import { newShmemInode } from './shmem_inode.ts';
import { installOrDrop, O_LARGEFILE } from './sys_open.ts';
import { syscall } from './syscall.ts';
import { SYS } from './syscall_numbers.ts';
import type { Task } from './task.ts';

const O_RDWR = 2;

/** An eventfd. @throws KernelError EMFILE */
export function sysEventfd(kernel: Kernel, task: Task): number {
  return syscall(kernel, task, SYS.eventfd2, [], () => {
    allocContext(kernel, 'eventfd');
    const eventfd = new EventFd(kernel.nextEventfdId, kernel.context.era.eventfdShowsSemaphore);
    const file = kernel.anonInodes.getFile('[eventfd]', EVENTFD_FILE_OPS, O_RDWR, eventfd);
    kernel.nextEventfdId++;
    return installOrDrop(task, file);
  });
}

/** Kinds of descriptor on the shared anonymous inode that show nothing but their link. */
const SHARED_KINDS = {
  epoll: { id: SYS.epoll_create1, link: '[eventpoll]', ops: PLAIN_ANON_FILE_OPS },
  timerfd: { id: SYS.timerfd_create, link: '[timerfd]', ops: TIMERFD_FILE_OPS },
  signalfd: { id: SYS.signalfd4, link: '[signalfd]', ops: PLAIN_ANON_FILE_OPS },
  inotify: { id: SYS.inotify_init1, link: 'inotify', ops: PLAIN_ANON_FILE_OPS },
  fsopen: { id: SYS.fsopen, link: '[fscontext]', ops: PLAIN_ANON_FILE_OPS },
} as const;

/** An epoll, timerfd, signalfd, inotify or fscontext descriptor. @throws KernelError EMFILE */
export function sysAnonFile(kernel: Kernel, task: Task, kind: keyof typeof SHARED_KINDS): number {
  const { id, link, ops } = SHARED_KINDS[kind];
  return syscall(kernel, task, id, [], () => {
    allocContext(kernel, kind);
    return installOrDrop(task, kernel.anonInodes.getFile(link, ops, O_RDWR, null));
  });
}

/** A userfaultfd: read only, with an inode of its own. @throws KernelError EMFILE */
export function sysUserfaultfd(kernel: Kernel, task: Task): number {
  return syscall(kernel, task, SYS.userfaultfd, [], () => {
    allocContext(kernel, 'userfaultfd');
    const file = kernel.anonInodes.createFile('[userfaultfd]', USERFAULTFD_FILE_OPS, 0, null);
    return installOrDrop(task, file, true);
  });
}

/** A pidfd of the task itself: one inode per process, or the shared one in older kernels. @throws KernelError EMFILE */
export function sysPidfd(kernel: Kernel, task: Task): number {
  return syscall(kernel, task, SYS.pidfd_open, [task.pid], () => {
    const link = '[pidfd]';
    if (!kernel.context.era.pidFs) {
      const file = kernel.anonInodes.getFile(link, PIDFD_FILE_OPS, O_RDWR, new PidFd(task.pid));
      return installOrDrop(task, file, true);
    }
    if (!task.pidInode) {
      task.pidInode = allocAnonInode(kernel.vfs, superBlockOf(kernel, kernel.vfs.pidFs));
      task.pidInode.perm = 0o700;
    }
    const file = pseudoFile(kernel, holdInode(task.pidInode), PIDFD_FILE_OPS, `anon_inode:${link}`);
    file.privateData = new PidFd(task.pid);
    return installOrDrop(task, file, true);
  });
}

/** The read end of a pipe. @throws KernelError EMFILE */
export function sysPipe(kernel: Kernel, task: Task): number {
  return syscall(kernel, task, SYS.pipe, [], () =>
    streamFile(kernel, task, kernel.vfs.pipeFs, 'fifo', 0o600, 'pipe'),
  );
}

/** A socket. @throws KernelError EMFILE */
export function sysSocket(kernel: Kernel, task: Task): number {
  return syscall(kernel, task, SYS.socket, [], () =>
    streamFile(kernel, task, kernel.vfs.sockFs, 'sock', 0o777, 'socket'),
  );
}

/** An unlinked file in memory. @param sealing seals may be added later; @throws KernelError EMFILE, ENOMEM */
export function sysMemfd(kernel: Kernel, task: Task, name: string, sealing: boolean): number {
  return syscall(kernel, task, SYS.memfd_create, [sealing ? 2 : 0], () => {
    const { context } = kernel;
    context.faults.slab('memfd_create', 'the name');
    const inode = newShmemInode(kernel, 0, sealing ? 0 : F_SEAL_SEAL);
    const path = `/memfd:${name} (deleted)`;
    const flags = O_RDWR | O_LARGEFILE;
    const file = allocFile(context, 'memfd_create', inode, shmemFileOps, 'rdwr', path, flags);
    return installOrDrop(task, file);
  });
}

/** What the new file is about. @throws KernelError ENOMEM */
function allocContext(kernel: Kernel, kind: string): void {
  kernel.context.faults.slab(kind, `what the ${kind} knows`);
}

function superBlockOf(kernel: Kernel, fs: PseudoFs) {
  return fs.superBlock ?? pinFs(kernel.vfs, fs);
}

function pseudoFile(kernel: Kernel, inode: Inode, ops: FileOperations, path: string): OpenFile {
  return allocFile(kernel.context, 'alloc_file_pseudo', inode, ops, 'rdwr', path, O_RDWR);
}

function streamFile(
  kernel: Kernel,
  task: Task,
  fs: PseudoFs,
  type: 'fifo' | 'sock',
  perm: number,
  name: string,
): number {
  const superBlock = superBlockOf(kernel, fs);
  kernel.context.faults.slab(name, 'an inode');
  const inode = new Inode(superBlock, kernel.vfs.getNextIno(), type, perm, kernel.context.nextMappingId++);
  return installOrDrop(task, pseudoFile(kernel, inode, STREAM_FILE_OPS, `${name}:[${inode.ino}]`));
}

/** The task exits: its pidfd inode loses the task's own reference. */
export function dropPidInode(task: Task): void {
  if (task.pidInode) putInode(task.pidInode);
  task.pidInode = null;
}
