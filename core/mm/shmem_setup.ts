/**
 * Unlinked files in shared memory that the kernel makes for itself: the backing of GEM objects.
 *
 * Models     shmem_file_setup, shmem_get_inode, mm/shmem.c (Linux 6.12)
 * Units      bytes
 * Invariants I1 the file has no name (nlink 0): its pages go with its last reference
 */
import { snapshotConstant } from '../base/snapshot.ts';
import type { Bytes } from '../base/units.ts';
import { Inode, type InodeOperations } from '../fs/inode.ts';
import { allocFile, type OpenFile } from '../fs/open_file.ts';
import type { Vfs } from '../fs/vfs.ts';
import type { MmContext } from './mm_context.ts';
import { F_SEAL_SEAL } from './seals.ts';
import { attachShmemPages, type ShmemPages, shmemPagesOf } from './shmem.ts';
import { shmemFileOps } from './shmem_file.ts';

const O_RDWR = 2;

const SHMEM_KERNEL_INODE_OPS: InodeOperations = snapshotConstant('mm.shmemKernelInodeOps', {
  name: 'shmem_kernel',
  evict(inode: Inode): void {
    shmemPagesOf(inode)?.evict();
  },
});

/**
 * A file of `size` bytes without pages; the caller owns its one reference.
 *
 * @param name what links to it would show
 * @throws KernelError ENOMEM
 */
export function shmemFileSetup(vfs: Vfs, context: MmContext, name: string, size: Bytes): OpenFile {
  context.faults.slab('shmem_file_setup', 'an inode');
  const inode = new Inode(vfs.shmMount, vfs.getNextIno(), 'reg', 0o777, context.nextMappingId++);
  inode.nlink = 0;
  inode.sizeBytes = size;
  inode.ops = SHMEM_KERNEL_INODE_OPS;
  attachShmemPages(context, inode, F_SEAL_SEAL);
  const path = `/${name} (deleted)`;
  return allocFile(context, 'shmem_file_setup', inode, shmemFileOps, 'rdwr', path, O_RDWR);
}

/** The page cache of such a file. */
export function shmemPagesOfFile(file: OpenFile): ShmemPages {
  return file.inode.data.pages as ShmemPages;
}
