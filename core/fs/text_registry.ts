/**
 * Files behind /proc, debugfs and sysfs: each room registers its own by path; reading formats, writing runs an action.
 *
 * Rule       entries hold a registered constant and the object it works on, never a closure, so they are part of a snapshot
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';

/** What a text file does; a module-level constant registered with snapshotConstant. */
export interface TextFileOperations {
  readonly name: string;
  /** The whole text. */
  show?(owner: object): string;
  /** @throws KernelError when the text cannot be acted on */
  store?(owner: object, text: string): void;
}

interface TextFile {
  readonly ops: TextFileOperations;
  readonly owner: object;
}

export class TextRegistry {
  private readonly files = new Map<string, TextFile>();

  /** Make a file; its path must be new. */
  add(path: string, ops: TextFileOperations, owner: object): void {
    invariant(!this.files.has(path), () => `${path} is registered twice.`);
    this.files.set(path, { ops, owner });
  }

  /** Remove a file. */
  remove(path: string): void {
    invariant(this.files.delete(path), () => `${path} is removed but was never registered.`);
  }

  has(path: string): boolean {
    return this.files.has(path);
  }

  /** Read it. @throws KernelError ENOENT, EINVAL when it cannot be read */
  read(path: string): string {
    const file = this.find(path, 'read');
    if (!file.ops.show) throw new KernelError('EINVAL', 'read', `${path} cannot be read.`);
    return file.ops.show(file.owner);
  }

  /** Write to it. @throws KernelError ENOENT, EINVAL when it cannot be written, or what its action refuses */
  write(path: string, text: string): void {
    const file = this.find(path, 'write');
    if (!file.ops.store) throw new KernelError('EINVAL', 'write', `${path} cannot be written.`);
    file.ops.store(file.owner, text);
  }

  /** All paths, in the order of registration. */
  paths(): IterableIterator<string> {
    return this.files.keys();
  }

  private find(path: string, op: string): TextFile {
    const file = this.files.get(path);
    if (!file) throw new KernelError('ENOENT', op, `${path} does not exist.`);
    return file;
  }
}
snapshotClass(TextRegistry, 'fs.TextRegistry');
