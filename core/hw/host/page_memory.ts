/**
 * Pages of one region that the CPU can reach: host memory, or the swap device behind its port.
 *
 * Units      pages of the region, bytes within a page, 32-bit words within a page
 */
import { PAGE_SIZE, type Pages } from '../../base/units.ts';
import { HostMemory } from './host_memory.ts';

export interface PageMemory {
  readonly name: string;
  readonly nrPages: Pages;
  readByte(page: number, byte: number): number;
  writeByte(page: number, byte: number, value: number): void;
  readWord(page: number, index: number): number;
  writeWord(page: number, index: number, value: number): void;
  fillBytes(page: number, byte: number, length: number, value: number): void;
  fillPages(page: number, nrPages: Pages, value: number): void;
  /** Whole pages; the length of the array says how many. */
  read(page: number, into: Uint8Array): void;
  write(page: number, bytes: Uint8Array): void;
  /** All pages read as zeros again. */
  clear(): void;
  /** Content hash of one page (hw/content_hash.ts); uint32. */
  pageLaneA(page: number): number;
  pageLaneB(page: number): number;
}

/** Pages that pass through the scratch space at once when no side is plain host memory. */
const SCRATCH_PAGES = 256;

/** Copy pages between two memories, or within one as memmove. */
export function copyBetween(
  source: PageMemory,
  from: number,
  target: PageMemory,
  to: number,
  nrPages: Pages,
): void {
  if (source instanceof HostMemory && target instanceof HostMemory) {
    target.copyFrom(source, from, to, nrPages);
    return;
  }
  const scratch = new Uint8Array(Math.min(nrPages, SCRATCH_PAGES) * PAGE_SIZE);
  const backwards = source === target && from < to;
  for (let done = 0; done < nrPages; ) {
    const step = Math.min(nrPages - done, SCRATCH_PAGES);
    const at = backwards ? nrPages - done - step : done;
    const window = scratch.subarray(0, step * PAGE_SIZE);
    source.read(from + at, window);
    target.write(to + at, window);
    done += step;
  }
}
