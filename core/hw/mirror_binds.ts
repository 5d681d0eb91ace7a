/**
 * How many GART entries bind each RAM page through its copy in the mirror heap. When the last one goes, so does the copy.
 */
import { snapshotClass } from '../base/snapshot.ts';
import type { Pages } from '../base/units.ts';
import { GART_PAGE_SHIFT, GART_SYSTEM, GART_VALID } from './gart_entry.ts';

/** True for a valid entry that reads through the mirror heap. */
export function isMirrorEntry(entry: number): boolean {
  return (entry & (GART_VALID | GART_SYSTEM)) === (GART_VALID | GART_SYSTEM);
}

export class MirrorBinds {
  private readonly count: Uint16Array;

  constructor(ramPages: Pages) {
    this.count = new Uint16Array(ramPages);
  }

  /** No entry binds anything any more. */
  clear(): void {
    this.count.fill(0);
  }

  /** Entries that bind a RAM page. */
  of(ramPage: number): number {
    return this.count[ramPage] ?? 0;
  }

  /**
   * An entry of the table changes.
   *
   * @returns the RAM page that no entry binds any more, or -1
   */
  replace(before: number, after: number): number {
    if (isMirrorEntry(after)) this.count[after >>> GART_PAGE_SHIFT]!++;
    if (!isMirrorEntry(before)) return -1;
    const page = before >>> GART_PAGE_SHIFT;
    return --this.count[page]! === 0 ? page : -1;
  }
}
snapshotClass(MirrorBinds, 'hw.MirrorBinds');
