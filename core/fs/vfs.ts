/**
 * The file system as one task sees it: mounted super blocks, the tree of names, character devices, inode numbers.
 *
 * Models     fs/namei.c, fs/namespace.c, drivers/base/devtmpfs.c as far as /tmp, /dev/shm and /dev need them (Linux 6.12)
 * Invariants I1 a linked entry holds one inode reference; `nlink` of a file = linked entries that name it
 * Left out   symbolic links, permissions of directories, relative paths
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { CharDevices } from './char_device.ts';
import { Dentry } from './dentry.ts';
import type { IdSource } from './id_source.ts';
import { holdInode, Inode, type InodeType, putInode, SuperBlock } from './inode.ts';
import { PseudoFs } from './pseudo_fs.ts';

const TMPFS_MAGIC = 0x01021994;

export class Vfs {
  readonly charDevices: CharDevices;
  /** Mounted super blocks, by st_dev. */
  readonly superBlocks = new Map<number, SuperBlock>();
  /** One inode for eventfd, epoll, timerfd and the like; fs/anon_inode.ts. */
  readonly anonInodeFs = new PseudoFs('anon_inodefs', 0x09041934);
  readonly pipeFs = new PseudoFs('pipefs', 0x50495045);
  readonly sockFs = new PseudoFs('sockfs', 0x534f434b);
  readonly pidFs = new PseudoFs('pidfs', 0x50494446);
  /** The kernel's own tmpfs mount: memfd and driver-made shmem files live there, without names. */
  readonly shmMount: SuperBlock;
  private readonly root: Dentry;
  private nextDev = 1;
  private nextMntId = 20;
  private lastIno = 0;

  constructor(readonly ids: IdSource) {
    this.charDevices = new CharDevices(ids);
    const rootFs = this.mountSuperBlock('rootfs', TMPFS_MAGIC);
    this.root = new Dentry('', null, this.newInode(rootFs, 'dir', 0o755));
    this.shmMount = this.mountSuperBlock('tmpfs', TMPFS_MAGIC);
    this.mountDirectory(this.root, 'tmp', this.mountSuperBlock('tmpfs', TMPFS_MAGIC), 0o1777);
    const dev = this.mountDirectory(this.root, 'dev', this.mountSuperBlock('devtmpfs', TMPFS_MAGIC), 0o755);
    this.mountDirectory(dev, 'shm', this.mountSuperBlock('tmpfs', TMPFS_MAGIC), 0o1777);
  }

  /** A number for an inode of a file system that does not count for itself. Models get_next_ino(). */
  getNextIno(): number {
    return ++this.lastIno;
  }

  /** A new mounted super block with a device number and a mount number of its own. @throws KernelError ENOMEM */
  mountSuperBlock(name: string, magic: number): SuperBlock {
    this.ids.faults.slab('mount', `the super block of ${name}`);
    const superBlock = new SuperBlock(this.nextDev++, name, magic);
    superBlock.mntId = this.nextMntId++;
    this.superBlocks.set(superBlock.dev, superBlock);
    return superBlock;
  }

  /** Unmount; all its inodes must be gone. */
  unmountSuperBlock(superBlock: SuperBlock): void {
    invariant(
      superBlock.liveInodes === 0,
      () => `${superBlock.name} is unmounted with ${superBlock.liveInodes} inodes alive.`,
    );
    invariant(this.superBlocks.delete(superBlock.dev), () => `${superBlock.name} is unmounted twice.`);
    superBlock.mntId = 0;
  }

  /** The entry of an absolute path. @throws KernelError ENOENT, ENOTDIR */
  lookup(path: string, op: string): Dentry {
    let at = this.root;
    for (const name of this.components(path, op)) at = this.step(at, name, path, op);
    return at;
  }

  /** True when the path names something. */
  exists(path: string): boolean {
    let at: Dentry | undefined = this.root;
    for (const name of path.split('/')) {
      if (name !== '') at = at?.children?.get(name);
    }
    return at !== undefined;
  }

  /**
   * A new entry with a new inode.
   *
   * @param rdev number of a device node
   * @throws KernelError EEXIST, ENOENT, ENOTDIR
   */
  create(path: string, type: InodeType, perm: number, op: string, rdev: Inode['rdev'] = null): Dentry {
    const [parent, name] = this.parentOf(path, op);
    this.refuseExisting(parent, name, path, op);
    const inode = this.newInode(parent.inode.superBlock, type, perm);
    inode.rdev = rdev;
    return this.addEntry(parent, name, inode);
  }

  /** A device node of devtmpfs; missing directories are made. Models devtmpfs_create_node(). */
  createDeviceNode(path: string, perm: number, major: number, minor: number): Dentry {
    const names = this.components(path, 'devtmpfs');
    let at = this.root;
    try {
      for (const name of names.slice(0, -1)) {
        at =
          at.children!.get(name) ?? this.addEntry(at, name, this.newInode(at.inode.superBlock, 'dir', 0o755));
      }
      return this.create(path, 'chr', perm, 'devtmpfs', { major, minor });
    } catch (refusal) {
      this.removeEmptyDirectories(at);
      throw refusal;
    }
  }

  /** Undo createDeviceNode(): directories go that no node needs any more. Models devtmpfs_delete_node(), delete_path(). */
  removeDeviceNode(path: string): void {
    const node = this.lookup(path, 'devtmpfs');
    this.removeEntry(node);
    this.removeEmptyDirectories(node.parent!);
  }

  /** Only directories of devtmpfs itself: neither its root nor mounts on it. */
  private removeEmptyDirectories(from: Dentry): void {
    let at = from;
    while (
      at.children!.size === 0 &&
      at.parent?.parent &&
      at.inode.superBlock === at.parent.inode.superBlock
    ) {
      this.removeEntry(at);
      at = at.parent;
    }
  }

  /** A second name for an inode. @throws KernelError EEXIST, ENOENT, EPERM for a directory */
  link(from: string, to: string): void {
    const source = this.lookup(from, 'link');
    const [parent, name] = this.parentOf(to, 'link');
    this.refuseExisting(parent, name, to, 'link');
    if (source.children) throw new KernelError('EPERM', 'link', `${from} is a directory.`);
    this.addEntry(parent, name, holdInode(source.inode));
    source.inode.nlink++;
  }

  /** Remove a name; the inode lives on while files or mappings hold it. @throws KernelError ENOENT, EISDIR */
  unlink(path: string): void {
    const dentry = this.lookup(path, 'unlink');
    if (dentry.children) throw new KernelError('EISDIR', 'unlink', `${path} is a directory.`);
    this.removeEntry(dentry);
  }

  /** Move a name; an entry at the destination is unlinked first. @throws KernelError ENOENT, ENOTDIR, EISDIR */
  rename(from: string, to: string): void {
    const dentry = this.lookup(from, 'rename');
    const [parent, name] = this.parentOf(to, 'rename');
    const target = parent.children!.get(name);
    // Two names of one inode: nothing happens.
    if (target?.inode === dentry.inode) return;
    if (target?.children) throw new KernelError('EISDIR', 'rename', `${to} is a directory.`);
    if (!target) this.ids.faults.slab('rename', 'a directory entry');
    if (target) this.removeEntry(target);
    dentry.parent!.children!.delete(dentry.name);
    dentry.name = name;
    dentry.parent = parent;
    parent.children!.set(name, dentry);
  }

  /** Visit every entry of the tree, parents first; for checks and views. */
  forEachEntry(visit: (dentry: Dentry) => void): void {
    const walk = (dentry: Dentry): void => {
      visit(dentry);
      for (const child of dentry.children?.values() ?? []) walk(child);
    };
    walk(this.root);
  }

  /** Take the whole tree and every mount down; open files must be closed before. */
  shutdown(): void {
    this.removeTree(this.root);
    for (const superBlock of [...this.superBlocks.values()]) this.unmountSuperBlock(superBlock);
  }

  private removeTree(dentry: Dentry): void {
    for (const child of [...(dentry.children?.values() ?? [])]) this.removeTree(child);
    if (dentry.parent) this.removeEntry(dentry);
    else putInode(dentry.inode);
  }

  private newInode(superBlock: SuperBlock, type: InodeType, perm: number): Inode {
    this.ids.faults.slab('new_inode', 'an inode');
    return new Inode(superBlock, superBlock.nextIno++, type, perm, this.ids.nextMappingId++);
  }

  private mountDirectory(parent: Dentry, name: string, superBlock: SuperBlock, perm: number): Dentry {
    return this.addEntry(parent, name, this.newInode(superBlock, 'dir', perm));
  }

  /** The entry takes over one reference of the inode, which is dropped when there is no memory. @throws KernelError ENOMEM */
  private addEntry(parent: Dentry, name: string, inode: Inode): Dentry {
    if (this.ids.faults.failSlab('a directory entry')) {
      putInode(inode);
      throw new KernelError('ENOMEM', 'd_alloc', `There is no memory for the entry ${name}.`);
    }
    const dentry = new Dentry(name, parent, inode);
    parent.children!.set(name, dentry);
    return dentry;
  }

  private removeEntry(dentry: Dentry): void {
    dentry.parent!.children!.delete(dentry.name);
    dentry.deleted = true;
    dentry.inode.nlink--;
    putInode(dentry.inode);
  }

  private components(path: string, op: string): string[] {
    if (!path.startsWith('/')) throw new KernelError('ENOENT', op, `The path ${path} is not absolute.`);
    return path.split('/').filter(name => name !== '');
  }

  private parentOf(path: string, op: string): [Dentry, string] {
    const names = this.components(path, op);
    const name = names.pop();
    if (name === undefined) throw new KernelError('EEXIST', op, `${path} is the root directory.`);
    let at = this.root;
    for (const step of names) at = this.step(at, step, path, op);
    if (!at.children)
      throw new KernelError('ENOTDIR', op, `A part of ${path} before the last is not a directory.`);
    return [at, name];
  }

  private step(at: Dentry, name: string, path: string, op: string): Dentry {
    if (!at.children)
      throw new KernelError('ENOTDIR', op, `A part of ${path} before ${name} is not a directory.`);
    const next = at.children.get(name);
    if (!next) throw new KernelError('ENOENT', op, `${path} does not exist (no entry ${name}).`);
    return next;
  }

  private refuseExisting(parent: Dentry, name: string, path: string, op: string): void {
    if (parent.children!.has(name)) throw new KernelError('EEXIST', op, `${path} exists already.`);
  }
}
snapshotClass(Vfs, 'fs.Vfs');
