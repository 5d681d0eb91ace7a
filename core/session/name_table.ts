/**
 * Names that inputs give to things: tasks, descriptors, mappings, arenas, buffers, framebuffers. The kernel knows numbers only.
 *
 * A name made before a fork means the same number in the child, so names are global to a session. A failed call leaves an
 * older meaning of its name as it was.
 */
import { snapshotClass } from '../base/snapshot.ts';

/** What a name can stand for; each carries the numbers the kernel gave. */
export type Named =
  | { readonly kind: 'fd'; readonly fd: number }
  /** A mapping or arena: `start` and `length` in bytes of the task's address space. */
  | { readonly kind: 'map'; readonly start: number; readonly length: number }
  | {
      readonly kind: 'bo';
      readonly handle: number;
      readonly size: number;
      readonly offset: number;
      readonly objectId: number;
      /** Bytes of a line, where it is a picture. */
      readonly pitch?: number;
    }
  | { readonly kind: 'fb'; readonly fbId: number }
  | { readonly kind: 'value'; readonly value: number };

export class NameTable {
  /** Task name to pid. */
  readonly tasks = new Map<string, number>();
  private readonly things = new Map<string, Named>();

  /** Give a name a meaning; replaces an older one. */
  set(name: string, thing: Named): void {
    this.things.set(name, thing);
  }

  /** What a name stands for, or undefined. */
  get(name: string): Named | undefined {
    return this.things.get(name);
  }

  /** Names in order of first use, for views. */
  entries(): IterableIterator<[string, Named]> {
    return this.things.entries();
  }
}
snapshotClass(NameTable, 'session.NameTable');
