/**
 * Covers the WGSL by GART address as text: bindings and loops within the limits, and the key of a fault. What the functions
 * do: ring/ring_commands.test.ts, ring/ring_faults.test.ts (streamer), gart_bench.test.ts (lines, atomics).
 */
import { describe, expect, test } from 'vitest';
import { machineFile } from '../../testing/hw_machines.ts';
import { ACCESS_WRITE } from '../ring/engine_state.ts';
import { faultKeyOf, gartBindings, nrGartBindings } from './gart_wgsl.ts';
import { gartShape } from './streamer.ts';
import { executeShader } from './streamer_execute_wgsl.ts';
import { fetchShader } from './streamer_fetch_wgsl.ts';

// Four heaps and a mirror.
const machine = machineFile('lab-16m');
const shape = {
  ...gartShape(machine),
  data: 'read_write' as const,
  faultLog: { array: 'state', countWord: 0, listWord: 1, pagesWord: 200 },
};

const storageBindings = (code: string) => code.match(/var<storage/g)?.length;

describe('WGSL by GART address', () => {
  test('four heaps, mirror and table: six bindings, one after the other', () => {
    expect(nrGartBindings(shape)).toBe(6);
    const numbers = [...gartBindings(shape).matchAll(/@binding\((\d+)\)/g)].map(match => Number(match[1]));
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('streamer: eight storage bindings, which every device has', () => {
    expect(storageBindings(fetchShader(shape, false))).toBe(8);
    expect(storageBindings(executeShader(shape, false))).toBe(7);
  });

  test('five heaps: ModelBug', () => {
    expect(() => gartBindings({ ...shape, heapBytes: [4096, 4096, 4096, 4096, 4096] })).toThrow(/at most 4/);
  });

  test('a fault word: the greater one is the earlier fault', () => {
    const word = (command: number, byte: number, access: number) => ~((command << 12) | byte | access) >>> 0;
    expect(faultKeyOf(word(0xfffff, 0xff8, ACCESS_WRITE))).toEqual({
      command: 0xfffff,
      byte: 0xff8,
      access: ACCESS_WRITE,
    });
    expect(word(7, 0, 1)).toBeGreaterThan(word(7, 4, 0));
    expect(word(7, 4092, 2)).toBeGreaterThan(word(8, 0, 0));
  });
});
