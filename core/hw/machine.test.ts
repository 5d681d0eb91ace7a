/**
 * Covers every command on every machine with the same test bodies, memory accounts at each barrier and zero at the end.
 * Not here: random queues (machine_property.test.ts), lost devices (webgpu/device_loss.test.ts).
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { Pfn } from '../base/units.ts';
import { gpuForTests, machineFile, machineKinds, memoryDifferences } from '../testing/hw_machines.ts';
import { CommandQueue } from './command_queue.ts';
import { encodeGartEntry, GART_UNBOUND } from './gart_entry.ts';
import type { Machine } from './machine.ts';
import { pfnOf, REGION_MIRROR, REGION_RAM, REGION_SWAP, REGION_VRAM, type Region } from './region.ts';

const description = machineFile('lab-16m');
const provider = await gpuForTests();

const frames = (region: Region, first: number, count: number, step = 1): Pfn[] =>
  Array.from({ length: count }, (_, i) => pfnOf(region, first + i * step));

describe.each(machineKinds(provider))('machine $name', kind => {
  let machine: Machine;
  let queue: CommandQueue;

  async function start(name = 'lab-16m'): Promise<void> {
    const machineDescription = name === 'lab-16m' ? description : machineFile(name);
    machine = await kind.create(machineDescription);
    queue = new CommandQueue(machineDescription);
  }

  async function barrier(): Promise<void> {
    await machine.drain(queue);
    expect(memoryDifferences(machine, queue)).toEqual([]);
  }

  /** The machine's hash of pages equals that of their recipes. */
  async function expectContents(pfns: readonly Pfn[]): Promise<void> {
    const expected = queue.contents.hashOf(pfns);
    const ticket = queue.hashPages(pfns);
    await barrier();
    expect([...queue.answer(ticket)]).toEqual(expected);
  }

  afterEach(async () => {
    await machine.dispose();
    expect(machine.ledger.liveBytes).toBe(0);
    expect(machine.ledger.buffersDestroyed).toBe(machine.ledger.buffersCreated);
  });

  test('evict and validate: every byte survives the round trip', async () => {
    await start();
    const vram = frames(REGION_VRAM, 100, 64);
    const ram = frames(REGION_RAM, 5000, 64);
    queue.vramAlloc(1, 100, 64);
    queue.fillPages(vram[0]!, 64, 0xab);
    vram.forEach((pfn, i) => {
      queue.storeWord(pfn, 7, i);
      queue.storeByte(pfn, 4095 - i, i);
    });
    await expectContents(vram);
    queue.copyPages(vram, ram, 'evict');
    queue.vramFree(1);
    await expectContents(ram);
    queue.vramAlloc(2, 900, 64);
    const back = frames(REGION_VRAM, 900, 64);
    queue.copyPages(ram, back, 'validate');
    const words = queue.loadWords(back);
    const byte = queue.loadByte(back[3]!, 4092);
    await expectContents(back);
    expect([...queue.answer(words)]).toEqual(back.flatMap((_, i) => [i, 7]));
    expect([...queue.answer(byte)]).toEqual([3]);
  });

  test('evict and validate into the same pages in one batch: order is kept', async () => {
    await start();
    queue.vramAlloc(1, 0, 32);
    queue.fillPages(pfnOf(REGION_VRAM, 0), 32, 1);
    queue.fillPages(pfnOf(REGION_RAM, 64), 32, 2);
    for (const pfn of frames(REGION_RAM, 64, 32)) queue.storeWord(pfn, 1, pfn);
    queue.copyPages(frames(REGION_VRAM, 0, 32), frames(REGION_RAM, 0, 32), 'evict');
    queue.vramFree(1);
    queue.vramAlloc(2, 0, 32);
    queue.copyPages(frames(REGION_RAM, 64, 32), frames(REGION_VRAM, 0, 32), 'validate');
    await expectContents([...frames(REGION_RAM, 0, 32), ...frames(REGION_VRAM, 0, 32)]);
  });

  test('pages evicted and moved in again in one batch: the batch is split and the bytes are right', async () => {
    await start();
    queue.vramAlloc(1, 0, 8);
    queue.vramAlloc(2, 8, 8);
    queue.fillPages(pfnOf(REGION_VRAM, 0), 8, 9);
    queue.storeWord(pfnOf(REGION_VRAM, 2), 5, 6);
    queue.copyPages(frames(REGION_VRAM, 0, 8), frames(REGION_RAM, 0, 8), 'evict');
    queue.storeByte(pfnOf(REGION_RAM, 3), 17, 77);
    const words = queue.loadWords(frames(REGION_RAM, 0, 8));
    queue.copyPages(frames(REGION_RAM, 0, 8), frames(REGION_VRAM, 8, 8), 'validate');
    await expectContents([...frames(REGION_VRAM, 8, 8), ...frames(REGION_RAM, 0, 8)]);
    expect([...queue.answer(words)].slice(4, 6)).toEqual([6, 5]);
  });

  test('copy inside VRAM, also overlapping and over heap borders: behaves as memmove', async () => {
    await start();
    // Heaps have 1024 pages.
    queue.vramAlloc(1, 900, 600);
    queue.fillPages(pfnOf(REGION_VRAM, 900), 600, 3);
    for (const pfn of frames(REGION_VRAM, 900, 600)) queue.storeWord(pfn, 0, pfn);
    queue.copyPages(frames(REGION_VRAM, 900, 300), frames(REGION_VRAM, 1000, 300), 'job');
    await expectContents(frames(REGION_VRAM, 900, 600));
    queue.copyPages(frames(REGION_VRAM, 1010, 400), frames(REGION_VRAM, 990, 400), 'job');
    await expectContents(frames(REGION_VRAM, 900, 600));
  });

  test('scattered RAM pages: the same bytes', async () => {
    await start();
    queue.vramAlloc(1, 0, 128);
    queue.fillPages(pfnOf(REGION_VRAM, 0), 128, 4);
    for (const pfn of frames(REGION_VRAM, 0, 128)) queue.storeWord(pfn, 2, pfn);
    const ram = frames(REGION_RAM, 10, 128, 3);
    queue.copyPages(frames(REGION_VRAM, 0, 128), ram, 'evict');
    queue.vramFree(1);
    queue.vramAlloc(2, 200, 128);
    await barrier();
    queue.copyPages(ram, frames(REGION_VRAM, 200, 128), 'validate');
    await expectContents(frames(REGION_VRAM, 200, 128));
  });

  test('bytes of every alignment: neighbours are spared', async () => {
    await start();
    queue.vramAlloc(1, 0, 2);
    queue.fillPages(pfnOf(REGION_VRAM, 0), 2, 0x55);
    for (let byte = 0; byte < 9; byte++) queue.storeByte(pfnOf(REGION_VRAM, 0), byte * 5, byte);
    queue.fillBytes(pfnOf(REGION_VRAM, 1), 3, 4000, 0xee);
    queue.fillBytes(pfnOf(REGION_VRAM, 1), 4093, 3, 0x11);
    await expectContents(frames(REGION_VRAM, 0, 2));
    const bytes = Array.from({ length: 9 }, (_, i) => queue.loadByte(pfnOf(REGION_VRAM, 0), 5 * i + 1));
    await barrier();
    expect(bytes.map(ticket => queue.answer(ticket)[0])).toEqual(Array(9).fill(0x55));
  });

  test('swap-out and swap-in: every byte survives', async () => {
    await start();
    queue.fillPages(pfnOf(REGION_RAM, 0), 16, 8);
    for (const pfn of frames(REGION_RAM, 0, 16)) queue.storeWord(pfn, 3, pfn);
    queue.copyPages(frames(REGION_RAM, 0, 16), frames(REGION_SWAP, 70, 16), 'swap-out');
    queue.fillPages(pfnOf(REGION_RAM, 0), 16, 0);
    await expectContents(frames(REGION_SWAP, 70, 16));
    queue.copyPages(frames(REGION_SWAP, 70, 16), frames(REGION_RAM, 40, 16), 'swap-in');
    await expectContents(frames(REGION_RAM, 40, 16));
  });

  test('hash through the GART: VRAM and system pages as bound, unbound pages as zeros with a fault each', async () => {
    await start();
    queue.vramAlloc(1, 1020, 8);
    queue.fillPages(pfnOf(REGION_VRAM, 1020), 8, 6);
    queue.fillPages(pfnOf(REGION_RAM, 300), 4, 7);
    for (const pfn of frames(REGION_VRAM, 1020, 8)) queue.storeWord(pfn, 1, pfn);
    for (const pfn of frames(REGION_RAM, 300, 4)) queue.storeWord(pfn, 2, pfn);
    const vram = frames(REGION_VRAM, 1020, 8);
    const mirror = frames(REGION_MIRROR, 300, 4);
    queue.copyPages(frames(REGION_RAM, 300, 4), mirror, 'flush');
    queue.gartWrite(
      50,
      vram.map(pfn => encodeGartEntry(description, pfn, 'read-write')),
    );
    queue.gartWrite(
      58,
      mirror.map(pfn => encodeGartEntry(description, pfn, 'read')),
    );
    const bound = queue.contents.hashOf([...vram, ...mirror]);
    const all = queue.hashGart(50, 12);
    queue.gartWrite(51, [GART_UNBOUND, GART_UNBOUND]);
    const holes = queue.hashGart(50, 12);
    const zero = pfnOf(REGION_RAM, 9);
    const expected = queue.contents.hashOf([vram[0]!, zero, zero, ...vram.slice(3), ...mirror]);
    const mark = queue.mark(1);
    await barrier();
    expect([...queue.answer(all)]).toEqual([...bound, 0]);
    expect([...queue.answer(holes)]).toEqual([...expected, 2]);
    expect(queue.answer(mark)[2]).toBe(2);
    expect(await machine.verifyGart(queue)).toEqual([]);
  });

  test('a system page unbound and bound again: reads as zeros until flushed, whatever lay there', async () => {
    await start();
    const page = (n: number) => encodeGartEntry(description, pfnOf(REGION_RAM, n), 'read');
    for (let round = 0; round < 3; round++) {
      // More pages over time than the mirror heap (8192 pages) has places.
      for (let n = 0; n < 4; n++) {
        const first = round * 12_000 + n * 1500;
        queue.fillPages(pfnOf(REGION_RAM, first), 1500, 1 + n);
        queue.copyPages(frames(REGION_RAM, first, 1500), frames(REGION_MIRROR, first, 1500), 'flush');
        queue.gartWrite(
          n * 1500,
          Array.from({ length: 1500 }, (_, i) => page(first + i)),
        );
      }
      const ticket = queue.hashGart(0, 6000);
      const bound = Array.from({ length: 6000 }, (_, i) => pfnOf(REGION_MIRROR, round * 12_000 + i));
      const expected = queue.contents.hashOf(bound);
      await barrier();
      expect([...queue.answer(ticket)]).toEqual([...expected, 0]);
      queue.gartWrite(0, new Uint32Array(6000));
    }
    queue.gartWrite(0, [page(1), page(2)]);
    const ticket = queue.hashGart(0, 2);
    const expected = queue.contents.hashOf([pfnOf(REGION_RAM, 40_000), pfnOf(REGION_RAM, 40_001)]);
    await barrier();
    expect([...queue.answer(ticket)]).toEqual([...expected, 0]);
  });

  test('mark: commands, bytes and faults since the last one', async () => {
    await start();
    queue.vramAlloc(1, 0, 4);
    queue.fillPages(pfnOf(REGION_VRAM, 0), 4, 1);
    queue.copyPages(frames(REGION_VRAM, 0, 4), frames(REGION_RAM, 0, 4), 'evict');
    const first = queue.mark(1);
    const second = queue.mark(2);
    queue.hashGart(0, 5);
    await barrier();
    const third = queue.mark(3);
    await barrier();
    expect([...queue.answer(first)]).toEqual([3, 16_384, 0]);
    expect([...queue.answer(second)]).toEqual([0, 0, 0]);
    expect([...queue.answer(third)]).toEqual([1, 0, 5]);
  });

  test('touching VRAM outside every allocation: ModelBug', async () => {
    await start();
    queue.fillPages(pfnOf(REGION_VRAM, 77), 1, 1);
    await expect(machine.drain(queue)).rejects.toThrow(
      /VRAM page 77 is touched but belongs to no allocation/,
    );
  });

  test('two devices without a GART: VRAM of both works', async () => {
    await start('transcripts-pc');
    queue.vramAlloc(1, 2040, 16);
    queue.fillPages(pfnOf(REGION_VRAM, 2040), 16, 1);
    for (const pfn of frames(REGION_VRAM, 2040, 16)) queue.storeWord(pfn, 1, pfn);
    queue.copyPages(frames(REGION_VRAM, 2040, 16), frames(REGION_RAM, 524_272, 16), 'evict');
    await expectContents([...frames(REGION_VRAM, 2040, 16), ...frames(REGION_RAM, 524_272, 16)]);
  });

  test('one batch of many commands: one submit and one map', async () => {
    await start();
    for (let i = 0; i < 40; i++) {
      queue.vramAlloc(i, i * 16, 16);
      queue.fillPages(pfnOf(REGION_VRAM, i * 16), 16, i);
      queue.storeByte(pfnOf(REGION_VRAM, i * 16), 5, 200);
      queue.copyPages(frames(REGION_VRAM, i * 16, 16), frames(REGION_RAM, i * 16, 16), 'evict');
      queue.hashPages(frames(REGION_RAM, i * 16, 16));
      queue.hashPages(frames(REGION_VRAM, i * 16, 16));
    }
    const { submits, maps } = machine.ledger;
    await barrier();
    if (kind.kind === 'webgpu')
      expect([machine.ledger.submits - submits, machine.ledger.maps - maps]).toEqual([1, 1]);
  });
});
