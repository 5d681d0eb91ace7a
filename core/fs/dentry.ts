/**
 * Directory entries: names in a tree, each naming one inode. An entry that was unlinked keeps its old name for /proc.
 *
 * Models     struct dentry, fs/dcache.c, prepend_path (Linux 6.12)
 * Invariants I1 an entry in `children` of its parent holds one reference of its inode and is not deleted
 * Left out   negative entries, symbolic links, mounts over entries that have children
 */
import { snapshotClass } from '../base/snapshot.ts';
import type { Inode } from './inode.ts';

export class Dentry {
  /** Entries below, by name; null for everything that is not a directory. */
  readonly children: Map<string, Dentry> | null;
  /** Unlinked: /proc appends ` (deleted)`. */
  deleted = false;

  /**
   * @param parent null for the root
   * @param inode  what it names; the entry takes over one reference
   */
  constructor(
    public name: string,
    public parent: Dentry | null,
    readonly inode: Inode,
  ) {
    this.children = inode.type === 'dir' ? new Map() : null;
  }
}
snapshotClass(Dentry, 'fs.Dentry');

/** The absolute path of an entry, with ` (deleted)` when it was unlinked. Models d_path(). */
export function dentryPath(dentry: Dentry): string {
  let path = '';
  for (let at: Dentry | null = dentry; at?.parent; at = at.parent) path = `/${at.name}${path}`;
  if (path === '') path = '/';
  return dentry.deleted ? `${path} (deleted)` : path;
}
