/**
 * Files without an inode of their own: eventfd, epoll, timerfd, signalfd, inotify, fscontext share one; userfaultfd has its own.
 *
 * Models     fs/anon_inodes.c (Linux 6.12)
 * Invariants I1 the shared inode exists from boot to shutdown; the file system stays mounted as long
 */
import { snapshotClass } from '../base/snapshot.ts';
import { holdInode, type Inode, putInode } from './inode.ts';
import { allocFile, type FileOperations, type OpenFile } from './open_file.ts';
import { allocAnonInode, pinAnonInode, releaseFs } from './pseudo_fs.ts';
import type { Vfs } from './vfs.ts';

export class AnonInodes {
  readonly shared: Inode;

  constructor(private readonly vfs: Vfs) {
    this.shared = pinAnonInode(vfs, vfs.anonInodeFs);
  }

  /**
   * A file on the shared inode. Models anon_inode_getfile().
   *
   * @param name text of its link after `anon_inode:`, `[eventfd]`
   * @param flags raw open flags that fdinfo shows
   */
  getFile(name: string, ops: FileOperations, flags: number, privateData: object | null): OpenFile {
    return this.fileOn(holdInode(this.shared), name, ops, flags, privateData);
  }

  /** A file on a new inode of the same file system. Models anon_inode_create_getfile(). */
  createFile(name: string, ops: FileOperations, flags: number, privateData: object | null): OpenFile {
    return this.fileOn(this.newInode(), name, ops, flags, privateData);
  }

  /**
   * An inode with an address_space of its own for a driver, on the same mount; the caller owns its one reference. Models
   * anon_inode_new(), as proposed in 2013: it was not merged in this form (DRM got a file system of its own instead).
   */
  newInode(): Inode {
    return allocAnonInode(this.vfs, this.shared.superBlock);
  }

  /** Drop the shared inode; all files on it must be closed. */
  shutdown(): void {
    putInode(this.shared);
    releaseFs(this.vfs, this.vfs.anonInodeFs);
  }

  private fileOn(
    inode: Inode,
    name: string,
    ops: FileOperations,
    flags: number,
    privateData: object | null,
  ): OpenFile {
    const mode = (flags & 3) === 0 ? 'rdonly' : 'rdwr';
    const { ids } = this.vfs;
    const file = allocFile(ids, 'anon_inode_getfile', inode, ops, mode, `anon_inode:${name}`, flags);
    file.privateData = privateData;
    return file;
  }
}
snapshotClass(AnonInodes, 'fs.AnonInodes');
