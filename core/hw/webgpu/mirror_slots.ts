/**
 * Places of RAM pages in the mirror heap, which is as large as the GART-bound limit and not as RAM. A page gets a place
 * when it is first flushed or bound and loses it when the last GART entry that binds it goes.
 *
 * Units      pages of RAM, pages of the mirror heap (slots)
 */
import { invariant } from '../../base/invariant.ts';
import type { Pages } from '../../base/units.ts';
import type { MirrorBinds } from '../mirror_binds.ts';

export class MirrorSlots {
  /** Slot + 1 by RAM page; 0 is none. */
  private readonly slots: Uint32Array;
  /** RAM page + 1 by slot; 0 is free. */
  private readonly pages: Uint32Array;
  /** Slots above this one were never used and hold zeros. */
  private fresh = 0;
  private free: number[] = [];

  constructor(ramPages: Pages, nrSlots: Pages) {
    this.slots = new Uint32Array(ramPages);
    this.pages = new Uint32Array(nrSlots);
  }

  /** Slot of a RAM page, or -1. */
  of(page: number): number {
    return this.slots[page]! - 1;
  }

  /**
   * Give a page without a slot one.
   *
   * @param binds says which pages can give theirs up when all slots are taken
   * @returns the slot; `wasUsed` of it is true when old bytes lie there
   */
  assign(page: number, binds: MirrorBinds): { slot: number; wasUsed: boolean } {
    let slot: number;
    let wasUsed = false;
    if (this.fresh < this.pages.length) slot = this.fresh++;
    else {
      if (this.free.length === 0) this.reclaimUnbound(binds);
      const freed = this.free.pop();
      invariant(
        freed !== undefined,
        () =>
          `All ${this.pages.length} pages of the mirror heap are bound in the GART; RAM page ${page} finds no place (ttBytes is too small for what the model binds).`,
      );
      slot = freed;
      wasUsed = true;
    }
    this.slots[page] = slot + 1;
    this.pages[slot] = page + 1;
    return { slot, wasUsed };
  }

  /** RAM page whose copy lies in a slot, or -1. */
  pageOf(slot: number): number {
    return this.pages[slot]! - 1;
  }

  release(page: number): void {
    const slot = this.of(page);
    if (slot < 0) return;
    this.slots[page] = 0;
    this.pages[slot] = 0;
    this.free.push(slot);
  }

  /** No page has a slot, and all slots hold zeros. */
  clear(): void {
    this.slots.fill(0);
    this.pages.fill(0);
    this.fresh = 0;
    this.free = [];
  }

  private reclaimUnbound(binds: MirrorBinds): void {
    for (let slot = this.pages.length - 1; slot >= 0; slot--) {
      const page = this.pages[slot]! - 1;
      if (page >= 0 && binds.of(page) === 0) this.release(page);
    }
  }
}
