import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pfnOf, REGION_MIRROR, REGION_RAM, REGION_SWAP, REGION_VRAM } from '../hw/region.ts';
import {
  isPtePresent,
  isPteSwap,
  makePte,
  PageTable,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_FLAGS,
  PTE_PRESENT,
  PTE_WRITE,
  pfnOfPte,
  TASK_PAGES,
} from './page_table.ts';

describe('entries', () => {
  it('keep frame and flags of every region apart in one word', () => {
    for (const region of [REGION_RAM, REGION_VRAM, REGION_MIRROR, REGION_SWAP] as const) {
      for (const page of [1, 0x1234, (1 << 26) - 1]) {
        const word = makePte(pfnOf(region, page), PTE_FLAGS);
        expect(word).toBe(word | 0);
        expect(pfnOfPte(word)).toBe(pfnOf(region, page));
        expect(word & PTE_FLAGS).toBe(PTE_FLAGS);
      }
    }
  });

  it('are none, usable, kept without access, or a swap slot', () => {
    expect([isPtePresent(0), isPteSwap(0)]).toEqual([false, false]);
    expect(isPtePresent(makePte(5, PTE_PRESENT))).toBe(true);
    expect(isPtePresent(makePte(5, PTE_ACCESSED | PTE_DIRTY))).toBe(true);
    expect(isPteSwap(makePte(5, PTE_ACCESSED))).toBe(false);
    expect([isPtePresent(makePte(5, PTE_WRITE)), isPteSwap(makePte(5, PTE_WRITE))]).toEqual([false, true]);
  });
});

describe('PageTable', () => {
  it('does what a map does, anywhere in the address space', () => {
    const page = fc.oneof(
      fc.nat(1200),
      fc.integer({ min: TASK_PAGES - 1200, max: TASK_PAGES - 1 }),
      fc.nat(TASK_PAGES - 1),
    );
    const step = fc.record({ page, word: fc.integer(), clear: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), steps => {
        const table = new PageTable();
        const model = new Map<number, number>();
        for (const s of steps) {
          if (s.clear || s.word === 0) {
            expect(table.clear(s.page)).toBe(model.get(s.page) ?? 0);
            model.delete(s.page);
          } else if (model.has(s.page)) {
            table.update(s.page, s.word);
            model.set(s.page, s.word);
          } else {
            table.install(s.page, s.word, 1);
            model.set(s.page, s.word);
          }
          expect(table.nrPtes).toBe(model.size);
          expect(table.get(s.page)).toBe(model.get(s.page) ?? 0);
        }
        const seen: [number, number][] = [];
        table.forEachPte((p, word) => void seen.push([p, word]));
        expect(seen).toEqual([...model].sort((a, b) => a[0] - b[0]));
        table.freeEmptyLeaves(0, TASK_PAGES);
        for (const [p, word] of model) expect(table.get(p)).toBe(word);
      }),
      { numRuns: 100 },
    );
  });

  it('remembers the generation of an install through updates', () => {
    const table = new PageTable();
    table.install(77, 9, 0xffff_fff0);
    table.update(77, 13);
    expect(table.generationOf(77)).toBe(0xffff_fff0);
    table.replace(77, 21, 3);
    expect(table.generationOf(77)).toBe(3);
  });

  it('visits only the entries of the window it is asked for', () => {
    const table = new PageTable();
    for (const page of [510, 511, 512, 513, 0x200000]) table.install(page, 16, 1);
    const seen: number[] = [];
    table.forEachPte(page => void seen.push(page), 511, 513);
    expect(seen).toEqual([511, 512]);
  });
});
