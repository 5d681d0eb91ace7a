/**
 * How much the GART costs: memory touched through the streamer's own WGSL, beside the same work on one buffer directly.
 *
 * Units      nanoseconds and bytes; a duration is that of one pass over all words
 * Method     as many passes in one submit as take longer than CLOCK_STEPS steps of the clock, submitted work awaited; the
 *            two sides take turns, so that a slow moment of the machine meets both; medians. Warm-up is not counted
 * Checked    after the rounds the words are read back: the loops did what they say, and no access faulted
 */
import { invariant } from '../../base/invariant.ts';
import { median } from '../../base/median.ts';
import { type Bytes, PAGE_SIZE } from '../../base/units.ts';
import { GART_HEAP_SHIFT, GART_PAGE_SHIFT, GART_VALID, GART_WRITABLE } from '../gart_entry.ts';
import type { Clock } from '../ports.ts';
import {
  BENCH_GROUP,
  BENCH_LOG_WORDS,
  bindingMode,
  directBenchShader,
  ELEMENTS_PER_THREAD,
  type GartOperation,
  type GartPattern,
  gartBenchShader,
  wordsPerElement,
} from './gart_bench_wgsl.ts';
import { FAULT_LIST_WORDS, type GartShape } from './gart_wgsl.ts';
import { TimedPasses } from './timed_passes.ts';

/** One line of the comparison. */
export interface GartBenchCase {
  readonly operation: GartOperation;
  readonly pattern: GartPattern;
  readonly heaps: 1 | 4;
  readonly faultLog: boolean;
}

export interface GartBenchOptions {
  readonly clock: Clock;
  /** Smallest step of the clock, in nanoseconds. */
  readonly clockStepNs: number;
  /** Bytes touched in one pass: a power of two, at least 64 KiB; 16 MiB without it. */
  readonly bytes?: Bytes;
  /** Rounds that count; 7 without it. */
  readonly rounds?: number;
  /** Smallest step of GPU timestamps, in nanoseconds; 65,536 (what browsers and Dawn round to) without it. */
  readonly timestampStepNs?: number;
}

/** One side of a case: nanoseconds of one pass. */
export interface GartBenchSide {
  /** Passes of one submit; the measured duration is divided by it, so each number is derived. */
  readonly passes: number;
  readonly wallNs: number;
  /** One a round, for the spread. */
  readonly wallSamplesNs: readonly number[];
  /** By GPU timestamps around the passes; undefined when the adapter has none or they are too coarse. */
  readonly gpuNs: number | undefined;
  readonly gpuSamplesNs: readonly number[] | undefined;
  readonly bytesPerSecond: number;
}

export interface GartBenchResult {
  readonly of: GartBenchCase;
  readonly bytes: Bytes;
  readonly gart: GartBenchSide;
  readonly direct: GartBenchSide;
  /** Speed through the GART as a part of direct speed: 1 costs nothing. By GPU timestamps where both sides have them. */
  readonly ratio: number;
}

const DEFAULT_BYTES = 16 * 1024 * 1024;
const DEFAULT_TIMESTAMP_STEP = 65_536;
/** A duration must be longer than this many steps of what measures it. */
const CLOCK_STEPS = 20;
/** A submit must not take long either: software adapters do a pass in tens of milliseconds. */
const MOST_PASSES = 4096;
const STORAGE = 0x0080;
const COPY_SRC = 0x0004;
const COPY_DST = 0x0008;
const MAP_READ = 0x0001;
const USAGE = STORAGE | COPY_SRC | COPY_DST;

/** Table entry of a page: pages go round the heaps, and within one they are shuffled. */
function shuffledEntry(page: number, heaps: number, heapPages: number): number {
  const inHeap = Math.floor(page / heaps);
  const place = (Math.imul(inHeap, 0x9e3779b1) >>> 0) & (heapPages - 1);
  return (
    (GART_VALID | GART_WRITABLE | ((page % heaps) << GART_HEAP_SHIFT) | (place << GART_PAGE_SHIFT)) >>> 0
  );
}

/** The buffers and pipelines of one case. */
class GartBench {
  private readonly buffers: GPUBuffer[] = [];
  private readonly heaps: GPUBuffer[];
  private readonly plain: GPUBuffer;
  private readonly sink: GPUBuffer;
  private readonly log: GPUBuffer;
  readonly gart: TimedPasses;
  readonly direct: TimedPasses;

  constructor(
    private readonly device: GPUDevice,
    private readonly of: GartBenchCase,
    bytes: Bytes,
    clock: Clock,
  ) {
    const { operation, pattern, heaps, faultLog } = of;
    const words = bytes / 4;
    const pages = bytes / PAGE_SIZE;
    const heapBytes = bytes / heaps;
    const make = (size: Bytes, label: string): GPUBuffer => {
      const buffer = device.createBuffer({ size, usage: USAGE, label });
      this.buffers.push(buffer);
      return buffer;
    };
    this.heaps = Array.from({ length: heaps }, (_, i) => make(heapBytes, `GART bench heap ${i}`));
    this.plain = make(bytes, 'GART bench direct');
    const table = make(pages * 4, 'GART bench table');
    this.sink = make(4, 'GART bench sink');
    this.log = make(BENCH_LOG_WORDS * 4, 'GART bench fault log');
    const entries = new Uint32Array(pages);
    for (let page = 0; page < pages; page++) entries[page] = shuffledEntry(page, heaps, pages / heaps);
    device.queue.writeBuffer(table, 0, entries);
    if (operation === 'load')
      for (const data of [...this.heaps, this.plain])
        device.queue.writeBuffer(data, 0, new Uint32Array(data.size / 4).fill(1));
    const shape: GartShape = {
      heapBytes: this.heaps.map(() => heapBytes),
      mirrorBytes: 0,
      nrEntries: pages,
      firstEntry: 0,
      data: bindingMode(operation),
      table: 'read',
      unbound: 'invalid',
      faultLog: faultLog
        ? { array: 'log', countWord: 0, listWord: 4, pagesWord: 4 + FAULT_LIST_WORDS }
        : undefined,
    };
    const groups = words / wordsPerElement(operation) / ELEMENTS_PER_THREAD / BENCH_GROUP;
    const gartBuffers = [...this.heaps, table, this.sink, ...(faultLog ? [this.log] : [])];
    this.gart = new TimedPasses(
      device,
      clock,
      gartBenchShader(operation, pattern, words, shape),
      gartBuffers,
      groups,
    );
    this.direct = new TimedPasses(
      device,
      clock,
      directBenchShader(operation, pattern, words),
      [this.plain, this.sink],
      groups,
    );
  }

  /** Every word was touched as often as every other, and nothing faulted. @throws ModelBug */
  async check(): Promise<void> {
    const expected = (passes: number) => (this.of.operation === 'load' ? 1 : passes);
    for (const heap of this.heaps) await this.checkWords(heap, expected(this.gart.passesDone), 'the GART');
    await this.checkWords(this.plain, expected(this.direct.passesDone), 'the buffer');
    const wrong = (await this.read(this.sink, 4))[0]!;
    invariant(wrong === 0, () => `${wrong} invocations of the GART benchmark loaded wrong words.`);
    const faults = (await this.read(this.log, 4))[0]!;
    invariant(faults === 0, () => `${faults} accesses of the GART benchmark faulted.`);
  }

  private async checkWords(buffer: GPUBuffer, expected: number, through: string): Promise<void> {
    const words = await this.read(buffer, buffer.size);
    const wrong = words.findIndex(word => word !== expected);
    invariant(
      wrong < 0,
      () =>
        `After ${expected} passes through ${through}, word ${wrong} of ${buffer.label} is ${words[wrong]}.`,
    );
  }

  private async read(buffer: GPUBuffer, size: Bytes): Promise<Uint32Array> {
    const staging = this.device.createBuffer({ size, usage: MAP_READ | COPY_DST });
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_READ);
    const words = new Uint32Array(staging.getMappedRange().slice(0));
    staging.destroy();
    return words;
  }

  dispose(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.gart.dispose();
    this.direct.dispose();
  }
}

/**
 * Measure one case on a device.
 *
 * @param device with `timestamp-query`, if GPU times are wanted; limits for `bytes` in one buffer
 * @throws ModelBug when a loop did not do its work, or an access faulted
 */
export async function runGartBench(
  device: GPUDevice,
  of: GartBenchCase,
  options: GartBenchOptions,
): Promise<GartBenchResult> {
  const { clock, clockStepNs } = options;
  const bytes = options.bytes ?? DEFAULT_BYTES;
  invariant(
    bytes >= 65_536 && Number.isInteger(bytes) && (bytes & (bytes - 1)) === 0,
    () => `The GART benchmark touches ${bytes} bytes; it needs a power of two of at least 65536.`,
  );
  const bench = new GartBench(device, of, bytes, clock);
  try {
    const sides = [bench.gart, bench.direct];
    const stepNs = Math.max(clockStepNs, options.timestampStepNs ?? DEFAULT_TIMESTAMP_STEP);
    for (const side of sides) await side.choosePasses(stepNs * CLOCK_STEPS, MOST_PASSES);
    for (let round = 0; round < (options.rounds ?? 7); round++) for (const side of sides) await side.round();
    await bench.check();
    const [gart, direct] = sides.map(side => sideOf(side, bytes)) as [GartBenchSide, GartBenchSide];
    const ratio =
      gart.gpuNs !== undefined && direct.gpuNs !== undefined
        ? direct.gpuNs / gart.gpuNs
        : direct.wallNs / gart.wallNs;
    return { of, bytes, gart, direct, ratio };
  } finally {
    bench.dispose();
  }
}

function sideOf(side: TimedPasses, bytes: Bytes): GartBenchSide {
  const wallNs = median(side.wallNs);
  const hasGpu = side.gpuNs.length === side.wallNs.length && side.gpuNs.every(ns => ns > 0);
  const gpuNs = hasGpu ? median(side.gpuNs) : undefined;
  return {
    passes: side.passes,
    wallNs,
    wallSamplesNs: side.wallNs,
    gpuNs,
    gpuSamplesNs: hasGpu ? side.gpuNs : undefined,
    bytesPerSecond: (bytes * 1e9) / (gpuNs ?? wallNs),
  };
}
