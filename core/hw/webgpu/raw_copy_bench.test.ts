/** Covers that the raw benchmark runs and gives believable numbers; how fast is not judged here. */
import { describe, expect, test } from 'vitest';
import { median } from '../../base/median.ts';
import { nodeClock } from '../../cli/clock_node.ts';
import { gpuForTests } from '../../testing/hw_machines.ts';
import { rawCopyRate } from './raw_copy_bench.ts';

const gpu = await gpuForTests();

describe('raw copies', () => {
  test('median: the middle, the lower one of two, the list untouched', () => {
    const values = [5, 1, 4, 2];
    expect(median(values)).toBe(2);
    expect(median([3, 1, 2])).toBe(2);
    expect(values).toEqual([5, 1, 4, 2]);
  });

  test.skipIf(gpu === undefined).each(['out', 'in'] as const)(
    '%s: some rate at some depth',
    async direction => {
      const adapter = (await gpu!.requestAdapter())!;
      const device = await adapter.requestDevice();
      const errors: string[] = [];
      device.addEventListener('uncapturederror', event =>
        errors.push((event as GPUUncapturedErrorEvent).error.message),
      );
      const rate = await rawCopyRate(device, nodeClock, direction, 64 * 1024, 2);
      expect(rate.bytesPerSecond).toBeGreaterThan(1e6);
      expect([1, 4, 16]).toContain(rate.depth);
      expect(errors).toEqual([]);
      device.destroy();
    },
  );
});
