/**
 * How fast objects leave video memory and come back through the whole model, with zap, unbind and events on, beside the same
 * bytes moved by nothing but copies. `bench` and the profiler measure with it.
 *
 * Lab        objects of one size fill VRAM, mapped by a task and bound in the GART. Pipelined: the budget falls to what is pinned
 *            (or returns, and one job validates all of them back) and one barrier ends the batch. Serial: one object after the
 *            other, each with a barrier of its own. The clock runs from the first input to the end of the last barrier
 * Raw        hw/webgpu/raw_copy_bench.ts: the best of depth 1, 4 and 16, one submit and one map per batch
 * Rounds     lab and raw take turns; the medians are compared
 */
import { invariant } from '../../base/invariant.ts';
import { median } from '../../base/median.ts';
import { type Bytes, PAGE_SIZE } from '../../base/units.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import type { Clock } from '../../hw/ports.ts';
import { RAW_DEPTHS, RawCopyBench, type RawDirection } from '../../hw/webgpu/raw_copy_bench.ts';
import '../../session/calls/all.ts';
import type { Machine } from '../../hw/machine.ts';
import { bootKernel } from '../../kernel/boot.ts';
import type { Input, Json } from '../../session/input.ts';
import { Player } from '../../session/player.ts';
import { residentBytes } from '../verify_objects.ts';

/** Bytes of one lab batch at most, and objects in it. */
const BATCH_BYTES = 32 * 1024 * 1024;
const BATCH_OBJECTS = 256;
/** RAM of the machine: two batches, one leaves while the pages of the last are still being freed. */
const RAM_BYTES = 2 * BATCH_BYTES;
/** Rounds until every frame of RAM was used once. */
export const MOVE_WARM_UP = 3;

export const MOVE_MODES = ['pipelined', 'serial'] as const;
export type MoveMode = (typeof MOVE_MODES)[number];

/** Objects of a size in one batch. */
export function batchObjects(sizeBytes: Bytes): number {
  return Math.min(BATCH_OBJECTS, Math.floor(BATCH_BYTES / sizeBytes));
}

/**
 * All of VRAM within reach of the CPU, so that touching an object never moves it, and little RAM: freed frames come back last, so
 * the warm-up rounds go through all of it and no measured round meets memory that the operating system has not given yet.
 */
export function movesMachine(machine: MachineDescription): MachineDescription {
  return {
    ...machine,
    ramBytes: RAM_BYTES,
    devices: machine.devices.map(device => ({ ...device, visibleVramBytes: device.vramBytes })),
  };
}

/** Lab objects of one size, ready to be evicted and brought back. */
export class LabBatch {
  private readonly names: string[] = [];
  private readonly player: Player;
  readonly objects: number;
  private readonly vramPages: number;
  /** Pages of the objects made at boot, which stay. */
  private readonly pinnedPages: number;

  constructor(
    machine: Machine,
    private readonly clock: Clock,
    readonly sizeBytes: Bytes,
  ) {
    const { description } = machine;
    this.player = new Player(bootKernel(description), machine);
    this.objects = batchObjects(sizeBytes);
    this.vramPages = description.devices[0]!.vramBytes / PAGE_SIZE;
    this.pinnedPages = residentBytes(this.player.kernel) / PAGE_SIZE;
  }

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

  /** Everything leaves VRAM. @returns milliseconds */
  async evict(mode: MoveMode = 'pipelined'): Promise<number> {
    await this.touchAll();
    const begin = this.clock.nowMs();
    if (mode === 'pipelined') await this.play([this.budget(this.pinnedPages), IDLE]);
    else
      for (const bo of this.names)
        await this.play([{ task: 'bench', call: 'gpu.evict', args: { fd: 'gpu', bo } }, IDLE]);
    const taken = this.clock.nowMs() - begin;
    this.expectResident(this.pinnedPages);
    return taken;
  }

  /** Jobs bring everything back: one for all, or one for each. @returns milliseconds */
  async refault(mode: MoveMode = 'pipelined'): Promise<number> {
    await this.touchAll();
    const begin = this.clock.nowMs();
    const submit = (list: readonly string[]): Input => ({
      task: 'bench',
      call: 'gpu.submit',
      args: { fd: 'gpu', list },
    });
    if (mode === 'pipelined') await this.play([this.budget(this.vramPages), submit(this.names), IDLE]);
    else for (const bo of this.names) await this.play([submit([bo]), IDLE]);
    const taken = this.clock.nowMs() - begin;
    this.expectResident(this.pinnedPages + (this.objects * this.sizeBytes) / PAGE_SIZE);
    return taken;
  }

  /** Bytes per second of a batch that took so many milliseconds. */
  rate(ms: number): number {
    return (this.objects * this.sizeBytes * 1000) / ms;
  }

  private budget(pages: number): Input {
    return { task: 'K', call: 'lab.setBudget', args: { pages } };
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
}

const IDLE: Input = { task: 'bench', call: 'gpu.idle', args: { fd: 'gpu' } };

/** Raw batches of one size and direction, all depths. */
export class RawBatches {
  private readonly benches: RawCopyBench[];
  private readonly rates: number[][];

  /** @param mostBytes of one batch; deeper ones are left out */
  constructor(
    device: GPUDevice,
    clock: Clock,
    direction: RawDirection,
    sizeBytes: Bytes,
    mostBytes: Bytes = device.limits.maxBufferSize,
  ) {
    const depths = RAW_DEPTHS.filter(depth => sizeBytes * depth <= mostBytes);
    this.benches = depths.map(depth => new RawCopyBench(device, clock, direction, sizeBytes, depth));
    this.rates = depths.map(() => []);
  }

  async round(counted: boolean): Promise<void> {
    for (let i = 0; i < this.benches.length; i++) {
      const rate = await this.benches[i]!.batch();
      if (counted) this.rates[i]!.push(rate);
    }
  }

  /** The depth with the highest median, with its bytes per second round by round. */
  best(): { readonly bytesPerSecond: number; readonly depth: number; readonly rates: readonly number[] } {
    return this.benches
      .map((bench, i) => ({
        bytesPerSecond: median(this.rates[i]!),
        depth: bench.depth,
        rates: this.rates[i]!,
      }))
      .reduce((best, next) => (next.bytesPerSecond > best.bytesPerSecond ? next : best));
  }

  dispose(): void {
    for (const bench of this.benches) bench.dispose();
  }
}
