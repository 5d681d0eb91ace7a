/**
 * How fast objects leave video memory and come back through the whole model, with zap, unbind and events on, compared with the
 * same bytes moved by nothing but copies.
 *
 * Lab        objects of one size fill VRAM, mapped by a task and bound in the GART. `evict`: the budget falls to what is pinned and
 *            the barrier ends the batch. `refault`: the budget returns, one job validates all of them back, the barrier ends the
 *            batch. The clock runs from the first input to the end of the barrier
 * Raw        hw/webgpu/raw_copy_bench.ts: the best of depth 1, 4 and 16, one submit and one map per batch
 * Rounds     lab and raw take turns; the medians are compared
 */
import { invariant } from '../base/invariant.ts';
import { type Bytes, PAGE_SIZE } from '../base/units.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { deviceDescriptor } from '../hw/webgpu/adapter_limits.ts';
import {
  median,
  RAW_DEPTHS,
  RAW_SIZES,
  RawCopyBench,
  type RawDirection,
} from '../hw/webgpu/raw_copy_bench.ts';
import { createWebGpuMachine } from '../hw/webgpu/webgpu_machine.ts';
import { bootKernel } from '../kernel/boot.ts';
import '../session/calls/all.ts';
import { residentBytes } from '../lab/verify_objects.ts';
import type { Input, Json } from '../session/input.ts';
import { Player } from '../session/player.ts';
import { nodeClock } from './clock_node.ts';
import { createNodeGpuProvider } from './gpu_provider_node.ts';

const ROUNDS = 5;
const RAM_BYTES = 128 * 1024 * 1024;
/** Rounds until every frame of RAM was used once. */
const WARM_UP = 5;
/** Bytes of one lab batch at most, and objects in it. */
const BATCH_BYTES = 32 * 1024 * 1024;
const BATCH_OBJECTS = 256;
const GIGA = 1e9;

export interface MoveNumbers {
  /** GB/s through the model. */
  readonly labGBs: number;
  /** GB/s of the raw staged copy. */
  readonly rawGBs: number;
  /** Depth at which raw was best. */
  readonly rawDepth: number;
  readonly ratio: number;
  /** Objects per lab batch. */
  readonly objects: number;
}

export interface GpuNumbers {
  readonly adapter: string;
  readonly software: boolean;
  readonly evict: Readonly<Record<string, MoveNumbers>>;
  readonly refault: Readonly<Record<string, MoveNumbers>>;
}

/** Lab objects of one size, ready to be evicted and brought back. */
class LabBatch {
  private readonly names: string[] = [];

  constructor(
    private readonly player: Player,
    private readonly sizeBytes: number,
    readonly objects: number,
    private readonly vramPages: number,
    /** Pages of the objects made at boot, which stay. */
    private readonly pinnedPages: number,
  ) {}

  async prepare(): Promise<void> {
    const inputs: Input[] = [];
    const add = (call: string, args: { readonly [name: string]: Json }, as?: string) =>
      inputs.push(as === undefined ? { task: 'bench', call, args } : { task: 'bench', call, args, as });
    add('spawn', {});
    add('open', { dev: 'lab_gpu' }, 'gpu');
    for (let i = 0; i < this.objects; i++) {
      const bo = `bo${i}`;
      this.names.push(bo);
      add('gpu.create', { fd: 'gpu', size: this.sizeBytes, domain: 'system', name: bo }, bo);
      const map = {
        fd: 'gpu',
        offsetOf: bo,
        length: this.sizeBytes,
        prot: 'rw',
        flags: 'shared',
        slot: i + 2,
      };
      add('mmap', map, `map${i}`);
      add('touchRange', { map: `map${i}`, write: true, step: 1 });
    }
    await this.player.play(inputs, { collect: false });
    await this.refault();
  }

  /** Everything leaves VRAM. @returns bytes per second */
  async evict(): Promise<number> {
    await this.touchAll();
    const begin = nodeClock.nowMs();
    await this.play([
      { task: 'K', call: 'lab.setBudget', args: { pages: this.pinnedPages } },
      { task: 'bench', call: 'gpu.idle', args: { fd: 'gpu' } },
    ]);
    const rate = this.rate(begin);
    this.expectResident(this.pinnedPages);
    return rate;
  }

  /** One job brings everything back. @returns bytes per second */
  async refault(): Promise<number> {
    await this.touchAll();
    const begin = nodeClock.nowMs();
    await this.play([
      { task: 'K', call: 'lab.setBudget', args: { pages: this.vramPages } },
      { task: 'bench', call: 'gpu.submit', args: { fd: 'gpu', list: this.names } },
      { task: 'bench', call: 'gpu.idle', args: { fd: 'gpu' } },
    ]);
    const rate = this.rate(begin);
    this.expectResident(this.pinnedPages + (this.objects * this.sizeBytes) / PAGE_SIZE);
    return rate;
  }

  /** A batch that moved nothing would be the fastest of all. */
  private expectResident(pages: number): void {
    const resident = residentBytes(this.player.kernel) / PAGE_SIZE;
    invariant(
      resident === pages,
      () => `After a batch ${resident} pages lie in VRAM; ${pages} must, or nothing was measured.`,
    );
  }

  /** A touch of every 16th page: a move has mappings to shoot down. */
  private async touchAll(): Promise<void> {
    await this.play(
      this.names.map((_, i) => ({
        task: 'bench',
        call: 'touchRange',
        args: { map: `map${i}`, write: false, step: 16 },
      })),
    );
  }

  private async play(inputs: readonly Input[]): Promise<void> {
    await this.player.play(inputs, { collect: false, slice: inputs.length });
  }

  private rate(begin: number): number {
    return (this.objects * this.sizeBytes * 1000) / (nodeClock.nowMs() - begin);
  }
}

/** Raw batches of one size and direction, all depths. */
class RawBatches {
  private readonly benches: RawCopyBench[];
  private readonly rates: number[][];

  constructor(device: GPUDevice, direction: RawDirection, sizeBytes: Bytes) {
    const depths = RAW_DEPTHS.filter(depth => sizeBytes * depth <= device.limits.maxBufferSize);
    this.benches = depths.map(depth => new RawCopyBench(device, nodeClock, direction, sizeBytes, depth));
    this.rates = depths.map(() => []);
  }

  async round(counted: boolean): Promise<void> {
    for (let i = 0; i < this.benches.length; i++) {
      const rate = await this.benches[i]!.batch();
      if (counted) this.rates[i]!.push(rate);
    }
  }

  best(): { readonly bytesPerSecond: number; readonly depth: number } {
    return this.benches
      .map((bench, i) => ({ bytesPerSecond: median(this.rates[i]!), depth: bench.depth }))
      .reduce((best, next) => (next.bytesPerSecond > best.bytesPerSecond ? next : best));
  }

  dispose(): void {
    for (const bench of this.benches) bench.dispose();
  }
}

function compare(lab: readonly number[], raw: RawBatches, objects: number): MoveNumbers {
  const best = raw.best();
  const labRate = median(lab);
  const digits = (value: number) => Number(value.toPrecision(3));
  return {
    labGBs: digits(labRate / GIGA),
    rawGBs: digits(best.bytesPerSecond / GIGA),
    rawDepth: best.depth,
    ratio: digits(labRate / best.bytesPerSecond),
    objects,
  };
}

/**
 * All of VRAM within reach of the CPU, so that touching an object never moves it, and little RAM: freed frames come back last, so
 * the warm-up rounds go through all of it and no measured round meets memory that the operating system has not given yet.
 */
function benchMachine(machine: MachineDescription): MachineDescription {
  return {
    ...machine,
    ramBytes: RAM_BYTES,
    devices: machine.devices.map(device => ({ ...device, visibleVramBytes: device.vramBytes })),
  };
}

/**
 * Measure evict and refault for every size.
 *
 * @param onRound told after each round
 * @throws GpuError when there is no adapter: without one there is nothing to measure
 */
export async function benchGpu(base: MachineDescription, onRound: () => void): Promise<GpuNumbers> {
  const description = benchMachine(base);
  const provider = createNodeGpuProvider();
  const adapter = await provider.requestAdapter();
  const rawDevice = await adapter!.requestDevice(deviceDescriptor(adapter!, description, 'paged'));
  const evict: Record<string, MoveNumbers> = {};
  const refault: Record<string, MoveNumbers> = {};
  let name = '';
  let software = false;
  for (const sizeBytes of RAW_SIZES) {
    const machine = await createWebGpuMachine(description, provider, { layout: 'paged', clock: nodeClock });
    ({ name, software } = machine.adapter);
    const player = new Player(bootKernel(description), machine);
    const objects = Math.min(BATCH_OBJECTS, Math.floor(BATCH_BYTES / sizeBytes));
    const pinned = residentBytes(player.kernel) / PAGE_SIZE;
    const lab = new LabBatch(
      player,
      sizeBytes,
      objects,
      description.devices[0]!.vramBytes / PAGE_SIZE,
      pinned,
    );
    await lab.prepare();
    const out = new RawBatches(rawDevice, 'out', sizeBytes);
    const into = new RawBatches(rawDevice, 'in', sizeBytes);
    const evicted: number[] = [];
    const refaulted: number[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const counted = round >= 0;
      const rateOut = await lab.evict();
      await out.round(counted);
      const rateIn = await lab.refault();
      await into.round(counted);
      if (!counted) continue;
      evicted.push(rateOut);
      refaulted.push(rateIn);
      onRound();
    }
    evict[String(sizeBytes)] = compare(evicted, out, objects);
    refault[String(sizeBytes)] = compare(refaulted, into, objects);
    out.dispose();
    into.dispose();
    await machine.dispose();
  }
  rawDevice.destroy();
  provider.release();
  return { adapter: name, software, evict, refault };
}

/** Rounds that benchGpu() reports. */
export const GPU_ROUNDS = ROUNDS * RAW_SIZES.length;
