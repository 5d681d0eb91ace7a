/**
 * The 32-bit entry of the lab's GART table: one per 4 KiB page of the GART address space.
 *
 *   bit 0       valid
 *   bit 1       system: the page is a TT page, read from its copy in the mirror heap
 *   bit 2       writable by the GPU
 *   bits 3-5    VRAM heap (0 for system pages)
 *   bits 12-31  page in the heap; for system pages the RAM page (a machine translates it to a place in its mirror heap)
 *
 * Not for    the formats of real hardware; those are encoders for the inspector
 */
import { invariant } from '../base/invariant.ts';
import { PAGE_SIZE, type Pfn } from '../base/units.ts';
import type { MachineDescription } from './machine_description.ts';
import { pageOfPfn, pfnOf, REGION_MIRROR, REGION_RAM, REGION_VRAM, regionOfPfn } from './region.ts';

export const GART_VALID = 1;
export const GART_SYSTEM = 2;
export const GART_WRITABLE = 4;
export const GART_HEAP_SHIFT = 3;
export const GART_HEAP_MASK = 7;
export const GART_PAGE_SHIFT = 12;
/** The entry of an unbound page. */
export const GART_UNBOUND = 0;

/**
 * Entry that binds a frame: a VRAM frame directly, a RAM (or MIRROR) frame through the mirror heap.
 *
 * @returns uint32
 */
export function encodeGartEntry(
  machine: MachineDescription,
  pfn: Pfn,
  access: 'read' | 'read-write',
): number {
  const flags = access === 'read-write' ? GART_VALID | GART_WRITABLE : GART_VALID;
  const page = pageOfPfn(pfn);
  const region = regionOfPfn(pfn);
  if (region === REGION_VRAM) {
    const heapPages = machine.vramHeapBytes / PAGE_SIZE;
    const heap = Math.floor(page / heapPages);
    return (flags | (heap << GART_HEAP_SHIFT) | ((page % heapPages) << GART_PAGE_SHIFT)) >>> 0;
  }
  invariant(
    region === REGION_RAM || region === REGION_MIRROR,
    () => `A GART entry cannot bind frame ${pfn} of region ${region}.`,
  );
  return (flags | GART_SYSTEM | (page << GART_PAGE_SHIFT)) >>> 0;
}

/** The frame that a valid entry reads: in VRAM, or in the mirror; -1 for an unbound entry. */
export function pfnOfGartEntry(machine: MachineDescription, entry: number): Pfn {
  if ((entry & GART_VALID) === 0) return -1;
  const page = entry >>> GART_PAGE_SHIFT;
  if (entry & GART_SYSTEM) return pfnOf(REGION_MIRROR, page);
  const heap = (entry >>> GART_HEAP_SHIFT) & GART_HEAP_MASK;
  return pfnOf(REGION_VRAM, (heap * machine.vramHeapBytes) / PAGE_SIZE + page);
}
