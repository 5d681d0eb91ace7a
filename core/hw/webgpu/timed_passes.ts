/**
 * One compute shader dispatched again and again, timed by the clock and, where the device has timestamps, by the GPU.
 *
 * Units      nanoseconds of one pass
 */
import type { Clock } from '../ports.ts';

const QUERY_RESOLVE = 0x0200;
const COPY_SRC = 0x0004;
const COPY_DST = 0x0008;
const MAP_READ = 0x0001;
const DISPATCH_ROW = 32_768;

export class TimedPasses {
  /** Passes of one submit; choosePasses() sets it. */
  passes = 1;
  /** All passes so far, warm-up included. */
  passesDone = 0;
  readonly wallNs: number[] = [];
  readonly gpuNs: number[] = [];
  private readonly pipeline: GPUComputePipeline;
  private readonly group: GPUBindGroup;
  private readonly query: GPUQuerySet | undefined;
  private readonly resolved: GPUBuffer | undefined;
  private readonly staging: GPUBuffer | undefined;

  constructor(
    private readonly device: GPUDevice,
    private readonly clock: Clock,
    code: string,
    buffers: readonly GPUBuffer[],
    private readonly nrGroups: number,
  ) {
    this.pipeline = device.createComputePipeline({
      layout: 'auto',
      compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
    });
    this.group = device.createBindGroup({
      layout: this.pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    if (!device.features.has('timestamp-query')) return;
    this.query = device.createQuerySet({ type: 'timestamp', count: 2 });
    this.resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
    this.staging = device.createBuffer({ size: 16, usage: COPY_DST | MAP_READ });
  }

  /**
   * Double the passes of a submit until it takes longer than `ns`; two submits at least, which warm up.
   */
  async choosePasses(ns: number, most: number): Promise<void> {
    await this.submit();
    for (this.passes = 1; this.passes < most; this.passes *= 2) {
      if ((await this.submit()).wall > ns) break;
    }
  }

  /** One measured submit. */
  async round(): Promise<void> {
    const { wall, gpu } = await this.submit();
    this.wallNs.push(wall / this.passes);
    if (gpu !== undefined) this.gpuNs.push(gpu / this.passes);
  }

  private async submit(): Promise<{ wall: number; gpu: number | undefined }> {
    const { device, clock, query } = this;
    const begin = clock.nowMs();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass(
      query === undefined
        ? {}
        : {
            timestampWrites: { querySet: query, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
          },
    );
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, this.group);
    const x = Math.min(this.nrGroups, DISPATCH_ROW);
    for (let i = 0; i < this.passes; i++) pass.dispatchWorkgroups(x, this.nrGroups / x);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    const wall = (clock.nowMs() - begin) * 1e6;
    this.passesDone += this.passes;
    return { wall, gpu: await this.gpuTime() };
  }

  /** Nanoseconds between the timestamps of the last submit. */
  private async gpuTime(): Promise<number | undefined> {
    const { device, query, resolved, staging } = this;
    if (query === undefined || resolved === undefined || staging === undefined) return undefined;
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(query, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const [begin, end] = new BigUint64Array(staging.getMappedRange());
    const gpu = Number(end! - begin!);
    staging.unmap();
    return gpu;
  }

  dispose(): void {
    this.query?.destroy();
    this.resolved?.destroy();
    this.staging?.destroy();
  }
}
