/**
 * Descriptor tables: small integers of a process that name open files.
 *
 * Models     struct files_struct, fs/file.c (Linux 6.12)
 * Invariants I1 every occupied slot holds one reference of its file
 *            I2 a new descriptor is the lowest free number
 * Left out   tables shared between tasks (CLONE_FILES)
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { getFile, type OpenFile, putFile } from './open_file.ts';

/** RLIMIT_NOFILE. */
export const MAX_DESCRIPTORS = 1024;
/** Where the high range starts. */
export const HIGH_DESCRIPTORS = 4096;

export class FdTable {
  private readonly slots: (OpenFile | null)[] = [];
  private readonly cloexec: boolean[] = [];
  /** No slot below is free. */
  private lowestFree = 0;

  /** The lowest free number. @throws KernelError EMFILE */
  lowestFreeFd(): number {
    let fd = this.lowestFree;
    while (fd < this.slots.length && this.slots[fd] !== null) fd++;
    if (fd >= MAX_DESCRIPTORS) {
      throw new KernelError('EMFILE', 'open', `The process has ${MAX_DESCRIPTORS} descriptors, the limit.`);
    }
    return fd;
  }

  /**
   * Give a file the lowest free number; the table takes over the caller's reference.
   *
   * @throws KernelError EMFILE; the caller keeps its reference
   */
  install(file: OpenFile, cloexec = false): number {
    const fd = this.lowestFreeFd();
    this.slots[fd] = file;
    this.cloexec[fd] = cloexec;
    this.lowestFree = fd + 1;
    return fd;
  }

  /**
   * Give a file the lowest free number of the high range, where no program looks for its own (not Linux: proposed in 2008); the
   * table takes over the caller's reference.
   *
   * @throws KernelError EMFILE; the caller keeps its reference
   */
  installHigh(file: OpenFile): number {
    let fd = HIGH_DESCRIPTORS;
    while (this.slots[fd]) fd++;
    if (fd >= HIGH_DESCRIPTORS + MAX_DESCRIPTORS)
      throw new KernelError(
        'EMFILE',
        'open',
        `The process has ${MAX_DESCRIPTORS} high descriptors, the limit.`,
      );
    while (this.slots.length <= fd) {
      this.slots.push(null);
      this.cloexec.push(false);
    }
    this.slots[fd] = file;
    return fd;
  }

  /** The file of a descriptor; no reference is taken. Models fdget(). @throws KernelError EBADF, also for O_PATH */
  get(fd: number, op: string): OpenFile {
    const file = this.getRaw(fd, op);
    if (file.isPath) throw new KernelError('EBADF', op, `Descriptor ${fd} is open with O_PATH.`);
    return file;
  }

  /** As `get`, for the few calls that take O_PATH too. Models fdget_raw(). @throws KernelError EBADF */
  getRaw(fd: number, op: string): OpenFile {
    const file = this.slots[fd];
    if (!file) throw new KernelError('EBADF', op, `Descriptor ${fd} is not open.`);
    return file;
  }

  /** The file of a descriptor, or null when it is not open; no reference is taken. */
  find(fd: number): OpenFile | null {
    return this.slots[fd] ?? null;
  }

  /** True when the descriptor is closed by exec. @throws KernelError EBADF */
  isCloexec(fd: number): boolean {
    this.getRaw(fd, 'fcntl');
    return this.cloexec[fd]!;
  }

  /** Free a descriptor and drop its reference. @throws KernelError EBADF */
  close(fd: number): void {
    const file = this.getRaw(fd, 'close');
    this.slots[fd] = null;
    if (fd < this.lowestFree) this.lowestFree = fd;
    putFile(file);
  }

  /** A second descriptor for the same open file. @throws KernelError EBADF, EMFILE */
  dup(fd: number): number {
    const file = getFile(this.getRaw(fd, 'dup'));
    try {
      return this.install(file);
    } catch (refusal) {
      putFile(file);
      throw refusal;
    }
  }

  /** A copy for a forked child: equal numbers, one more reference for each file. */
  copy(): FdTable {
    const child = new FdTable();
    this.slots.forEach((file, fd) => {
      child.slots.push(file ? getFile(file) : null);
      child.cloexec.push(this.cloexec[fd]!);
    });
    child.lowestFree = this.lowestFree;
    return child;
  }

  /** Close everything, lowest number first; the task exits. */
  closeAll(): void {
    for (let fd = 0; fd < this.slots.length; fd++) {
      if (this.slots[fd]) this.close(fd);
    }
  }

  /** Visit the file of every open descriptor, lowest first. */
  forEachFile(visit: (file: OpenFile) => void): void {
    for (let fd = 0; fd < this.slots.length; fd++) {
      const file = this.slots[fd];
      if (file) visit(file);
    }
  }

  /** Open descriptors with their files, lowest first. */
  *entries(): IterableIterator<[number, OpenFile]> {
    for (let fd = 0; fd < this.slots.length; fd++) {
      const file = this.slots[fd];
      if (file) yield [fd, file];
    }
  }
}
snapshotClass(FdTable, 'fs.FdTable');
