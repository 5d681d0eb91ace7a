import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PAGE_SIZE } from '../../base/units.ts';
import type { SwapFile } from '../ports.ts';
import { HostMemory } from './host_memory.ts';
import { copyBetween } from './page_memory.ts';
import { SwapMemory } from './swap_memory.ts';

const SLOTS = 80;

/** Slots in memory; counts reads. */
class SlotsInMemory implements SwapFile {
  readonly bytes = new Uint8Array(SLOTS * PAGE_SIZE);
  reads = 0;
  writes = 0;

  read(firstSlot: number, into: Uint8Array): void {
    this.reads++;
    into.set(this.bytes.subarray(firstSlot * PAGE_SIZE, firstSlot * PAGE_SIZE + into.length));
  }
  write(firstSlot: number, bytes: Uint8Array): void {
    this.writes++;
    this.bytes.set(bytes, firstSlot * PAGE_SIZE);
  }
  clear(): void {
    this.bytes.fill(0);
  }
  close(): void {}
}

test('any order of reads, hashes, stores, fills, copies and clears: always the bytes of plain memory', () => {
  const op = fc.record({
    what: fc.constantFrom(
      'byte',
      'word',
      'hash',
      'hash',
      'storeByte',
      'storeWord',
      'fill',
      'fillPages',
      'copy',
      'clear',
    ),
    page: fc.nat(SLOTS - 1),
    to: fc.nat(SLOTS - 1),
    count: fc.integer({ min: 1, max: 40 }),
    value: fc.nat(255),
  });
  fc.assert(
    fc.property(fc.array(op, { minLength: 5, maxLength: 60 }), ops => {
      const swap = new SwapMemory(SLOTS, new SlotsInMemory());
      const plain = new HostMemory('plain memory', SLOTS);
      const both = [swap, plain] as const;
      for (const { what, page, to, count, value } of ops) {
        const fits = Math.min(count, SLOTS - page);
        const found = both.map(memory => {
          if (what === 'byte') return memory.readByte(page, value);
          if (what === 'word') return memory.readWord(page, value);
          if (what === 'storeByte') return memory.writeByte(page, value, count);
          if (what === 'storeWord') return memory.writeWord(page, value, count);
          if (what === 'fill') return memory.fillBytes(page, value, count, value);
          if (what === 'fillPages') return memory.fillPages(page, fits, value);
          if (what === 'copy') return copyBetween(memory, page, memory, to, Math.min(fits, SLOTS - to));
          if (what === 'clear') return count > 35 ? memory.clear() : undefined;
          return Array.from({ length: fits }, (_, i) => [
            memory.pageLaneA(page + i),
            memory.pageLaneB(page + i),
          ]);
        });
        expect(found[0]).toEqual(found[1]);
      }
      const [ours, theirs] = both.map(memory => {
        const bytes = new Uint8Array(SLOTS * PAGE_SIZE);
        memory.read(0, bytes);
        return bytes;
      });
      expect(Buffer.compare(ours!, theirs!)).toBe(0);
    }),
  );
});

test('hashes of neighbouring slots: few reads, up to the last slot', () => {
  const file = new SlotsInMemory();
  const swap = new SwapMemory(SLOTS, file);
  for (let page = 1; page < SLOTS; page++) {
    swap.pageLaneA(page);
    swap.pageLaneB(page);
  }
  expect(file.reads).toBeLessThan(6);
});

test('slots written one after the other, others read meanwhile: few writes, few reads, and a read finds them', () => {
  const file = new SlotsInMemory();
  const swap = new SwapMemory(SLOTS, file);
  const page = new Uint8Array(PAGE_SIZE);
  for (let slot = 2; slot < 34; slot++) {
    swap.write(slot, page.fill(slot));
    swap.read(slot + 40, page);
  }
  swap.read(33, page);
  expect(page[5]).toBe(33);
  expect([file.writes, file.reads]).toEqual([1, 3]);
  expect(file.bytes[20 * PAGE_SIZE]).toBe(20);
});

test('a slot outside: refused, also behind a read of the last one', () => {
  const swap = new SwapMemory(SLOTS, new SlotsInMemory());
  expect(() => swap.readWord(-1, 0)).toThrow(/lie outside the swap device/);
  swap.pageLaneA(SLOTS - 1);
  expect(() => swap.readWord(SLOTS, 0)).toThrow(/lie outside the swap device/);
});
