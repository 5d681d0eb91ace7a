/** Covers the lab's GART entry bit by bit. Not here: formats of real hardware. */
import { describe, expect, test } from 'vitest';
import { machineFile } from '../testing/hw_machines.ts';
import { encodeGartEntry, GART_UNBOUND, pfnOfGartEntry } from './gart_entry.ts';
import { pfnOf, REGION_MIRROR, REGION_RAM, REGION_SWAP, REGION_VRAM } from './region.ts';

// Heaps of 1024 pages.
const machine = machineFile('lab-16m');

describe('GART entry', () => {
  test.each([
    ['first VRAM page, read only', pfnOf(REGION_VRAM, 0), 'read', 0x0000_0001],
    ['last page of the first heap', pfnOf(REGION_VRAM, 1023), 'read-write', 0x003f_f005],
    ['first page of the second heap', pfnOf(REGION_VRAM, 1024), 'read-write', 0x0000_000d],
    ['last VRAM page', pfnOf(REGION_VRAM, 4095), 'read-write', 0x003f_f01d],
    ['a system page', pfnOf(REGION_RAM, 0x7fff), 'read', 0x07ff_f003],
    ['a system page by its mirror frame', pfnOf(REGION_MIRROR, 5), 'read-write', 0x0000_5007],
  ] as const)('%s: golden value, and back to the frame', (_, pfn, access, golden) => {
    const entry = encodeGartEntry(machine, pfn, access);
    expect(entry).toBe(golden);
    const seen = pfn >>> 26 === REGION_RAM ? pfnOf(REGION_MIRROR, pfn) : pfn;
    expect(pfnOfGartEntry(machine, entry)).toBe(seen);
  });

  test('unbound: no frame', () => {
    expect(pfnOfGartEntry(machine, GART_UNBOUND)).toBe(-1);
  });

  test('a swap slot: ModelBug', () => {
    expect(() => encodeGartEntry(machine, pfnOf(REGION_SWAP, 1), 'read')).toThrow(/cannot bind frame/);
  });
});
