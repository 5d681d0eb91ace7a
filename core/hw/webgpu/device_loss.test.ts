/** Covers lost devices, refused adapters, exhausted memory, slow maps, our own validation errors. */
import { describe, expect, test } from 'vitest';
import type { Pfn } from '../../base/units.ts';
import { nodeClock } from '../../cli/clock_node.ts';
import { gpuForTests, machineFile, memoryDifferences } from '../../testing/hw_machines.ts';
import { QuickClock } from '../../testing/quick_clock.ts';
import { CommandQueue } from '../command_queue.ts';
import { encodeGartEntry } from '../gart_entry.ts';
import type { Clock } from '../ports.ts';
import { pfnOf, REGION_MIRROR, REGION_RAM, REGION_VRAM, type Region } from '../region.ts';
import { FaultyProvider } from './faulty_device.ts';
import { createWebGpuMachine, RECOVERY_MS, type WebGpuMachine } from './webgpu_machine.ts';

const description = machineFile('lab-16m');
const gpu = await gpuForTests();
const frames = (region: Region, first: number, count: number): Pfn[] =>
  Array.from({ length: count }, (_, i) => pfnOf(region, first + i));

/** VRAM with known words, RAM with known words, a mirror page bound and flushed. */
function fillMemory(queue: CommandQueue): void {
  queue.vramAlloc(1, 0, 16);
  queue.vramAlloc(2, 32, 16);
  for (const first of [pfnOf(REGION_VRAM, 0), pfnOf(REGION_VRAM, 32), pfnOf(REGION_RAM, 100)]) {
    queue.fillPages(first, 16, 3);
    for (let i = 0; i < 16; i++) queue.storeWord(first + i, 1, first + i);
  }
  queue.copyPages(frames(REGION_RAM, 100, 4), frames(REGION_MIRROR, 100, 4), 'flush');
  queue.gartWrite(
    0,
    frames(REGION_RAM, 100, 4).map(pfn => encodeGartEntry(description, pfn, 'read')),
  );
}

/** Everything that the model thinks is there is there. */
async function expectAllContents(machine: WebGpuMachine, queue: CommandQueue): Promise<void> {
  const groups = [
    frames(REGION_VRAM, 0, 16),
    frames(REGION_VRAM, 32, 16),
    frames(REGION_RAM, 0, 64),
    frames(REGION_RAM, 100, 16),
    frames(REGION_MIRROR, 100, 4),
  ];
  const expected = groups.map(group => queue.contents.hashOf(group));
  const tickets = groups.map(group => queue.hashPages(group));
  const throughGart = queue.hashGart(0, 4);
  await machine.drain(queue);
  expect(tickets.map(ticket => [...queue.answer(ticket)])).toEqual(expected);
  expect([...queue.answer(throughGart)]).toEqual([...expected[4]!, 0]);
  expect(memoryDifferences(machine, queue)).toEqual([]);
  expect(await machine.verifyGart(queue)).toEqual([]);
}

describe.skipIf(gpu === undefined).each(['paged', 'dedicated'] as const)('webgpu %s', layout => {
  async function start(clock: Clock = nodeClock) {
    const provider = new FaultyProvider(gpu!);
    const machine = await createWebGpuMachine(description, provider, { layout, clock });
    const queue = new CommandQueue(description);
    fillMemory(queue);
    await machine.drain(queue);
    return { provider, machine, queue };
  }

  test('device lost between barriers: VRAM is reported lost, RAM and the mirror are there, the next batch works', async () => {
    const { provider, machine, queue } = await start();
    provider.loseDevice();
    await provider.devices[0]!.lost;
    queue.storeWord(pfnOf(REGION_RAM, 100), 8, 9);
    const report = await machine.drain(queue);
    expect(report.loss).toMatchObject({
      lostAllocations: [1, 2],
      lostPages: 33,
      failedMoves: 0,
      now: 'webgpu',
    });
    expect(report.loss!.message).not.toBe('');
    await expectAllContents(machine, queue);
    expect(machine.kind).toBe('webgpu');
    await machine.dispose();
    expect(machine.ledger.liveBytes).toBe(0);
  });

  test('device lost while an eviction is on its way: the move fails, its target reads as zeros', async () => {
    const { provider, machine, queue } = await start();
    provider.plan.loseAtMap = 0;
    queue.copyPages(frames(REGION_VRAM, 0, 16), frames(REGION_RAM, 0, 16), 'evict');
    queue.copyPages(frames(REGION_RAM, 0, 4), frames(REGION_RAM, 40, 4), 'cow');
    queue.fillPages(pfnOf(REGION_RAM, 41), 1, 0x77);
    queue.vramFree(1);
    const hash = queue.hashPages(frames(REGION_RAM, 0, 16));
    const good = queue.loadWords([pfnOf(REGION_RAM, 101)]);
    const report = await machine.drain(queue);
    expect(report.loss).toMatchObject({
      lostAllocations: [2],
      failedMoves: 1,
      failedTickets: [hash],
      now: 'webgpu',
    });
    // 16 evicted, 3 copied on from them (one was filled again), 16 of the other allocation.
    expect(report.loss!.lostPages).toBe(35);
    expect([...queue.answer(good)]).toEqual([pfnOf(REGION_RAM, 101), 1]);
    queue.vramAlloc(3, 0, 16);
    queue.fillPages(pfnOf(REGION_VRAM, 0), 16, 1);
    await expectAllContents(machine, queue);
    await machine.dispose();
    expect(machine.ledger.liveBytes).toBe(0);
  });

  test('no adapter comes back in time: the host machine takes over and says so', async () => {
    const clock = new QuickClock();
    const { provider, machine, queue } = await start(clock);
    provider.plan.refuseAdapters = 1_000_000;
    provider.loseDevice();
    await provider.devices[0]!.lost;
    const report = await machine.drain(queue);
    expect(report.loss).toMatchObject({ lostAllocations: [1, 2], now: 'host' });
    expect(clock.now).toBeGreaterThanOrEqual(RECOVERY_MS);
    expect([machine.kind, machine.adapter.name]).toEqual(['host', 'host memory']);
    await expectAllContents(machine, queue);
    await machine.dispose();
    expect(machine.ledger.liveBytes).toBe(0);
  });

  test('an adapter comes back at the third try: the machine goes on with it', async () => {
    const { provider, machine, queue } = await start();
    provider.plan.refuseAdapters = 2;
    provider.loseDevice();
    await provider.devices[0]!.lost;
    expect((await machine.drain(queue)).loss?.now).toBe('webgpu');
    await expectAllContents(machine, queue);
    await machine.dispose();
  });

  test('the new device is lost as well while it is made ready: another one is asked for', async () => {
    const { provider, machine, queue } = await start();
    provider.loseDevice();
    await provider.devices[0]!.lost;
    const draining = machine.drain(queue);
    await expect.poll(() => provider.devices.length).toBe(2);
    provider.loseDevice();
    expect((await draining).loss?.now).toBe('webgpu');
    // Noticed while it was made ready, or at the next barrier.
    await machine.drain(queue);
    expect(provider.devices).toHaveLength(3);
    await expectAllContents(machine, queue);
    await machine.dispose();
  });

  test('out of memory at creation: GpuError out-of-memory', async () => {
    const provider = new FaultyProvider(gpu!);
    provider.plan.outOfMemoryAt = 0;
    const create = createWebGpuMachine(description, provider, { layout, clock: nodeClock });
    await expect(create).rejects.toMatchObject({ name: 'GpuError', kind: 'out-of-memory' });
  });

  test('out of memory at a barrier: GpuError out-of-memory', async () => {
    const { provider, machine, queue } = await start();
    provider.plan.outOfMemoryAt = 0;
    queue.vramAlloc(3, 200, 900);
    queue.fillPages(pfnOf(REGION_VRAM, 200), 900, 1);
    queue.hashPages(frames(REGION_VRAM, 200, 900));
    // Needs a larger read-back buffer on the paged layout, a buffer of its own on the dedicated one.
    queue.copyPages(frames(REGION_VRAM, 200, 900), frames(REGION_RAM, 200, 900), 'evict');
    await expect(machine.drain(queue)).rejects.toMatchObject({ name: 'GpuError', kind: 'out-of-memory' });
    await machine.dispose().catch(() => undefined);
  });

  test('slow maps: only the time is different', async () => {
    const { provider, machine, queue } = await start();
    provider.plan.beforeMap = () => nodeClock.delay(30);
    await expectAllContents(machine, queue);
    await machine.dispose();
  });
});

describe.skipIf(gpu === undefined)('webgpu adapters', () => {
  test('a machine larger than the adapter: refused with both numbers', async () => {
    const huge = {
      ...description,
      vramHeapBytes: 2 ** 34,
      devices: [{ ...description.devices[0]!, vramBytes: 2 ** 34 }],
    };
    const create = createWebGpuMachine(huge, gpu!, { layout: 'paged', clock: nodeClock });
    await expect(create).rejects.toThrow(
      /has maxBufferSize \d+; the machine lab-16m in the paged layout needs 17179869184/,
    );
  });

  test('a provider without adapters: GpuError no-adapter', async () => {
    const provider = new FaultyProvider(gpu!);
    provider.plan.refuseAdapters = 1;
    await expect(
      createWebGpuMachine(description, provider, { layout: 'paged', clock: nodeClock }),
    ).rejects.toMatchObject({
      kind: 'no-adapter',
    });
  });
});
