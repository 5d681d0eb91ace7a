/** Inodes of tmpfs: their pages go when the last reference does. Models shmem_evict_inode() (Linux 6.12). */
import { snapshotConstant } from '../base/snapshot.ts';
import type { Bytes } from '../base/units.ts';
import { Inode, type InodeOperations } from '../fs/inode.ts';
import type { MmContext } from '../mm/mm_context.ts';
import { attachShmemPages, shmemPagesOf } from '../mm/shmem.ts';
import type { Kernel } from './kernel.ts';

const SHMEM_INODE_OPS: InodeOperations = snapshotConstant('kernel.shmem_inode_ops', {
  name: 'shmem',
  evict(inode: Inode): void {
    shmemPagesOf(inode)?.evict();
  },
});

/** An unlinked inode of the kernel's own mount, as memfd and shared anonymous memory have it. @throws KernelError ENOMEM */
export function newShmemInode({ vfs, context }: Kernel, sizeBytes: Bytes, seals: number): Inode {
  context.faults.slab('shmem_get_inode', 'an inode');
  const inode = new Inode(vfs.shmMount, vfs.getNextIno(), 'reg', 0o777, context.nextMappingId++);
  inode.nlink = 0;
  inode.sizeBytes = sizeBytes;
  initShmemInode(context, inode, seals);
  return inode;
}

/** Give a new inode its page cache. @param seals F_SEAL_* bits it starts with */
export function initShmemInode(context: MmContext, inode: Inode, seals: number): void {
  attachShmemPages(context, inode, seals);
  inode.ops = SHMEM_INODE_OPS;
}
