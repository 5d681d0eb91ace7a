/**
 * Frames of RAM and SWAP whose bytes are still on their way back from the GPU. Commands on them wait in the read-back
 * list; whatever waits makes its own frames busy too, so that everything later on those frames waits behind it.
 */
import type { Pages, Pfn } from '../../base/units.ts';
import { type MachineDescription, regionPages } from '../machine_description.ts';
import { pageOfPfn, REGION_RAM, REGION_SWAP, regionOfPfn } from '../region.ts';

export class BusyFrames {
  /** Flush in which a page last became busy. */
  private readonly ram: Uint32Array;
  private readonly swap: Uint32Array;
  private flush = 1;

  constructor(machine: MachineDescription) {
    const pages = regionPages(machine);
    this.ram = new Uint32Array(pages[REGION_RAM]);
    this.swap = new Uint32Array(pages[REGION_SWAP]);
  }

  private of(pfn: Pfn): Uint32Array {
    return regionOfPfn(pfn) === REGION_RAM ? this.ram : this.swap;
  }

  has(pfn: Pfn, nrPages: Pages): boolean {
    const stamps = this.of(pfn);
    const page = pageOfPfn(pfn);
    for (let i = page; i < page + nrPages; i++) if (stamps[i] === this.flush) return true;
    return false;
  }

  add(pfn: Pfn, nrPages: Pages): void {
    const page = pageOfPfn(pfn);
    this.of(pfn).fill(this.flush, page, page + nrPages);
  }

  /** All bytes have arrived. */
  clear(): void {
    this.flush++;
  }
}
