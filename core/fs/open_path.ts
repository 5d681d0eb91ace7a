/**
 * O_PATH: a file that only says where it is. It holds the directory entry and the inode, not the file it was opened through.
 *
 * Models     do_dentry_open with FMODE_PATH, fs/open.c (Linux 6.12)
 * Invariants I1 the opened file's own reference count does not change
 */
import { snapshotConstant } from '../base/snapshot.ts';
import type { IdSource } from './id_source.ts';
import { holdInode, putInode } from './inode.ts';
import { allocFile, type FileOperations, filePath, O_PATH, type OpenFile } from './open_file.ts';
import { getPseudoDentry } from './pseudo_dentry.ts';

const PATH_FILE_OPS: FileOperations = snapshotConstant('fs.pathFileOps', { name: 'path' });

/** A file on the place of another one, as open("/proc/<pid>/fd/<n>", O_PATH) gives it; the caller owns its reference. */
export function openPath(ids: IdSource, of: OpenFile): OpenFile {
  const { inode, dentry, pseudoDentry } = of;
  const path = filePath(of);
  const file = allocFile(ids, 'open', holdInode(inode), PATH_FILE_OPS, 'rdonly', path, O_PATH);
  file.dentry = dentry;
  if (pseudoDentry) {
    file.pseudoDentry = getPseudoDentry(pseudoDentry);
    putInode(inode);
  }
  return file;
}
