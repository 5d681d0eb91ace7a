/** Covers that every case of the GART benchmark does the work it times; how fast is not judged here. */
import { describe, expect, test } from 'vitest';
import { nodeClock } from '../../cli/clock_node.ts';
import { gpuForTests } from '../../testing/hw_machines.ts';
import { runGartBench } from './gart_bench.ts';
import { GART_OPERATIONS, GART_PATTERNS } from './gart_bench_wgsl.ts';

const gpu = await gpuForTests();

const cases = GART_OPERATIONS.flatMap(operation =>
  GART_PATTERNS.flatMap(pattern =>
    ([1, 4] as const).flatMap(heaps =>
      [false, true].map(faultLog => ({ operation, pattern, heaps, faultLog })),
    ),
  ),
);

describe.skipIf(gpu === undefined)('GART benchmark', () => {
  // Every word is touched equally often and nothing faults: runGartBench() checks it and throws.
  test('all cases: the loops do their work on both sides, and the numbers hold together', async () => {
    const adapter = (await gpu!.requestAdapter())!;
    const device = await adapter.requestDevice({
      requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
    });
    const errors: string[] = [];
    device.addEventListener('uncapturederror', event =>
      errors.push((event as GPUUncapturedErrorEvent).error.message),
    );
    for (const of of cases) {
      const result = await runGartBench(device, of, {
        clock: nodeClock,
        clockStepNs: 1000,
        timestampStepNs: 1000,
        bytes: 65_536,
        rounds: 2,
      });
      expect(result.of).toEqual(of);
      expect(result.gart.wallSamplesNs).toHaveLength(2);
      expect(result.ratio).toBeGreaterThan(0);
    }
    expect(errors).toEqual([]);
    device.destroy();
  });
});
