/**
 * The cliff of the real driver: buffers are allocated one after the other, and after each all of them are touched, until the
 * driver reacts or the limit is reached.
 *
 * Allocation in an out-of-memory error scope, touched by a dispatch that writes one word of every page, awaited
 * Outcomes   `moved`: the touch of a byte takes more than MOVED_TIMES what it took at first, MOVED_PASSES passes in a row: the driver
 *            keeps some of it elsewhere. `out-of-memory`: refused, or the device was lost. `limit`: neither, up to the limit
 * Never      more than the limit: the next buffer that would pass it is not made
 */
import { type Bytes, PAGE_SIZE } from '../../base/units.ts';
import type { Clock } from '../../hw/ports.ts';
import { quantile } from './statistics.ts';

export const MOVED_TIMES = 3;
const MOVED_PASSES = 2;
/** The first passes say what a touch costs without pressure. */
const BASE_PASSES = 4;
const TOUCHES = 3;
const GROUP = 64;
const ROW = 32_768;
const STORAGE = 0x0080;
const COPY_SRC = 0x0004;

export type DriverOutcome = 'moved' | 'out-of-memory' | 'limit';

/** A pass over everything that was allocated. */
export interface DriverPass {
  readonly allocatedBytes: Bytes;
  /** Nanoseconds per page of all buffers, the fastest of a few touches: pressure slows all of them, a disturbance some. */
  readonly nsPerPage: number;
}

export interface DriverCliffResult {
  readonly outcome: DriverOutcome;
  /** Bytes alive when it happened. */
  readonly atBytes: Bytes;
  readonly passes: readonly DriverPass[];
  readonly sentence: string;
}

const TOUCH_WGSL = `
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let page = id.x + id.y * ${ROW * GROUP}u;
  let word = page * ${PAGE_SIZE / 4}u;
  if (word < arrayLength(&data)) { data[word] = data[word] + 1u; }
}
`;

/** Buffers of one size, touched together. */
class Pressure {
  private readonly buffers: GPUBuffer[] = [];
  private readonly groups: GPUBindGroup[] = [];
  private readonly pipeline: GPUComputePipeline;
  lost: string | undefined;

  constructor(
    private readonly device: GPUDevice,
    private readonly clock: Clock,
    private readonly chunkBytes: Bytes,
  ) {
    const module = device.createShaderModule({ code: TOUCH_WGSL });
    this.pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    device.lost.then(({ message, reason }) => {
      this.lost = message || reason;
    });
  }

  get bytes(): Bytes {
    return this.buffers.length * this.chunkBytes;
  }

  /** One more buffer, touched once. @returns why not, or undefined */
  async grow(): Promise<string | undefined> {
    const { device, chunkBytes } = this;
    device.pushErrorScope('out-of-memory');
    const buffer = device.createBuffer({
      size: chunkBytes,
      usage: STORAGE | COPY_SRC,
      label: `pressure ${this.buffers.length}`,
    });
    const refused = await device.popErrorScope();
    if (refused !== null) {
      buffer.destroy();
      return refused.message;
    }
    this.buffers.push(buffer);
    const layout = this.pipeline.getBindGroupLayout(0);
    this.groups.push(device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] }));
    // A driver may find out only when the memory is used.
    device.pushErrorScope('out-of-memory');
    await this.touch(this.groups.length - 1);
    const late = await device.popErrorScope();
    return late?.message ?? this.lost;
  }

  /** Touch the buffers from `first` on. @returns nanoseconds per page */
  async touch(first = 0): Promise<number> {
    const { device, chunkBytes } = this;
    const pages = Math.ceil(chunkBytes / PAGE_SIZE);
    const groups = Math.ceil(pages / GROUP);
    const begin = this.clock.nowMs();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.pipeline);
    for (const group of this.groups.slice(first)) {
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(Math.min(groups, ROW), Math.ceil(groups / ROW));
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return ((this.clock.nowMs() - begin) * 1e6) / (pages * (this.groups.length - first));
  }

  dispose(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.device.destroy();
  }
}

/**
 * Grow until the driver reacts.
 *
 * @param device     for this alone; it is destroyed at the end, and may be lost before
 * @param limitBytes most bytes alive at once
 * @param chunkBytes bytes of one buffer, a multiple of a page
 * @param breathe    between two passes; may throw to stop, and memory is given back
 */
export async function runDriverCliff(
  device: GPUDevice,
  clock: Clock,
  limitBytes: Bytes,
  chunkBytes: Bytes,
  breathe: (pass: DriverPass) => void,
): Promise<DriverCliffResult> {
  const pressure = new Pressure(device, clock, chunkBytes);
  const passes: DriverPass[] = [];
  const end = (outcome: DriverOutcome, sentence: string): DriverCliffResult => ({
    outcome,
    atBytes: pressure.bytes,
    passes,
    sentence,
  });
  let slow = 0;
  try {
    while (pressure.bytes + chunkBytes <= limitBytes) {
      const refused = await pressure.grow();
      if (refused !== undefined)
        return end('out-of-memory', `With ${pressure.bytes} bytes alive the driver refused: ${refused}`);
      const touches: number[] = [];
      for (let i = 0; i < TOUCHES; i++) touches.push(await pressure.touch());
      if (pressure.lost !== undefined)
        return end('out-of-memory', `With ${pressure.bytes} bytes the device was lost: ${pressure.lost}`);
      const pass = { allocatedBytes: pressure.bytes, nsPerPage: Math.min(...touches) };
      passes.push(pass);
      breathe(pass);
      const base = quantile(
        passes.slice(0, BASE_PASSES).map(each => each.nsPerPage),
        0.5,
      );
      const isSlow = passes.length > BASE_PASSES && pass.nsPerPage > MOVED_TIMES * base;
      slow = isSlow ? slow + 1 : 0;
      if (slow >= MOVED_PASSES) {
        const times = Math.round((pass.nsPerPage / base) * 10) / 10;
        return end('moved', `With ${pressure.bytes} bytes alive a touch takes ${times} times what it took.`);
      }
    }
    return end('limit', `${pressure.bytes} bytes were alive without a reaction of the driver.`);
  } finally {
    pressure.dispose();
  }
}
