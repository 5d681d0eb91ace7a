/**
 * How fast bytes move between a GPU buffer and host memory without any model: the number that eviction and refault through
 * the queue are compared with. A batch of `depth` pieces takes one submit and one map, as a barrier does.
 *
 * Units      bytes, milliseconds of the clock port, bytes per second
 * Defined    out: copyBufferToBuffer into one mappable buffer, map, copy every piece into host memory
 *            in:  copy every piece into one mapped buffer, unmap, copyBufferToBuffer, wait (by mapping it again)
 *            In both directions a piece counts only when its bytes are in the destination's own memory
 */
import { median } from '../../base/median.ts';
import type { Bytes } from '../../base/units.ts';
import type { Clock } from '../ports.ts';

/** Sizes and depths that the benchmark reports. */
export const RAW_SIZES: readonly Bytes[] = [64 * 1024, 1024 * 1024, 16 * 1024 * 1024];
export const RAW_DEPTHS: readonly number[] = [1, 4, 16];
export type RawDirection = 'out' | 'in';

const MAP_READ = 0x0001;
const MAP_WRITE = 0x0002;
const COPY_SRC = 0x0004;
const COPY_DST = 0x0008;
const STORAGE = 0x0080;

/** Buffers for one size, depth and direction; batch() measures one batch. */
export class RawCopyBench {
  private readonly data: GPUBuffer;
  private readonly staging: GPUBuffer;
  private readonly host: Uint8Array;

  constructor(
    private readonly device: GPUDevice,
    private readonly clock: Clock,
    readonly direction: RawDirection,
    readonly sizeBytes: Bytes,
    readonly depth: number,
  ) {
    const total = sizeBytes * depth;
    this.host = new Uint8Array(total).fill(1);
    this.data = device.createBuffer({
      size: total,
      usage: COPY_SRC | COPY_DST | STORAGE,
      label: 'raw copy data',
    });
    this.staging = device.createBuffer({
      size: total,
      usage: direction === 'out' ? MAP_READ | COPY_DST : MAP_WRITE | COPY_SRC,
      label: 'raw copy staging',
      mappedAtCreation: direction === 'in',
    });
  }

  /** Move one batch. @returns bytes per second */
  async batch(): Promise<number> {
    const begin = this.clock.nowMs();
    if (this.direction === 'out') await this.out();
    else await this.in();
    return (this.sizeBytes * this.depth * 1000) / (this.clock.nowMs() - begin);
  }

  private async out(): Promise<void> {
    const { device, data, staging, sizeBytes, depth, host } = this;
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < depth; i++)
      encoder.copyBufferToBuffer(data, i * sizeBytes, staging, i * sizeBytes, sizeBytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_READ);
    const mapped = new Uint8Array(staging.getMappedRange());
    for (let i = 0; i < depth; i++)
      host.set(mapped.subarray(i * sizeBytes, (i + 1) * sizeBytes), i * sizeBytes);
    staging.unmap();
  }

  private async in(): Promise<void> {
    const { device, data, staging, sizeBytes, depth, host } = this;
    const mapped = new Uint8Array(staging.getMappedRange());
    for (let i = 0; i < depth; i++)
      mapped.set(host.subarray(i * sizeBytes, (i + 1) * sizeBytes), i * sizeBytes);
    staging.unmap();
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < depth; i++)
      encoder.copyBufferToBuffer(staging, i * sizeBytes, data, i * sizeBytes, sizeBytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_WRITE);
  }

  dispose(): void {
    this.staging.destroy();
    this.data.destroy();
  }
}

/**
 * Bytes per second of the best depth: the median of `rounds` batches for each depth, after one that is not counted.
 */
export async function rawCopyRate(
  device: GPUDevice,
  clock: Clock,
  direction: RawDirection,
  sizeBytes: Bytes,
  rounds = 5,
): Promise<{ readonly bytesPerSecond: number; readonly depth: number }> {
  let best = { bytesPerSecond: 0, depth: 0 };
  for (const depth of RAW_DEPTHS) {
    if (sizeBytes * depth > device.limits.maxBufferSize) continue;
    const bench = new RawCopyBench(device, clock, direction, sizeBytes, depth);
    const rates: number[] = [];
    await bench.batch();
    for (let round = 0; round < rounds; round++) rates.push(await bench.batch());
    bench.dispose();
    const rate = median(rates);
    if (rate > best.bytesPerSecond) best = { bytesPerSecond: rate, depth };
  }
  return best;
}
