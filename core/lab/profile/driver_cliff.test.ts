/** Covers every outcome of plain allocation: on a real device that fails on demand, with a clock that does as it is told. */
import { describe, expect, test } from 'vitest';
import { FaultyProvider } from '../../hw/webgpu/faulty_device.ts';
import { FakeClock } from '../../testing/fake_clock.ts';
import { gpuForTests } from '../../testing/hw_machines.ts';
import { type DriverPass, runDriverCliff } from './driver_cliff.ts';

const MIB = 1024 * 1024;
const gpu = await gpuForTests();

async function faulty(): Promise<{ provider: FaultyProvider; device: GPUDevice }> {
  const provider = new FaultyProvider(gpu!);
  const device = await (await provider.requestAdapter())!.requestDevice();
  return { provider, device };
}

describe.skipIf(gpu === undefined)('plain allocation', () => {
  test('limit: never more than it, and everything was touched', async () => {
    const { device } = await faulty();
    const seen: number[] = [];
    const result = await runDriverCliff(device, new FakeClock(1), 10.5 * MIB, MIB, pass =>
      seen.push(pass.allocatedBytes),
    );
    expect(result.outcome).toBe('limit');
    expect(result.atBytes).toBe(10 * MIB);
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => (i + 1) * MIB));
    expect(result.passes.every(({ nsPerPage }) => nsPerPage > 0)).toBe(true);
  });

  test('out-of-memory: the refusal arrives in the error scope, not as an uncaptured error', async () => {
    const { provider, device } = await faulty();
    const uncaptured: Event[] = [];
    device.addEventListener('uncapturederror', event => uncaptured.push(event));
    provider.plan.outOfMemoryAt = 5;
    const result = await runDriverCliff(device, new FakeClock(1), 64 * MIB, MIB, () => undefined);
    expect(result.outcome).toBe('out-of-memory');
    expect(result.atBytes).toBe(5 * MIB);
    expect(result.sentence).toContain('was refused (pressure 5)');
    expect(uncaptured).toEqual([]);
  });

  test('out-of-memory: the device is lost under pressure', async () => {
    const { provider, device } = await faulty();
    const result = await runDriverCliff(device, new FakeClock(1), 64 * MIB, MIB, ({ allocatedBytes }) => {
      if (allocatedBytes === 7 * MIB) provider.loseDevice();
    });
    expect(result.outcome).toBe('out-of-memory');
    expect(result.passes).toHaveLength(7);
  });

  test('moved: a touch takes more than three times as long, twice in a row', async () => {
    const { device } = await faulty();
    const clock = new FakeClock(1);
    // From 9 MiB on each page takes four times as long.
    const pace = (pass: DriverPass) => {
      const chunks = pass.allocatedBytes / MIB + 1;
      clock.perLookMs = chunks * (chunks >= 9 ? 4 : 1);
    };
    const result = await runDriverCliff(device, clock, 64 * MIB, MIB, pace);
    expect(result.outcome).toBe('moved');
    expect(result.atBytes).toBe(10 * MIB);
    expect(result.sentence).toContain('4 times');
  });

  test('one slow pass is no cliff', async () => {
    const { device } = await faulty();
    const clock = new FakeClock(1);
    const pace = (pass: DriverPass) => {
      const chunks = pass.allocatedBytes / MIB + 1;
      clock.perLookMs = chunks * (chunks === 9 ? 10 : 1);
    };
    expect((await runDriverCliff(device, clock, 16 * MIB, MIB, pace)).outcome).toBe('limit');
  });

  test('stopped in between, memory is given back', async () => {
    const { device } = await faulty();
    const work = runDriverCliff(device, new FakeClock(1), 64 * MIB, MIB, ({ allocatedBytes }) => {
      if (allocatedBytes === 3 * MIB) throw new Error('stop');
    });
    await expect(work).rejects.toThrow('stop');
    expect((await device.lost).reason).toBe('destroyed');
  });
});
