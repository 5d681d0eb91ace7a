/**
 * The generic checks of ftruncate and fallocate, before a file's own operation runs.
 *
 * Models     do_sys_ftruncate, vfs_fallocate (fs/open.c, Linux 6.12)
 * Units      bytes
 */
import { KernelError } from '../base/errno.ts';
import type { OpenFile } from '../fs/open_file.ts';

/** s_maxbytes of the modelled file systems; positions stay exact Numbers below it. */
export const MAX_FILE_BYTES = 2 ** 52;

/** What fallocate does; `holeonly` is PUNCH_HOLE without KEEP_SIZE. */
export type FallocateMode = 'punch' | 'holeonly' | 'zero' | 'collapse' | 'keep' | 'none';

/** Set a file's size. @throws KernelError EINVAL for a negative size, a read-only descriptor or no regular file; EFBIG; EPERM */
export function vfsFtruncate(file: OpenFile, size: number): void {
  if (size < 0) throw new KernelError('EINVAL', 'ftruncate', `The size ${size} is negative.`);
  if (file.inode.type !== 'reg' || !file.writable || file.ops.truncate === undefined) {
    throw new KernelError('EINVAL', 'ftruncate', `${file.path} is not a regular file open for writing.`);
  }
  if (size > MAX_FILE_BYTES)
    throw new KernelError('EFBIG', 'ftruncate', `${size} bytes are more than a file can have.`);
  file.ops.truncate(file, size);
}

/**
 * Reserve or free space of a file.
 * @throws KernelError EINVAL for a bad range, EOPNOTSUPP, EBADF for a read-only descriptor, ENODEV for other than regular
 *         files, EFBIG, EPERM for seals
 */
export function vfsFallocate(file: OpenFile, mode: FallocateMode, offset: number, length: number): void {
  if (offset < 0 || length <= 0) {
    throw new KernelError('EINVAL', 'fallocate', `Offset ${offset} and length ${length} are no range.`);
  }
  if (mode === 'holeonly')
    throw new KernelError('EOPNOTSUPP', 'fallocate', 'A hole must keep the size of the file.');
  if (!file.writable) throw new KernelError('EBADF', 'fallocate', 'The descriptor is not open for writing.');
  if (file.inode.type !== 'reg')
    throw new KernelError('ENODEV', 'fallocate', `${file.path} is not a regular file.`);
  if (offset + length > MAX_FILE_BYTES) {
    throw new KernelError(
      'EFBIG',
      'fallocate',
      `The range ends at byte ${offset + length}, beyond what a file can have.`,
    );
  }
  if (file.ops.fallocate === undefined) {
    throw new KernelError('EOPNOTSUPP', 'fallocate', `${file.path} does not support it.`);
  }
  file.ops.fallocate(file, mode, offset, length);
}
