/** Inodes of tmpfs: their pages go when the last reference does. Models shmem_evict_inode() (Linux 6.12). */
import { snapshotConstant } from '../base/snapshot.ts';
import type { Inode, InodeOperations } from '../fs/inode.ts';
import type { MmContext } from '../mm/mm_context.ts';
import { attachShmemPages, shmemPagesOf } from '../mm/shmem.ts';

const SHMEM_INODE_OPS: InodeOperations = snapshotConstant('kernel.shmem_inode_ops', {
  name: 'shmem',
  evict(inode: Inode): void {
    shmemPagesOf(inode)?.evict();
  },
});

/** Give a new inode its page cache. @param seals F_SEAL_* bits it starts with */
export function initShmemInode(context: MmContext, inode: Inode, seals: number): void {
  attachShmemPages(context, inode, seals);
  inode.ops = SHMEM_INODE_OPS;
}
