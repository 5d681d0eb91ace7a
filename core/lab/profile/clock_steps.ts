/**
 * How fine the two clocks are: the one on the wall, and the timestamps that the GPU writes.
 *
 * Source     the rule that timestamps may be coarsened (WebGPU, "Timestamp Query"); Dawn rounds to 65,536 ns unless told not to
 */
import type { Nanoseconds } from '../../base/units.ts';
import type { Clock } from '../../hw/ports.ts';

const QUERY_RESOLVE = 0x0200;
const COPY_SRC = 0x0004;
const COPY_DST = 0x0008;
const MAP_READ = 0x0001;

const CLOCK_CHANGES = 200;
/** A clock that stands still is not waited for. */
const MOST_LOOKS = 20_000_000;
const PASSES = 64;
/** An oscillation of a nanosecond is the least a timestamp can show. */
const LEAST_STEP_NS = 1;

/** Smallest difference of two looks at a clock that differ, in nanoseconds; at least one. */
export function clockStepNs(clock: Clock): Nanoseconds {
  let step = Number.POSITIVE_INFINITY;
  let last = clock.nowMs();
  let changes = 0;
  for (let looks = 0; looks < MOST_LOOKS && changes < CLOCK_CHANGES; looks++) {
    const now = clock.nowMs();
    if (now === last) continue;
    step = Math.min(step, now - last);
    last = now;
    changes++;
  }
  return Number.isFinite(step) ? Math.max(LEAST_STEP_NS, Math.round(step * 1e6)) : 1e6;
}

/** Greatest common divisor of all differences: what every timestamp is a multiple of. */
export function stepOfTimestamps(values: readonly bigint[]): Nanoseconds | null {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let step = 0n;
  for (let i = 1; i < sorted.length; i++) {
    let [a, b] = [step, sorted[i]! - sorted[i - 1]!];
    while (b !== 0n) [a, b] = [b, a % b];
    step = a;
  }
  return step === 0n ? null : Number(step);
}

/** Timestamps of empty passes around whatever is recorded between them. */
export class GpuStopwatch {
  private readonly queries: GPUQuerySet;
  private readonly resolved: GPUBuffer;
  private readonly staging: GPUBuffer;

  /** @param device with the feature timestamp-query */
  constructor(
    private readonly device: GPUDevice,
    private readonly count = 4,
  ) {
    const size = count * 8;
    this.queries = device.createQuerySet({ type: 'timestamp', count });
    this.resolved = device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC, label: 'timestamps' });
    this.staging = device.createBuffer({ size, usage: COPY_DST | MAP_READ, label: 'timestamps read' });
  }

  /** Nanoseconds between the end of an empty pass and the beginning of the next, with `record`'s commands between. */
  async bracket(record: (encoder: GPUCommandEncoder) => void): Promise<Nanoseconds> {
    const encoder = this.device.createCommandEncoder();
    this.emptyPass(encoder, 0);
    record(encoder);
    this.emptyPass(encoder, 2);
    const times = await this.finish(encoder);
    return Number(times[2]! - times[1]!);
  }

  /** Timestamps of empty passes, one after the other. */
  async emptyPasses(): Promise<bigint[]> {
    const encoder = this.device.createCommandEncoder();
    for (let i = 0; i + 1 < this.count; i += 2) this.emptyPass(encoder, i);
    return this.finish(encoder);
  }

  private emptyPass(encoder: GPUCommandEncoder, first: number): void {
    const timestampWrites = {
      querySet: this.queries,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
    encoder.beginComputePass({ timestampWrites }).end();
  }

  private async finish(encoder: GPUCommandEncoder): Promise<bigint[]> {
    encoder.resolveQuerySet(this.queries, 0, this.count, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, this.count * 8);
    this.device.queue.submit([encoder.finish()]);
    await this.staging.mapAsync(1);
    const times = [...new BigUint64Array(this.staging.getMappedRange())];
    this.staging.unmap();
    return times;
  }

  dispose(): void {
    this.queries.destroy();
    this.resolved.destroy();
    this.staging.destroy();
  }
}

/** The step of a device's timestamps in nanoseconds; null without timestamps, or when they never differ. */
export async function timestampStepNs(device: GPUDevice): Promise<Nanoseconds | null> {
  if (!device.features.has('timestamp-query')) return null;
  const watch = new GpuStopwatch(device, PASSES);
  try {
    const values: bigint[] = [];
    for (let i = 0; i < 3; i++) values.push(...(await watch.emptyPasses()));
    return stepOfTimestamps(values);
  } finally {
    watch.dispose();
  }
}
