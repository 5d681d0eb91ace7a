/**
 * How fast objects leave video memory and come back through the whole model, compared with the same bytes moved by nothing but
 * copies: lab/profile/moves_bench.ts on the GPU of Node.
 */

import { median } from '../base/median.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { deviceDescriptor } from '../hw/webgpu/adapter_limits.ts';
import { RAW_SIZES } from '../hw/webgpu/raw_copy_bench.ts';
import { createWebGpuMachine } from '../hw/webgpu/webgpu_machine.ts';
import { LabBatch, MOVE_WARM_UP, movesMachine, RawBatches } from '../lab/profile/moves_bench.ts';
import { nodeClock } from './clock_node.ts';
import { createNodeGpuProvider } from './gpu_provider_node.ts';

const ROUNDS = 5;
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
 * Measure evict and refault for every size.
 *
 * @param onRound told after each round
 * @throws GpuError when there is no adapter: without one there is nothing to measure
 */
export async function benchGpu(base: MachineDescription, onRound: () => void): Promise<GpuNumbers> {
  const description = movesMachine(base);
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
    const lab = new LabBatch(machine, nodeClock, sizeBytes);
    await lab.prepare();
    const out = new RawBatches(rawDevice, nodeClock, 'out', sizeBytes);
    const into = new RawBatches(rawDevice, nodeClock, 'in', sizeBytes);
    const evicted: number[] = [];
    const refaulted: number[] = [];
    for (let round = -MOVE_WARM_UP; round < ROUNDS; round++) {
      const counted = round >= 0;
      const rateOut = lab.rate(await lab.evict());
      await out.round(counted);
      const rateIn = lab.rate(await lab.refault());
      await into.round(counted);
      if (!counted) continue;
      evicted.push(rateOut);
      refaulted.push(rateIn);
      onRound();
    }
    evict[String(sizeBytes)] = compare(evicted, out, lab.objects);
    refault[String(sizeBytes)] = compare(refaulted, into, lab.objects);
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
