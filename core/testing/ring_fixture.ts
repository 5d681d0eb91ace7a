/**
 * A ring engine without a kernel: ring, status page, batches and data bound through a shuffled GART, partly to video memory and
 * partly to system pages. Imported by tests only.
 */
import { expect } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { PAGE_SIZE, type Pfn } from '../base/units.ts';
import { CommandQueue } from '../hw/command_queue.ts';
import { encodeGartEntry } from '../hw/gart_entry.ts';
import type { Machine } from '../hw/machine.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { pfnOf, REGION_MIRROR, REGION_RAM, REGION_VRAM, regionOfPfn } from '../hw/region.ts';
import {
  A_COMMANDS,
  A_SLICES,
  E_ACTHD,
  E_STATUS,
  type FaultRecord,
  faultRecords,
  HWS_SEQNO,
} from '../hw/ring/engine_state.ts';
import { type MachineKind, memoryDifferences } from './hw_machines.ts';

/** GART addresses of what the fixture binds. */
export const STATUS_PAGE = 0x10_000;
export const RING = 0x20_000;
/** Pages of video memory, scattered. */
export const DATA = 0x40_000;
/** Pages of system memory, scattered. */
export const SYSTEM = 0x80_000;
export const BATCH = 0x100_000;
/** Nothing is bound from here on. */
export const NOWHERE = 0x200_000;
export const SEQNO_ADDRESS = STATUS_PAGE + 4 * HWS_SEQNO;

const DATA_PAGES = 48;
const SYSTEM_PAGES = 16;
/** The fixture's frames are among the first of video memory, over the border of two heaps. */
const FIRST_VRAM = 960;
const VRAM_PAGES = 256;

/** Machines that tests use one after the other: making one costs a GPU the compilation of its shaders. */
export class MachinePool {
  private readonly free: Machine[] = [];
  private readonly all = new Set<Machine>();

  constructor(private readonly kind: MachineKind) {}

  /** A machine of a description that holds nothing. */
  async take(description: MachineDescription): Promise<Machine> {
    const at = this.free.findIndex(machine => machine.description === description);
    if (at >= 0) {
      const [machine] = this.free.splice(at, 1);
      await machine!.restoreContents(new CommandQueue(description));
      return machine!;
    }
    const machine = await this.kind.create(description);
    this.all.add(machine);
    return machine;
  }

  giveBack(machine: Machine): void {
    this.free.push(machine);
  }

  async dispose(): Promise<void> {
    for (const machine of this.all) {
      await machine.dispose();
      expect(machine.ledger.liveBytes).toBe(0);
    }
    this.all.clear();
  }
}

export interface RingFixtureOptions {
  readonly ringBytes?: number;
  readonly batchPages?: number;
  /** Order of the frames behind the GART. */
  readonly seed?: number;
}

export class RingFixture {
  readonly queue: CommandQueue;
  /** Frame behind each bound GART page. */
  readonly frames = new Map<number, Pfn>();
  readonly ringBytes: number;
  tail = 0;
  maxSlices = 4096;
  hangSlices = 16;
  private readonly random: SeededRandom;
  private spareVram: number[] = [];
  private spareRam: number[] = [];

  private constructor(
    readonly machine: Machine,
    readonly pool: MachinePool,
    readonly description: MachineDescription,
    options: RingFixtureOptions,
  ) {
    this.queue = new CommandQueue(description);
    this.random = new SeededRandom(options.seed ?? 1);
    this.ringBytes = options.ringBytes ?? PAGE_SIZE;
    const { queue } = this;
    queue.vramAlloc(1, FIRST_VRAM, VRAM_PAGES);
    queue.fillPages(pfnOf(REGION_VRAM, FIRST_VRAM), VRAM_PAGES, 0);
    this.spareVram = this.shuffled(FIRST_VRAM, VRAM_PAGES);
    this.spareRam = this.shuffled(3000, 64);
    this.bind(STATUS_PAGE, 1);
    this.bind(RING, this.ringBytes / PAGE_SIZE);
    this.bind(DATA, DATA_PAGES);
    this.bind(BATCH, options.batchPages ?? 4);
    for (let page = 0; page < SYSTEM_PAGES; page++) {
      const ram = this.spareRam.pop()!;
      this.bindFrame(SYSTEM + page * PAGE_SIZE, pfnOf(REGION_RAM, ram));
    }
    queue.gartFlush();
    this.startEngine();
  }

  static async create(
    pool: MachinePool,
    description: MachineDescription,
    options: RingFixtureOptions = {},
  ): Promise<RingFixture> {
    return new RingFixture(await pool.take(description), pool, description, options);
  }

  private shuffled(first: number, count: number): number[] {
    const pages = Array.from({ length: count }, (_, i) => first + i);
    for (let i = count - 1; i > 0; i--) {
      const other = this.random.below(i + 1);
      [pages[i], pages[other]] = [pages[other]!, pages[i]!];
    }
    return pages;
  }

  /** A frame of video memory that nothing is bound to. */
  takeFrame(): Pfn {
    return pfnOf(REGION_VRAM, this.spareVram.pop()!);
  }

  private bind(address: number, nrPages: number): void {
    for (let page = 0; page < nrPages; page++) this.bindFrame(address + page * PAGE_SIZE, this.takeFrame());
  }

  /** Bind one page; system pages become known by their mirror frame. */
  bindFrame(address: number, pfn: Pfn, access: 'read' | 'read-write' = 'read-write'): void {
    this.queue.gartWrite(address / PAGE_SIZE, [encodeGartEntry(this.description, pfn, access)]);
    const seen = regionOfPfn(pfn) === REGION_RAM ? pfnOf(REGION_MIRROR, pfn) : pfn;
    this.frames.set(address / PAGE_SIZE, seen);
  }

  unbind(address: number): void {
    this.queue.gartWrite(address / PAGE_SIZE, [0]);
    this.frames.delete(address / PAGE_SIZE);
  }

  /** Begin anew at the start of the ring, as after a reset. */
  startEngine(engine = 0): void {
    this.tail = 0;
    this.queue.ringStart({
      engine,
      base: RING,
      bytes: this.ringBytes,
      head: 0,
      statusPage: STATUS_PAGE,
    });
  }

  /** Store words from an address on, over page borders. */
  write(address: number, words: ArrayLike<number>): void {
    for (let done = 0; done < words.length; ) {
      const at = address + 4 * done;
      const byte = at % PAGE_SIZE;
      const count = Math.min(words.length - done, (PAGE_SIZE - byte) / 4);
      this.queue.storeWords(
        this.frames.get((at - byte) / PAGE_SIZE)!,
        byte,
        Array.prototype.slice.call(words, done, done + count),
      );
      done += count;
    }
  }

  /** Put commands into the ring behind the tail; the rest of the ring is filled with NOPs where one does not fit. */
  submit(...commands: number[][]): void {
    for (const words of commands) {
      const left = (this.ringBytes - this.tail) / 4;
      if (words.length > left) {
        this.write(RING + this.tail, new Uint32Array(left));
        this.tail = 0;
      }
      this.write(RING + this.tail, words);
      this.tail = (this.tail + 4 * words.length) % this.ringBytes;
    }
  }

  /** Every frame that is bound, in order of address. */
  boundFrames(): Pfn[] {
    return [...this.frames].sort(([a], [b]) => a - b).map(([, pfn]) => pfn);
  }

  /** Ring the doorbell; the ticket is answered by the next barrier. */
  ring(mayWrite: ArrayLike<Pfn> = this.boundFrames(), engine = 0): number {
    const { tail, maxSlices, hangSlices } = this;
    return this.queue.ringRun({ engine, tail, maxSlices, hangSlices, mayWrite });
  }

  async barrier(): Promise<void> {
    await this.machine.drain(this.queue);
    expect(memoryDifferences(this.machine, this.queue)).toEqual([]);
  }

  /** Ring the doorbell and wait; the answer. */
  async run(mayWrite?: ArrayLike<Pfn>): Promise<Uint32Array> {
    const ticket = this.ring(mayWrite);
    await this.barrier();
    return this.queue.answer(ticket).slice();
  }

  /** Submit commands, run them, and give the answer back. */
  async execute(...commands: number[][]): Promise<Uint32Array> {
    this.submit(...commands);
    return this.run();
  }

  /** Words that lie at an address now, over page borders. */
  async read(address: number, count: number): Promise<number[]> {
    const first = Math.floor(address / PAGE_SIZE);
    const last = Math.floor((address + 4 * count - 1) / PAGE_SIZE);
    const pages = Array.from({ length: last - first + 1 }, (_, i) => this.frames.get(first + i)!);
    const bytes = await this.machine.readPages(pages);
    const from = (address - first * PAGE_SIZE) / 4;
    return [
      ...new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4).subarray(from, from + count),
    ];
  }

  /** Sentences about frames whose bytes are not those of their recipes; empty when all are well. */
  async wrongFrames(pfns: readonly Pfn[] = this.boundFrames()): Promise<string[]> {
    const { queue, machine } = this;
    const tickets = pfns.map(pfn => queue.hashPages([pfn]));
    const wanted = pfns.map(pfn => `${queue.contents.hashOf([pfn])}`);
    await machine.drain(queue);
    return pfns.filter((_, i) => `${queue.answer(tickets[i]!)}` !== wanted[i]).map(pfn => `frame ${pfn}`);
  }

  /** Every byte that is bound, in order of address. */
  async memory(): Promise<Uint8Array> {
    return this.machine.readPages(this.boundFrames());
  }

  /** The machine goes back to the pool. */
  dispose(): void {
    this.pool.giveBack(this.machine);
  }
}

/** [status, slices, commands, ACTHD] of an answer. */
export function outcomeOf(answer: Uint32Array): number[] {
  return [E_STATUS, A_SLICES, A_COMMANDS, E_ACTHD].map(word => answer[word]!);
}

/** Records as [seqno, command, address, access]. */
export function faultsOf(answer: Uint32Array): number[][] {
  return faultRecords(answer).map(({ seqno, command, address, access }: FaultRecord) => [
    seqno,
    command,
    address,
    access,
  ]);
}
