/**
 * Error numbers, and the exception that carries one to the caller of a system call.
 *
 * Models     include/uapi/asm-generic/errno-base.h, errno.h (Linux 6.12)
 * Not for    fault outcomes (mm/vm_fault.ts: VmFaultReason) or our own bugs (base/invariant.ts: ModelBug)
 */

/** errno by name; the values are those of x86-64 Linux. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EPIPE: 32,
  ERANGE: 34,
  EDEADLK: 35,
  ENOSYS: 38,
  ETIME: 62,
  EOVERFLOW: 75,
  EBADFD: 77,
  EOPNOTSUPP: 95,
  ENOBUFS: 105,
  ETIMEDOUT: 110,
  EALREADY: 114,
  ECANCELED: 125,
} as const;

export type Errno = keyof typeof ERRNO;

/** A refusal that the caller of a system call can cause and must be able to handle. */
export class KernelError extends Error {
  override readonly name = 'KernelError';

  /**
   * @param errno  the name user space would see
   * @param op     the call that refuses, in the kernel's words (`mmap`, `drm.addFB`)
   * @param detail a whole present-tense sentence with the values that decided
   */
  constructor(
    readonly errno: Errno,
    readonly op: string,
    readonly detail: string,
  ) {
    super(`${op}: ${errno}: ${detail}`);
  }
}
