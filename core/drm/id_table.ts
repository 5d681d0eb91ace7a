/**
 * Small numbers for things: the lowest free one from 1 on, in two phases, so that a number is never reused while its thing
 * is still being released.
 *
 * Models     lib/idr.c as drm uses it (Linux 6.12)
 * Invariants I1 a number is free, reserved (null) or stands for one thing; 0 is never handed out
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';

export class IdTable<T extends object> {
  /** By number; undefined is free, null reserved. */
  private readonly slots: (T | null | undefined)[] = [undefined];
  /** No free number lies below. */
  private lowestFree = 1;
  private used = 0;

  /** Reserve the lowest free number; a lookup does not find it yet. */
  reserve(): number {
    let id = this.lowestFree;
    while (id < this.slots.length && this.slots[id] !== undefined) id++;
    this.slots[id] = null;
    this.lowestFree = id + 1;
    this.used++;
    return id;
  }

  /** Make a reserved number, or one that stands for something, stand for `thing`; null makes it reserved again. */
  replace(id: number, thing: T | null): void {
    invariant(this.slots[id] !== undefined, () => `Number ${id} is not reserved.`);
    this.slots[id] = thing;
  }

  /** Reserve and install at once. */
  add(thing: T): number {
    const id = this.reserve();
    this.slots[id] = thing;
    return id;
  }

  /** Give a number back. */
  free(id: number): void {
    invariant(this.slots[id] !== undefined, () => `Number ${id} is freed twice.`);
    this.slots[id] = undefined;
    this.used--;
    if (id < this.lowestFree) this.lowestFree = id;
  }

  /** What a number stands for, or null. */
  get(id: number): T | null {
    return this.slots[id] ?? null;
  }

  /** Numbers that stand for this thing. */
  countOf(thing: T): number {
    let count = 0;
    for (let id = 1; id < this.slots.length; id++) if (this.slots[id] === thing) count++;
    return count;
  }

  /** Visit every thing that a number stands for, lowest number first. */
  forEach(visit: (thing: T, id: number) => void): void {
    const { slots } = this;
    for (let id = 1; id < slots.length; id++) {
      const thing = slots[id];
      if (thing) visit(thing, id);
    }
  }

  /** Numbers in use or reserved. */
  get size(): number {
    return this.used;
  }

  /** Numbers with their things, lowest first; reserved ones are left out. */
  *entries(): IterableIterator<[number, T]> {
    for (let id = 1; id < this.slots.length; id++) {
      const thing = this.slots[id];
      if (thing) yield [id, thing];
    }
  }
}
snapshotClass(IdTable, 'drm.IdTable');
