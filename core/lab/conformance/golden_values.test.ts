/** Worked examples of the dossier, 8.6, that no other test computes: one row each, cited. */
import { describe, expect, test } from 'vitest';
import { seqnoPassed } from '../../dma_buf/dma_fence.ts';
import { RESERVE_2008, ringSpace } from '../../drm/engine/ring_space.ts';
import { gen6Format } from '../../hw/gart_formats/gen6.ts';
import { gen8Format } from '../../hw/gart_formats/gen8.ts';
import { entryText, type GartFormat, type HardwarePage } from '../../hw/gart_formats/hardware_entry.ts';
import { fiveInARow } from '../../testing/five_in_a_row.ts';

describe('8.6 worked examples', () => {
  test.each([
    [0x100, 0x80, 0x78],
    [0, 0, 0x1fff8],
  ])('ring 2008: size 0x20000, head %d, tail %d', (head, tail, space) => {
    expect(ringSpace(0x20000, head, tail, RESERVE_2008)).toBe(space);
  });

  test.each([
    [0, 0, 0x3fc0],
    [0x100, 0x80, 0x40],
  ])('ring L6.18: size 0x4000, head %d, emit %d', (head, emit, space) => {
    expect(ringSpace(0x4000, head, emit)).toBe(space);
  });

  test('seqno: current 0x00000001, wanted 0xffffffff: passed; the reverse: not passed', () => {
    expect(seqnoPassed(0x0000_0001, 0xffff_ffff)).toBe(true);
    expect(seqnoPassed(0xffff_ffff, 0x0000_0001)).toBe(false);
  });

  const system = (address: number, cached = true): HardwarePage => ({
    address,
    local: false,
    writable: true,
    cached,
  });
  const rows: readonly [string, GartFormat, HardwarePage, string][] = [
    ['gen6, address 0x123456000, uncached', gen6Format, system(0x1_2345_6000, false), '0x23456013'],
    ['gen6, address 0x123456000, LLC', gen6Format, system(0x1_2345_6000), '0x23456015'],
    ['gen8, address 0x12345000 system', gen8Format, system(0x1234_5000), '0x0000000012345001'],
  ];
  test.each(rows)('GTT entry %s', (_, format, page, golden) => {
    expect(entryText(format, format.encode(page))).toBe(golden);
  });

  test('gen6 says of these entries what they mean', () => {
    const says = (cached: boolean) => gen6Format.describe(gen6Format.encode(system(0x1_2345_6000, cached)));
    expect(says(false)).toBe('valid, uncached, page 0x123456000');
    expect(says(true)).toBe('valid, LLC, page 0x123456000');
  });

  test('TTM contrast: LRU order D, A, B, wanted one and a half: evicts D, then A, then B; D needlessly', async () => {
    const { lab, start, wantMore } = await fiveInARow(['D', 'A', 'B']);
    expect(await wantMore()).toEqual(['D', 'A', 'B']);
    expect(lab.object('wanted').resource!.start).toBe(start);
    expect(lab.kernel.check()).toEqual([]);
  });
});
