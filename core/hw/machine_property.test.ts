/**
 * Covers random queues: the same commands give the same answers on host and webgpu, paged and dedicated; every content
 * is that of its recipe; a snapshot in the middle, restored into another machine, ends with the same answers.
 * The seed is in the name of a failing test and reproduces it. Not here: lost devices.
 */
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { restoreSnapshot, takeSnapshot } from '../base/snapshot.ts';
import type { Pfn } from '../base/units.ts';
import { gpuForTests, machineFile, machineKinds, memoryDifferences } from '../testing/hw_machines.ts';
import { CommandQueue } from './command_queue.ts';
import { COPY_REASONS } from './data_plane.ts';
import { encodeGartEntry } from './gart_entry.ts';
import type { Machine } from './machine.ts';
import { pfnOf, REGION_MIRROR, REGION_RAM, REGION_SWAP, REGION_VRAM } from './region.ts';

const description = machineFile('lab-16m');
const kinds = machineKinds(await gpuForTests());
const STEPS = 500;
const SEEDS = [1, 2, 3];

/** A random control plane: appends commands that a model could append. Its state is only what it must know. */
class RandomModel {
  readonly random: SeededRandom;
  /** [allocation id, first page, pages] */
  allocations: [number, number, number][] = [];
  nextId = 1;

  constructor(
    seed: number,
    readonly queue: CommandQueue,
  ) {
    this.random = new SeededRandom(seed);
  }

  private allocate(): void {
    const nrPages = 1 + this.random.below(300);
    const firstPage = this.random.below(4096 - nrPages);
    if (this.allocations.some(([, first, pages]) => first < firstPage + nrPages && firstPage < first + pages))
      return;
    this.queue.vramAlloc(this.nextId, firstPage, nrPages);
    this.queue.fillPages(pfnOf(REGION_VRAM, firstPage), nrPages, this.random.below(3));
    this.allocations.push([this.nextId++, firstPage, nrPages]);
  }

  private free(): void {
    const index = this.random.below(this.allocations.length);
    const [id, first, pages] = this.allocations[index]!;
    // Nothing may stay bound to pages that are gone.
    for (let entry = 0; entry < 64; entry++) {
      const page = this.queue.gart[entry]! >>> 12;
      const heap = (this.queue.gart[entry]! >>> 3) & 7;
      const vram = heap * 1024 + page;
      if ((this.queue.gart[entry]! & 3) === 1 && vram >= first && vram < first + pages)
        this.queue.gartWrite(entry, [0]);
    }
    this.queue.vramFree(id);
    this.allocations.splice(index, 1);
  }

  /** A run of at most `most` frames that may be read and written. */
  private run(most: number): Pfn[] {
    const { random } = this;
    const nrPages = 1 + random.below(most);
    const kind = random.below(8);
    if (kind < 4 && this.allocations.length > 0) {
      const [, first, pages] = random.pick(this.allocations);
      const length = Math.min(nrPages, pages);
      const room = pages - length + 1;
      const start = first + random.below(random.chance(1, 2) ? Math.min(room, 4) : room);
      return Array.from({ length }, (_, i) => pfnOf(REGION_VRAM, start + i));
    }
    // Runs over the border of a chunk of host memory (4096 pages), and runs that overlap each other often.
    if (kind < 7) {
      const start = random.chance(1, 2) ? 4092 + random.below(8) : 4000 + random.below(200);
      const step = random.chance(1, 5) ? 2 : 1;
      return Array.from({ length: nrPages }, (_, i) => pfnOf(REGION_RAM, start + i * step));
    }
    const start = random.below(100);
    return Array.from({ length: nrPages }, (_, i) => pfnOf(REGION_SWAP, start + i));
  }

  private copy(): void {
    const from = this.run(120);
    const to = this.run(120);
    const length = Math.min(from.length, to.length);
    this.queue.copyPages(from.slice(0, length), to.slice(0, length), this.random.pick(COPY_REASONS));
  }

  private bind(): void {
    const { random, queue } = this;
    const entry = random.below(64);
    if (random.chance(1, 3)) {
      queue.gartWrite(entry, [0]);
      return;
    }
    if (random.chance(1, 2) && this.allocations.length > 0) {
      const [, first, pages] = random.pick(this.allocations);
      queue.gartWrite(entry, [
        encodeGartEntry(description, pfnOf(REGION_VRAM, first + random.below(pages)), 'read-write'),
      ]);
      return;
    }
    const page = 4000 + random.below(100);
    queue.copyPages([pfnOf(REGION_RAM, page)], [pfnOf(REGION_MIRROR, page)], 'flush');
    queue.gartWrite(entry, [encodeGartEntry(description, pfnOf(REGION_RAM, page), 'read')]);
  }

  step(): void {
    const { random, queue } = this;
    switch (random.below(13)) {
      case 0:
        this.allocate();
        return;
      case 1:
        if (this.allocations.length > 3) this.free();
        return;
      case 2:
        queue.fillPages(this.run(1)[0]!, 1, random.below(256));
        return;
      case 3:
        queue.storeByte(this.run(1)[0]!, random.below(4096), random.below(256));
        return;
      case 4:
        queue.storeWord(this.run(1)[0]!, random.next(), random.next());
        return;
      case 5: {
        const byte = random.below(4096);
        queue.fillBytes(this.run(1)[0]!, byte, 1 + random.below(4096 - byte), random.below(256));
        return;
      }
      case 6:
        queue.loadByte(this.run(1)[0]!, random.below(4096));
        return;
      case 7:
        queue.loadWords([...this.run(20), ...this.run(20)]);
        return;
      case 8:
        queue.hashPages([...this.run(50), ...this.run(50)]);
        return;
      case 9:
        this.bind();
        queue.hashGart(random.below(32), 1 + random.below(32));
        queue.mark(random.next());
        return;
      case 10: {
        const words = Array.from({ length: 1 + random.below(30) }, () => random.next());
        queue.storeWords(this.run(1)[0]!, 4 * random.below(1024 - words.length), words);
        return;
      }
      default:
        this.copy();
    }
  }
}

/** All answers of a run in order (a restored queue counts its tickets from 0), and the contents checked against the recipes at every barrier. */
async function play(
  machine: Machine,
  queue: CommandQueue,
  model: RandomModel,
  from: number,
  to: number,
): Promise<string[]> {
  const answers: string[] = [];
  for (let step = from; step < to; step++) {
    model.step();
    if (step % 50 !== 49) continue;
    const checks = [
      ...model.allocations.map(([, page, pages]) =>
        Array.from({ length: pages }, (_, i) => pfnOf(REGION_VRAM, page + i)),
      ),
      Array.from({ length: 500 }, (_, i) => pfnOf(REGION_RAM, 4000 + i)),
      Array.from({ length: 220 }, (_, i) => pfnOf(REGION_SWAP, i)),
    ];
    const expected = checks.map(pfns => `${queue.contents.hashOf(pfns)}`);
    const tickets = checks.map(pfns => queue.hashPages(pfns));
    const settled = queue.nrTickets;
    await machine.drain(queue);
    expect(tickets.map(ticket => `${queue.answer(ticket)}`)).toEqual(expected);
    expect(memoryDifferences(machine, queue)).toEqual([]);
    for (let ticket = 0; ticket < settled; ticket++)
      if (queue.isSettled(ticket)) answers.push(`${queue.answer(ticket)}`);
    queue.forgetAnswers();
  }
  return answers;
}

describe.each(SEEDS)('random queue, seed %i', seed => {
  test('all machines: equal answers at every barrier', async () => {
    const results: string[][] = [];
    for (const kind of kinds) {
      const machine = await kind.create(description);
      const queue = new CommandQueue(description);
      results.push(await play(machine, queue, new RandomModel(seed, queue), 0, STEPS));
      expect(await machine.verifyGart(queue)).toEqual([]);
      await machine.dispose();
      expect(machine.ledger.liveBytes).toBe(0);
    }
    expect(results[0]!.length).toBeGreaterThan(STEPS / 5);
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
  });

  test.each(kinds.map(kind => [kind.name, kind] as const))(
    '%s: snapshot, restore into a new or a used machine: the same answers',
    async (_, kind) => {
      const machine = await kind.create(description);
      const queue = new CommandQueue(description);
      const model = new RandomModel(seed, queue);
      await play(machine, queue, model, 0, 250);
      queue.prepareSnapshot();
      const image = takeSnapshot(queue);
      const copy = restoreSnapshot(structuredClone(image)) as CommandQueue;
      const modelOfCopy = new RandomModel(seed, copy);
      modelOfCopy.random.state = model.random.state;
      modelOfCopy.allocations = structuredClone(model.allocations);
      modelOfCopy.nextId = model.nextId;
      const continued = await play(machine, queue, model, 250, STEPS);
      // Into the machine that has gone on with something else, or into a new one.
      const fresh = seed % 2 === 0 ? machine : await kind.create(description);
      if (fresh !== machine) await machine.dispose();
      await fresh.restoreContents(copy);
      expect(memoryDifferences(fresh, copy)).toEqual([]);
      expect(await play(fresh, copy, modelOfCopy, 250, STEPS)).toEqual(continued);
      await fresh.dispose();
      expect(fresh.ledger.liveBytes).toBe(0);
    },
  );
});
