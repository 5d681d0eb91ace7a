/**
 * Covers the entry formats of real hardware against values worked out by hand from the bit tables, and their texts.
 * Not here: the lab's own entry (gart_entry.test.ts).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { machineFile } from '../../testing/hw_machines.ts';
import { encodeGartEntry, GART_UNBOUND } from '../gart_entry.ts';
import { pfnOf, REGION_RAM, REGION_VRAM } from '../region.ts';
import { amdgpuFormat } from './amdgpu.ts';
import { GART_FORMATS, gartEntryTexts, toHardwareEntry } from './gart_formats.ts';
import { gen6Format } from './gen6.ts';
import { gen8Format } from './gen8.ts';
import { entryText, type GartFormat } from './hardware_entry.ts';

// 128 MiB of RAM, 16 MiB of VRAM.
const machine = machineFile('lab-16m');
const system = { address: 0x12_3456_7000, local: false, writable: true };
const local = { address: 0x0040_0000, local: true, writable: true };

const digits = (format: GartFormat, page: Parameters<GartFormat['encode']>[0]) =>
  entryText(format, format.encode(page));

describe('entry formats of hardware', () => {
  test.each([
    ['gen6, address bits 39:32 in 11:4, LLC', gen6Format, system, '0x34567125'],
    ['gen6, the highest page of 40 bits', gen6Format, { ...system, address: 0xff_ffff_f000 }, '0xfffffff5'],
    ['gen8, system memory', gen8Format, system, '0x0000001234567001'],
    ['gen8, local memory', gen8Format, local, '0x0000000000400003'],
    [
      'gen8, the highest page of 46 bits',
      gen8Format,
      { ...system, address: 2 ** 46 - 4096 },
      '0x00003ffffffff001',
    ],
    ['amdgpu, system memory', amdgpuFormat, system, '0x0000001234567077'],
    ['amdgpu, system memory, read only', amdgpuFormat, { ...system, writable: false }, '0x0000001234567037'],
    ['amdgpu, local memory', amdgpuFormat, local, '0x0000000000400071'],
  ] as const)('%s: golden value', (_, format, page, golden) => {
    expect(digits(format, page)).toBe(golden);
  });

  test.each([
    ['gen6', '0x09000005', 'valid, LLC, page 0x09000000'],
    ['gen8', '0x0000000009000001', 'present, system memory, caching index 0, page 0x09000000'],
    ['amdgpu', '0x0000000009000000', 'not valid, page 0x09000000'],
  ] as const)('%s, unbound: Intel points to the scratch page, amdgpu is not valid', (name, golden, says) => {
    const format = GART_FORMATS[name];
    const entry = toHardwareEntry(machine, format, GART_UNBOUND);
    expect(entryText(format, entry)).toBe(golden);
    expect(format.describe(entry)).toBe(says);
  });

  test('a VRAM page in all formats: the machine own one first; gen6 has no local memory', () => {
    const entry = encodeGartEntry(machine, pfnOf(REGION_VRAM, 0x123), 'read-write');
    expect(gartEntryTexts(machine, entry)).toEqual([
      {
        format: 'amdgpu',
        digits: '0x0000000000123071',
        says: 'valid, executable, readable, writable, page 0x00123000',
      },
      { format: 'gen6', digits: '0x08123005', says: 'valid, LLC, page 0x08123000' },
      {
        format: 'gen8',
        digits: '0x0000000000123003',
        says: 'present, local memory, caching index 0, page 0x00123000',
      },
    ]);
  });

  test('a system page, read only: its RAM address, no writable flag where there is one', () => {
    const entry = encodeGartEntry(machine, pfnOf(REGION_RAM, 0x7fff), 'read');
    expect(gartEntryTexts(machine, entry)[0]).toEqual({
      format: 'amdgpu',
      digits: '0x0000000007fff037',
      says: 'valid, system memory, snooped, executable, readable, page 0x07fff000',
    });
  });

  test.each([
    ['gen6', 40],
    ['gen8', 46],
    ['amdgpu', 48],
  ] as const)(
    '%s: every page of its address space reads back as encoded, the next one is refused',
    (name, bits) => {
      const format = GART_FORMATS[name];
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 2 ** (bits - 12) - 1 }), page => {
          const entry = format.encode({ address: page * 4096, local: false, writable: true });
          expect(format.describe(entry)).toMatch(new RegExp(`page 0x0*${(page * 4096).toString(16)}$`));
        }),
      );
      expect(() => format.encode({ address: 2 ** bits, local: false, writable: true })).toThrow(
        /cannot hold/,
      );
      expect(() => format.encode({ address: 5, local: false, writable: true })).toThrow(/cannot hold/);
    },
  );
});
