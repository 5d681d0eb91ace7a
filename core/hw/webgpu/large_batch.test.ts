/** Covers batches that are larger than job lists, staging buffers or result slots hold: they are split, and the bytes are right. */
import { describe, expect, test } from 'vitest';
import type { Pfn } from '../../base/units.ts';
import { gpuForTests, machineFile, machineKinds, memoryDifferences } from '../../testing/hw_machines.ts';
import { CommandQueue } from '../command_queue.ts';
import { QUERY_BYTES } from '../expected_bytes.ts';
import { pfnOf, REGION_RAM, REGION_VRAM, type Region } from '../region.ts';
import { RESULT_BYTES } from './flush_space.ts';

const kinds = machineKinds(await gpuForTests()).filter(kind => kind.kind === 'webgpu');
const frames = (region: Region, first: number, count: number): Pfn[] =>
  Array.from({ length: count }, (_, i) => pfnOf(region, first + i));

describe.skipIf(kinds.length === 0).each(kinds)('large batches on $name', kind => {
  test('more hash jobs than the arena holds, with an upload behind them: right answers', async () => {
    const description = machineFile('lab-16m');
    const machine = await kind.create(description);
    const queue = new CommandQueue(description);
    const vram = frames(REGION_VRAM, 0, 4000);
    queue.vramAlloc(1, 0, 4000);
    queue.fillPages(vram[0]!, 4000, 3);
    queue.fillPages(pfnOf(REGION_RAM, 0), 18, 9);
    const expected: string[] = [];
    const tickets: number[] = [];
    for (let round = 0; round < 18; round++) {
      queue.copyPages([pfnOf(REGION_RAM, round)], [vram[round * 3]!], 'validate');
      expected.push(`${queue.contents.hashOf(vram)}`);
      tickets.push(queue.hashPages(vram));
    }
    await machine.drain(queue);
    expect(tickets.map(ticket => `${queue.answer(ticket)}`)).toEqual(expected);
    expect(memoryDifferences(machine, queue)).toEqual([]);
    await machine.dispose();
  });

  test('more stores than one dispatch takes: right bytes', async () => {
    const description = machineFile('lab-16m');
    const machine = await kind.create(description);
    const queue = new CommandQueue(description);
    const vram = frames(REGION_VRAM, 1000, 150);
    queue.vramAlloc(1, 1000, 150);
    queue.fillPages(vram[0]!, 150, 3);
    for (const [i, pfn] of vram.entries()) queue.fillBytes(pfn, 1 + (i % 3), 4090, i);
    const expected = queue.contents.hashOf(vram);
    const ticket = queue.hashPages(vram);
    await machine.drain(queue);
    expect([...queue.answer(ticket)]).toEqual(expected);
    await machine.dispose();
  });

  test('more hashes than there are result slots: all answered', async () => {
    const description = machineFile('lab-16m');
    const machine = await kind.create(description);
    const queue = new CommandQueue(description);
    queue.vramAlloc(1, 0, 1);
    queue.fillPages(pfnOf(REGION_VRAM, 0), 1, 3);
    const expected = queue.contents.hashOf([pfnOf(REGION_VRAM, 0)]);
    const count = QUERY_BYTES / RESULT_BYTES + 100;
    const tickets = Array.from({ length: count }, () => queue.hashPages([pfnOf(REGION_VRAM, 0)]));
    await machine.drain(queue);
    expect(new Set(tickets.map(ticket => `${queue.answer(ticket)}`))).toEqual(new Set([`${expected}`]));
    await machine.dispose();
  });

  test('more bytes in each direction than staging keeps: right bytes, and the buffers are given back', async () => {
    const description = machineFile('lab-64m');
    const machine = await kind.create(description);
    const queue = new CommandQueue(description);
    const vram = frames(REGION_VRAM, 0, 16_384);
    queue.vramAlloc(1, 0, 16_384);
    queue.fillPages(vram[0]!, 16_384, 0);
    for (let i = 0; i < vram.length; i += 7) queue.storeWord(vram[i]!, 1, i);
    for (let copy = 0; copy < 3; copy++)
      queue.copyPages(vram, frames(REGION_RAM, copy * 20_000, 16_384), 'evict');
    for (let copy = 0; copy < 3; copy++) {
      queue.storeWord(pfnOf(REGION_RAM, copy * 20_000 + 5), 2, copy);
      queue.copyPages(frames(REGION_RAM, copy * 20_000, 16_384), vram, 'validate');
    }
    const all = [...vram, ...frames(REGION_RAM, 0, 60_000)];
    const expected = queue.contents.hashOf(all);
    const ticket = queue.hashPages(all);
    await machine.drain(queue);
    expect([...queue.answer(ticket)]).toEqual(expected);
    expect(memoryDifferences(machine, queue)).toEqual([]);
    expect(machine.ledger.live.staging).toBeLessThanOrEqual(129 * 1024 * 1024);
    await machine.dispose();
    expect(machine.ledger.liveBytes).toBe(0);
  });
});
