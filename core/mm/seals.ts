/**
 * Seals of memfds: promises about what will never happen to the file again.
 *
 * Models     mm/memfd.c: memfd_add_seals, memfd_check_seals_mmap (Linux 6.12)
 */
import { KernelError } from '../base/errno.ts';
import type { OpenFile } from '../fs/open_file.ts';
import { NO_PFN } from './page_frame.ts';
import { shmemPagesOf } from './shmem.ts';
import { VM_MAYWRITE, VM_SHARED, VM_WRITE } from './vm_area.ts';

export const F_SEAL_SEAL = 1;
export const F_SEAL_SHRINK = 2;
export const F_SEAL_GROW = 4;
export const F_SEAL_WRITE = 8;
export const F_SEAL_FUTURE_WRITE = 16;
export const F_SEAL_EXEC = 32;
export const F_ALL_SEALS = 63;

/**
 * Add seals. Models fcntl(F_ADD_SEALS).
 * @throws KernelError EPERM without write access or with F_SEAL_SEAL set, EINVAL for unknown bits or other files,
 *         EBUSY for F_SEAL_WRITE while a shared mapping may write or a page is pinned
 */
export function addSeals(file: OpenFile, seals: number): void {
  const pages = shmemPagesOf(file.inode);
  if (!file.writable) throw new KernelError('EPERM', 'fcntl', 'The descriptor is not open for writing.');
  if ((seals & ~F_ALL_SEALS) !== 0)
    throw new KernelError('EINVAL', 'fcntl', `The seals ${seals} are not known.`);
  if (pages === null) throw new KernelError('EINVAL', 'fcntl', 'The file is not in shared memory.');
  if ((pages.seals & F_SEAL_SEAL) !== 0) {
    throw new KernelError(
      'EPERM',
      'fcntl',
      `The file is sealed against further seals (it has ${pages.seals}).`,
    );
  }
  if ((seals & F_SEAL_WRITE) !== 0 && (pages.seals & F_SEAL_WRITE) === 0) {
    const { mmapWritable } = file.mapping;
    if (mmapWritable > 0) {
      throw new KernelError('EBUSY', 'fcntl', `${mmapWritable} shared mappings of the file may write.`);
    }
    // Models memfd_wait_for_pins(), without the wait: pins of udmabuf are there to stay.
    let pinned = NO_PFN;
    pages.forEachPage((_pgoff, pfn) => {
      if (pages.context.frames.refCount(pfn) > 1 + pages.context.frames.mapCount(pfn)) pinned = pfn;
    });
    if (pinned !== NO_PFN) throw new KernelError('EBUSY', 'fcntl', `Frame ${pinned} of the file is pinned.`);
    file.mapping.mmapWritable = mmapWritable - 1;
  }
  pages.seals |= seals;
}

/** The seals of a file. @throws KernelError EINVAL for files that are not in shared memory */
export function getSeals(file: OpenFile): number {
  const pages = shmemPagesOf(file.inode);
  if (pages === null) throw new KernelError('EINVAL', 'fcntl', 'The file is not in shared memory.');
  return pages.seals;
}

/**
 * What a new mapping of a sealed file may be. A shared read-only one is allowed but can never become writable.
 * @returns the VMA flags to use
 * @throws KernelError EPERM for a shared writable mapping of a write-sealed file
 */
export function checkSealsAtMmap(file: OpenFile, flags: number): number {
  const pages = shmemPagesOf(file.inode);
  if (pages === null || (pages.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) === 0) return flags;
  if ((flags & VM_SHARED) === 0) return flags;
  if ((flags & VM_WRITE) !== 0) {
    throw new KernelError(
      'EPERM',
      'mmap',
      `The file is sealed against writing (its seals are ${pages.seals}).`,
    );
  }
  return flags & ~VM_MAYWRITE;
}
