/**
 * Which VRAM allocation each VRAM page belongs to, as a machine sees it while it executes commands in order.
 * Touching VRAM outside every allocation is a bug of the model on every machine, not only on the dedicated layout.
 */
import { invariant } from '../base/invariant.ts';
import type { Pages } from '../base/units.ts';
import type { VramAllocation } from './command_queue.ts';

export class VramOwners {
  readonly allocations = new Map<number, VramAllocation>();
  /** Allocation id + 1 by page; 0 is free. */
  private readonly owner: Uint32Array;

  constructor(readonly nrPages: Pages) {
    this.owner = new Uint32Array(nrPages);
  }

  alloc(id: number, firstPage: number, nrPages: Pages): void {
    invariant(
      firstPage + nrPages <= this.nrPages,
      () =>
        `VRAM allocation ${id} (pages ${firstPage} to ${firstPage + nrPages - 1}) lies outside VRAM (${this.nrPages} pages).`,
    );
    for (let page = firstPage; page < firstPage + nrPages; page++) {
      invariant(
        this.owner[page] === 0,
        () =>
          `VRAM allocation ${id} takes page ${page}, which belongs to allocation ${this.owner[page]! - 1}.`,
      );
    }
    this.owner.fill(id + 1, firstPage, firstPage + nrPages);
    this.allocations.set(id, { firstPage, nrPages });
  }

  free(id: number): void {
    const allocation = this.allocations.get(id);
    invariant(allocation, () => `VRAM allocation ${id} is freed but does not exist on the machine.`);
    this.owner.fill(0, allocation.firstPage, allocation.firstPage + allocation.nrPages);
    this.allocations.delete(id);
  }

  /** No allocation exists any more. */
  clear(): void {
    this.owner.fill(0);
    this.allocations.clear();
  }

  /** Allocation of a page. */
  ownerOf(page: number): number {
    const owner = this.owner[page];
    invariant(
      owner !== undefined && owner !== 0,
      () => `VRAM page ${page} is touched but belongs to no allocation.`,
    );
    return owner - 1;
  }

  /** Pages from `page` that belong to one allocation, at most `nrPages`. */
  runOf(page: number, nrPages: Pages): Pages {
    const owner = this.ownerOf(page);
    const allocation = this.allocations.get(owner)!;
    return Math.min(nrPages, allocation.firstPage + allocation.nrPages - page);
  }

  /** Every page of a range must belong to some allocation. */
  checkRange(page: number, nrPages: Pages): void {
    for (let done = 0; done < nrPages; ) done += this.runOf(page + done, nrPages - done);
  }
}
