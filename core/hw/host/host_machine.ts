/**
 * The machine in plain memory: every command is executed at once, in order, by the CPU. It runs anywhere, and its
 * answers are what a GPU must answer too.
 *
 * Invariants I1 the ledger accounts for the buffers that the WebGPU machine would own, so that the same check of live
 *               against expected bytes holds; the bytes themselves are made lazily
 */
import { invariant } from '../../base/invariant.ts';
import { type Bytes, PAGE_SIZE, type Pfn } from '../../base/units.ts';
import {
  COMMAND_WORDS,
  type CommandQueue,
  OP_COPY_RUN,
  OP_FILL_PAGES,
  OP_GART_FLUSH,
  OP_GART_WRITE,
  OP_HASH_GART,
  OP_HASH_PAGES,
  OP_LEARN_PAGE,
  OP_LOAD_BYTE,
  OP_LOAD_WORDS,
  OP_MARK,
  OP_NOTHING,
  OP_RING_RUN,
  OP_RING_START,
  OP_STORE_WORDS,
  OP_VRAM_ALLOC,
  OP_VRAM_FREE,
} from '../command_queue.ts';
import { mixA, mixB, ZERO_PAGE_A, ZERO_PAGE_B } from '../content_hash.ts';
import {
  ENGINE_BYTES,
  gartTableBytes,
  QUERY_BYTES,
  type StagingState,
  streamerBytes,
  type VramLayout,
  vramHeapSizes,
} from '../expected_bytes.ts';
import { pfnOfGartEntry } from '../gart_entry.ts';
import { Ledger, type Purpose } from '../ledger.ts';
import type { AdapterInfo, DrainReport, Machine } from '../machine.ts';
import { type MachineDescription, regionPages } from '../machine_description.ts';
import { MirrorBinds } from '../mirror_binds.ts';
import { CONTENT_UNDEFINED } from '../page_contents.ts';
import type { SwapFile } from '../ports.ts';
import {
  pageOfPfn,
  REGION_MIRROR,
  REGION_RAM,
  REGION_SWAP,
  REGION_VRAM,
  type Region,
  regionOfPfn,
} from '../region.ts';
import type { BatchRequest } from '../ring/batch_generator.ts';
import type { ScanOut } from '../ring/scan_out.ts';
import { VramOwners } from '../vram_owners.ts';
import { HostEngines } from './host_engines.ts';
import {
  copyOnHost,
  hashOnHost,
  learnOnHost,
  materialiseOnHost,
  memoryOf,
  readOnHost,
  storeWordsOnHost,
  writeOnHost,
} from './host_executor.ts';
import { HostMemory } from './host_memory.ts';
import { scanOutOnHost } from './host_scan_out.ts';
import type { PageMemory } from './page_memory.ts';
import { RingMemory } from './ring_memory.ts';
import { SwapMemory } from './swap_memory.ts';

export interface HostMachineOptions {
  /** Layout whose buffers the ledger accounts for; 'paged' without it. */
  readonly layout?: VramLayout;
  /** Where swap slots lie; host memory without it. */
  readonly swapFile?: SwapFile;
  /** Sabotage (hw/sabotage.ts): so many destroyed buffers stay alive. */
  readonly forgetDestroys?: number;
}

/** A machine in host memory. */
export function createHostMachine(
  description: MachineDescription,
  options: HostMachineOptions = {},
): HostMachine {
  return new HostMachine(description, options);
}

/** RAM and SWAP of a machine: what the CPU reaches directly on every machine. */
export function createHostSideMemories(
  description: MachineDescription,
  swapFile: SwapFile | undefined,
): [PageMemory, PageMemory] {
  const [ramPages, , , swapPages] = regionPages(description);
  return [
    new HostMemory('RAM', ramPages),
    swapFile === undefined
      ? new HostMemory('the swap device', swapPages)
      : new SwapMemory(swapPages, swapFile),
  ];
}

/** Sentence for a doorbell on the dedicated layout. */
export const NO_RINGS =
  'A ring was started on the dedicated layout, where nothing can be reached through the GART; rings need the paged layout.';

export class HostMachine implements Machine {
  readonly kind = 'host';
  readonly adapter: AdapterInfo = { name: 'host memory', software: true, vendor: '', architecture: '' };
  readonly layout: VramLayout;
  readonly ledger: Ledger;
  private readonly memories: (PageMemory | undefined)[];
  private readonly owners: VramOwners;
  private readonly gart: Uint32Array;
  private readonly engines: HostEngines;
  private readonly swapFile: SwapFile | undefined;
  private disposed = false;
  /** Entries that bind each RAM page through the mirror. */
  private readonly mirrorBinds: MirrorBinds;

  constructor(
    readonly description: MachineDescription,
    options: HostMachineOptions & {
      readonly hostSide?: readonly [PageMemory, PageMemory];
      readonly ledger?: Ledger;
    } = {},
  ) {
    this.layout = options.layout ?? 'paged';
    this.swapFile = options.swapFile;
    this.ledger = options.ledger ?? new Ledger(options.forgetDestroys);
    const [ram, swap] = options.hostSide ?? createHostSideMemories(description, options.swapFile);
    const [, vramPages, mirrorPages] = regionPages(description);
    this.memories = [
      ram,
      new HostMemory('VRAM', vramPages),
      new HostMemory('the mirror heap', mirrorPages),
      swap,
    ];
    this.owners = new VramOwners(vramPages);
    this.gart = new Uint32Array(description.gartEntries);
    this.engines = new HostEngines(description, this.memories, this.gart);
    this.mirrorBinds = new MirrorBinds(mirrorPages);
    for (const [purpose, bytes] of this.fixedBuffers()) this.ledger.created(purpose, bytes);
  }

  /** The buffers that exist from start to end. */
  private fixedBuffers(): [Purpose, Bytes][] {
    const buffers: [Purpose, Bytes][] = [
      ['engine', ENGINE_BYTES + streamerBytes(this.description, this.layout)],
      ['query', QUERY_BYTES],
    ];
    if (this.layout === 'paged')
      for (const bytes of vramHeapSizes(this.description)) buffers.push(['heap', bytes]);
    if (this.description.ttBytes > 0) buffers.push(['heap', this.description.ttBytes]);
    if (this.gart.length > 0) buffers.push(['gart', gartTableBytes(this.description)]);
    return buffers;
  }

  private destroyed(purpose: Purpose, bytes: Bytes): void {
    if (!this.ledger.forgetsDestroy()) this.ledger.destroyed(purpose, bytes);
  }

  async drain(queue: CommandQueue): Promise<DrainReport> {
    return this.drainNow(queue);
  }

  /** What drain() does, at once. */
  drainNow(queue: CommandQueue): DrainReport {
    invariant(!this.disposed, () => 'The machine is used after dispose().');
    queue.seal();
    const report: DrainReport = {
      commands: queue.nrCommands,
      movedBytes: this.execute(queue),
      loss: undefined,
    };
    queue.settle();
    return report;
  }

  private execute(queue: CommandQueue): Bytes {
    const { commands, lists } = queue;
    const end = queue.nrCommands * COMMAND_WORDS;
    let movedBytes = 0;
    for (let at = 0; at < end; at += COMMAND_WORDS) {
      const op = commands[at]!;
      const a = commands[at + 1]!;
      const b = commands[at + 2]!;
      const c = commands[at + 3]!;
      if (op !== OP_MARK && op !== OP_LEARN_PAGE) queue.commandsSinceMark++;
      switch (op) {
        case OP_COPY_RUN:
          this.checkOwned(a, c);
          this.checkOwned(b, c);
          copyOnHost(this.memories, a, b, c);
          movedBytes += c * PAGE_SIZE;
          queue.bytesSinceMark += c * PAGE_SIZE;
          break;
        case OP_VRAM_ALLOC:
          this.owners.alloc(a, b, c);
          if (this.layout === 'dedicated') this.ledger.created('dedicated', c * PAGE_SIZE);
          break;
        case OP_VRAM_FREE: {
          const nrPages = this.owners.allocations.get(a)?.nrPages ?? 0;
          this.owners.free(a);
          if (this.layout === 'dedicated') this.destroyed('dedicated', nrPages * PAGE_SIZE);
          break;
        }
        case OP_GART_WRITE:
          for (let i = 0; i < c; i++) this.writeGartEntry(a + i, lists[b + i]!);
          break;
        case OP_LOAD_BYTE:
          this.checkOwned(b, 1);
          queue.answerSlot(a)[0] = memoryOf(this.memories, regionOfPfn(b)).readByte(pageOfPfn(b), c);
          break;
        case OP_LOAD_WORDS: {
          const answer = queue.answerSlot(a);
          for (let i = 0; i < c; i++) {
            const pfn = lists[b + i]!;
            this.checkOwned(pfn, 1);
            const memory = memoryOf(this.memories, regionOfPfn(pfn));
            answer[2 * i] = memory.readWord(pageOfPfn(pfn), 0);
            answer[2 * i + 1] = memory.readWord(pageOfPfn(pfn), 1);
          }
          break;
        }
        case OP_HASH_PAGES: {
          const answer = queue.answerSlot(a);
          let index = 0;
          for (let run = 0; run < c; run++) {
            const pfn = lists[b + 2 * run]!;
            const nrPages = lists[b + 2 * run + 1]!;
            this.checkOwned(pfn, nrPages);
            hashOnHost(this.memories, pfn, nrPages, index, answer);
            index += nrPages;
          }
          break;
        }
        case OP_HASH_GART:
          queue.faultsSinceMark += this.hashThroughGart(b, c, queue.answerSlot(a));
          break;
        case OP_MARK:
          queue.answerMark(a);
          break;
        case OP_STORE_WORDS:
          this.checkOwned(a, 1);
          storeWordsOnHost(this.memories, a, b, lists.subarray(c, c + commands[at + 4]!));
          break;
        case OP_LEARN_PAGE:
          this.checkOwned(b, 1);
          learnOnHost(this.memories, b, queue.answerSlot(a));
          break;
        case OP_RING_START:
          this.engines.start(queue, a, b);
          break;
        case OP_RING_RUN:
          invariant(this.layout === 'paged', () => NO_RINGS);
          for (let i = 0; i < c; i++) this.checkOwned(lists[b + 4 + i]!, 1);
          this.engines.run(queue, a, b, c);
          break;
        case OP_GART_FLUSH:
          this.engines.flush();
          break;
        case OP_NOTHING:
          break;
        default:
          this.checkOwned(a, op === OP_FILL_PAGES ? b : 1);
          writeOnHost(this.memories, op, a, b, c);
      }
    }
    return movedBytes;
  }

  private writeGartEntry(index: number, entry: number): void {
    const released = this.mirrorBinds.replace(this.gart[index]!, entry);
    if (released >= 0) this.memories[REGION_MIRROR]!.fillPages(released, 1, 0);
    this.gart[index] = entry;
  }

  private checkOwned(pfn: number, nrPages: number): void {
    if (regionOfPfn(pfn) === REGION_VRAM) this.owners.checkRange(pageOfPfn(pfn), nrPages);
  }

  /** Hash what the GPU would read; an unbound entry reads a page of zeros and, where the machine says so, faults. */
  private hashThroughGart(firstEntry: number, nrPages: number, answer: Uint32Array): number {
    let faults = 0;
    for (let i = 0; i < nrPages; i++) {
      const pfn = pfnOfGartEntry(this.description, this.gart[firstEntry + i]!);
      if (pfn < 0) {
        if (this.description.unboundEntry === 'invalid') faults++;
        answer[0] = answer[0]! + mixA(ZERO_PAGE_A, i);
        answer[1] = answer[1]! + mixB(ZERO_PAGE_B, i);
      } else {
        this.checkOwned(pfn, 1);
        hashOnHost(this.memories, pfn, 1, i, answer);
      }
    }
    answer[2] = faults;
    return faults;
  }

  async restoreContents(queue: CommandQueue): Promise<void> {
    for (const memory of this.memories) memory?.clear();
    this.freeDedicated();
    this.owners.clear();
    this.mirrorBinds.clear();
    this.gart.fill(0);
    this.fillFrom(queue, [REGION_RAM, REGION_VRAM, REGION_MIRROR, REGION_SWAP]);
  }

  private freeDedicated(): void {
    if (this.layout !== 'dedicated') return;
    for (const { nrPages } of this.owners.allocations.values())
      this.destroyed('dedicated', nrPages * PAGE_SIZE);
  }

  /** Make the allocations, GART entries and the contents of some regions of a queue on a fresh machine. */
  fillFrom(queue: CommandQueue, regions: readonly Region[]): void {
    for (const [id, allocation] of queue.allocations) {
      this.owners.alloc(id, allocation.firstPage, allocation.nrPages);
      if (this.layout === 'dedicated') this.ledger.created('dedicated', allocation.nrPages * PAGE_SIZE);
    }
    queue.gart.forEach((entry, index) => {
      this.writeGartEntry(index, entry);
    });
    this.engines.restore(queue.engines);
    const bytes = new Uint8Array(PAGE_SIZE);
    for (const region of regions) {
      const memory = memoryOf(this.memories, region);
      queue.contents.forEachWritten(region, (pfn, id) => {
        if (id === CONTENT_UNDEFINED) return;
        if (memory instanceof HostMemory && !queue.contents.isOpaque(id)) {
          queue.contents.materialise(id, memory.page(pageOfPfn(pfn)));
          return;
        }
        materialiseOnHost(queue.contents, this.memories, pfn, bytes);
        memory.write(pageOfPfn(pfn), bytes);
      });
    }
  }

  async verifyGart(queue: CommandQueue): Promise<string[]> {
    return compareGart(this.gart, queue.gart);
  }

  async readPages(pfns: ArrayLike<Pfn>): Promise<Uint8Array> {
    return readOnHost(this.memories, pfns);
  }

  async scanOut(of: ScanOut): Promise<Uint8Array> {
    invariant(this.layout === 'paged', () => NO_RINGS);
    return scanOutOnHost(new RingMemory(this.description, this.memories, this.gart), of);
  }

  async generateBatch(request: BatchRequest): Promise<void> {
    this.engines.generate(request);
  }

  staging(): StagingState {
    return { bufferBytes: [] };
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    this.freeDedicated();
    for (const [purpose, bytes] of this.fixedBuffers()) this.destroyed(purpose, bytes);
    this.swapFile?.close();
  }
}

/** Sentences about GART entries that differ from the model's; the first eight and a count. */
export function compareGart(machine: Uint32Array, model: Uint32Array): string[] {
  const differences: string[] = [];
  let count = 0;
  for (let i = 0; i < model.length; i++) {
    if (machine[i] === model[i]) continue;
    if (count++ < 8) {
      differences.push(
        `GART entry ${i} is 0x${machine[i]!.toString(16)} on the machine, the model wrote 0x${model[i]!.toString(16)}.`,
      );
    }
  }
  if (count > 8) differences.push(`${count} GART entries differ in all.`);
  return differences;
}
