/**
 * Pseudo file systems: inodes without names, mounted by the kernel itself for as long as somebody needs them.
 *
 * Models     init_pseudo, simple_pin_fs, alloc_anon_inode, fs/libfs.c (Linux 6.12)
 * Invariants I1 the super block exists exactly while `users` > 0
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { Inode, type SuperBlock } from './inode.ts';
import type { Vfs } from './vfs.ts';

export class PseudoFs {
  /** The mounted instance; null while nobody uses it. */
  superBlock: SuperBlock | null = null;
  /** Pins (simple_pin_fs). */
  users = 0;

  /**
   * @param name  file system type, `drm`
   * @param magic f_type
   */
  constructor(
    readonly name: string,
    readonly magic: number,
  ) {}
}
snapshotClass(PseudoFs, 'fs.PseudoFs');

/** Mount on first use, count users. Models simple_pin_fs(). @throws KernelError ENOMEM */
export function pinFs(vfs: Vfs, fs: PseudoFs): SuperBlock {
  fs.superBlock ??= vfs.mountSuperBlock(fs.name, fs.magic);
  fs.users++;
  return fs.superBlock;
}

/** Drop a pin; the last one unmounts. Models simple_release_fs(). */
export function releaseFs(vfs: Vfs, fs: PseudoFs): void {
  fs.users--;
  invariant(fs.users >= 0, () => `The pseudo file system ${fs.name} is released once too often.`);
  if (fs.users > 0) return;
  vfs.unmountSuperBlock(fs.superBlock!);
  fs.superBlock = null;
}

/**
 * A new inode without name and without file type bits, mode 0600, one link. Models alloc_anon_inode().
 * The caller owns its one reference.
 *
 * @throws KernelError ENOMEM
 */
export function allocAnonInode(vfs: Vfs, superBlock: SuperBlock): Inode {
  vfs.ids.faults.slab('alloc_anon_inode', 'an inode');
  return new Inode(superBlock, vfs.getNextIno(), 'none', 0o600, vfs.ids.nextMappingId++);
}

/** Pin a file system and make an inode on it; undone by putInode() and releaseFs(). @throws KernelError ENOMEM; neither is done then */
export function pinAnonInode(vfs: Vfs, fs: PseudoFs): Inode {
  const superBlock = pinFs(vfs, fs);
  try {
    return allocAnonInode(vfs, superBlock);
  } catch (refusal) {
    releaseFs(vfs, fs);
    throw refusal;
  }
}
