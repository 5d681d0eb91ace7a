/**
 * System calls on a task's address space. The work is in mm/; here are the frame, the descriptor and the events.
 *
 * Models     mm/mmap.c, mm/mprotect.c, mm/madvise.c, mm/mremap.c, mm/mlock.c, mm/msync.c, mm/mincore.c (Linux 6.12)
 * Units      byte addresses, lengths and offsets; events carry pages
 * Cost       mmap and munmap are hot: no closures
 */
import { type ByteOffset, type Bytes, PAGE_SIZE, pagesUp, type VirtAddr } from '../base/units.ts';
import { allocFile, putFile } from '../fs/open_file.ts';
import { type Advice, doMadvise } from '../mm/madvise.ts';
import { doMincore, doMlock, doMsync, doMunlock, MS_SYNC } from '../mm/mlock.ts';
import { MAP_ANONYMOUS, MAP_SHARED, sysMmap as mmapBytes } from '../mm/mmap.ts';
import { doMprotect } from '../mm/mprotect.ts';
import { doMremap } from '../mm/mremap.ts';
import { doMunmap } from '../mm/munmap.ts';
import { F_SEAL_SEAL } from '../mm/seals.ts';
import { shmemFileOps } from '../mm/shmem_file.ts';
import type { Kernel } from './kernel.ts';
import { newShmemInode } from './shmem_inode.ts';
import { sysEnter, sysExit, sysFail } from './syscall.ts';
import { SYS } from './syscall_numbers.ts';
import type { Task } from './task.ts';

/**
 * Map pages of a file, or anonymous memory (MAP_ANONYMOUS, `fd` is not looked at).
 *
 * @param address wished byte address, or null for anywhere
 * @returns byte address; @throws KernelError EBADF and everything that doMmap and the file refuse
 */
export function sysMmap(
  kernel: Kernel,
  task: Task,
  address: VirtAddr | null,
  length: Bytes,
  prot: number,
  flags: number,
  fd: number,
  offset: ByteOffset,
): VirtAddr {
  sysEnter(kernel, task, SYS.mmap, (address ?? 0) / PAGE_SIZE, length / PAGE_SIZE, prot, flags);
  try {
    const isSharedAnonymous = (flags & (MAP_ANONYMOUS | MAP_SHARED)) === (MAP_ANONYMOUS | MAP_SHARED);
    if (isSharedAnonymous) return mapSharedAnonymous(kernel, task, address, length, prot, flags);
    const file = flags & MAP_ANONYMOUS ? null : task.files.get(fd, 'mmap');
    const at = mmapBytes(task.mm, file, { addr: address, length, offset, prot, flags });
    sysExit(kernel, SYS.mmap, at / PAGE_SIZE);
    return at;
  } catch (error) {
    throw sysFail(kernel, SYS.mmap, error);
  }
}

/** Memory that a fork shares is a nameless file of its own, held by its mappings. Models shmem_zero_setup(). */
function mapSharedAnonymous(
  kernel: Kernel,
  task: Task,
  address: VirtAddr | null,
  length: Bytes,
  prot: number,
  flags: number,
): VirtAddr {
  const inode = newShmemInode(kernel, pagesUp(length) * PAGE_SIZE, F_SEAL_SEAL);
  const path = '/dev/zero (deleted)';
  const file = allocFile(kernel.context, 'mmap', inode, shmemFileOps, 'rdwr', path, 0o2);
  try {
    const request = { addr: address, length, offset: 0, prot, flags: flags & ~MAP_ANONYMOUS };
    const at = mmapBytes(task.mm, file, request);
    sysExit(kernel, SYS.mmap, at / PAGE_SIZE);
    return at;
  } finally {
    putFile(file);
  }
}

/** Remove mappings. @throws KernelError EINVAL, ENOMEM */
export function sysMunmap(kernel: Kernel, task: Task, address: VirtAddr, length: Bytes): number {
  sysEnter(kernel, task, SYS.munmap, address / PAGE_SIZE, length / PAGE_SIZE);
  try {
    doMunmap(task.mm, address, length);
  } catch (error) {
    throw sysFail(kernel, SYS.munmap, error);
  }
  return sysExit(kernel, SYS.munmap, 0);
}

/** Change protection. @throws KernelError EINVAL, ENOMEM (a hole; what lies before is changed), EACCES */
export function sysMprotect(
  kernel: Kernel,
  task: Task,
  address: VirtAddr,
  length: Bytes,
  prot: number,
): number {
  sysEnter(kernel, task, SYS.mprotect, address / PAGE_SIZE, length / PAGE_SIZE, prot);
  try {
    doMprotect(task.mm, address, length, prot);
  } catch (error) {
    throw sysFail(kernel, SYS.mprotect, error);
  }
  return sysExit(kernel, SYS.mprotect, 0);
}

/** Resize or move a mapping. @returns its byte address now; @throws KernelError EINVAL, EFAULT, ENOMEM */
export function sysMremap(
  kernel: Kernel,
  task: Task,
  address: VirtAddr,
  oldLength: Bytes,
  newLength: Bytes,
  flags: number,
  newAddress: VirtAddr,
): VirtAddr {
  sysEnter(
    kernel,
    task,
    SYS.mremap,
    address / PAGE_SIZE,
    oldLength / PAGE_SIZE,
    newLength / PAGE_SIZE,
    flags,
  );
  try {
    const at = doMremap(task.mm, address, oldLength, newLength, flags, newAddress);
    sysExit(kernel, SYS.mremap, at / PAGE_SIZE);
    return at;
  } catch (error) {
    throw sysFail(kernel, SYS.mremap, error);
  }
}

/** A call on a range that answers 0 or refuses. Not for munmap and mmap, which are hot: it takes a closure. */
function callOnRange(
  kernel: Kernel,
  task: Task,
  call: number,
  address: VirtAddr,
  length: Bytes,
  work: () => void,
): number {
  sysEnter(kernel, task, call, address / PAGE_SIZE, length / PAGE_SIZE);
  try {
    work();
  } catch (error) {
    throw sysFail(kernel, call, error);
  }
  return sysExit(kernel, call, 0);
}

/** Advice. @throws KernelError EINVAL, ENOMEM (a hole; mapped parts are done), EACCES, ENODEV */
export function sysMadvise(
  kernel: Kernel,
  task: Task,
  address: VirtAddr,
  length: Bytes,
  advice: Advice,
): number {
  return callOnRange(kernel, task, SYS.madvise, address, length, () =>
    doMadvise(task.mm, address, length, advice),
  );
}

/** Keep in memory. @throws KernelError ENOMEM */
export function sysMlock(kernel: Kernel, task: Task, address: VirtAddr, length: Bytes): number {
  return callOnRange(kernel, task, SYS.mlock, address, length, () => doMlock(task.mm, address, length));
}

/** No longer. @throws KernelError ENOMEM */
export function sysMunlock(kernel: Kernel, task: Task, address: VirtAddr, length: Bytes): number {
  return callOnRange(kernel, task, SYS.munlock, address, length, () => doMunlock(task.mm, address, length));
}

/** Write back. @throws KernelError EINVAL, ENOMEM */
export function sysMsync(kernel: Kernel, task: Task, address: VirtAddr, length: Bytes): number {
  return callOnRange(kernel, task, SYS.msync, address, length, () =>
    doMsync(task.mm, address, length, MS_SYNC),
  );
}

/** Which pages are in memory: 1 or 0 per page. @throws KernelError EINVAL, ENOMEM */
export function sysMincore(kernel: Kernel, task: Task, address: VirtAddr, length: Bytes): Uint8Array {
  sysEnter(kernel, task, SYS.mincore, address / PAGE_SIZE, length / PAGE_SIZE);
  try {
    const resident = doMincore(task.mm, address, length);
    sysExit(kernel, SYS.mincore, 0);
    return resident;
  } catch (error) {
    throw sysFail(kernel, SYS.mincore, error);
  }
}
