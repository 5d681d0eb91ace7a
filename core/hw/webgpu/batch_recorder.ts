/**
 * Records GPU work in the order of the queue into as few submits as hazards allow.
 *
 * Hazards    writeBuffer takes effect before everything recorded but not yet submitted. An upload may use it directly
 *            only when no recorded command touches its pages; stamps per page say so. Otherwise the bytes go through a
 *            staging buffer and a recorded copy
 * Batching   neighbouring copies become one; stores become one scatter dispatch per buffer; hashes one dispatch. Each
 *            waits until a command that must see it, or must come after it, is recorded
 */
import { type Bytes, PAGE_SIZE, type Pages } from '../../base/units.ts';
import { ENGINE_BYTES } from '../expected_bytes.ts';
import type { GpuDeviceProxy } from './gpu_device_proxy.ts';
import type { GpuPlace } from './gpu_memory.ts';
import { PatchSet } from './patch_set.ts';
import type { Pipelines } from './pipelines.ts';
import { BOUNCE_BYTES, type StagingPool, UPLOAD_BYTES } from './staging_pool.ts';
import { DISPATCH_ROW } from './wgsl.ts';
import { WordList } from './word_list.ts';

/** Uploads below this size are gathered with their neighbours first. */
const DIRECT_UPLOAD_BYTES = 64 * 1024;
const GATHER_BYTES = 1024 * 1024;
/** Words of jobs or patches that wait for one dispatch at most. */
const DISPATCH_WORDS = 65_536 * 4;
/** Storage bindings begin at multiples of 256 bytes. */
const BINDING_WORDS = 64;

/** What the recorder writes with: one device's buffers. */
export interface RecorderParts {
  readonly proxy: GpuDeviceProxy;
  readonly pool: StagingPool;
  readonly pipelines: Pipelines;
  readonly engine: GPUBuffer;
  readonly results: GPUBuffer;
  /** All data buffers and the GART table in binding order (paged), or undefined: one buffer at a time (dedicated). */
  readonly hashBindings: readonly GPUBuffer[] | undefined;
  readonly nrStamps: number;
}

export class BatchRecorder {
  private encoder: GPUCommandEncoder | undefined;
  /** Number of the submit being recorded; a page stamped with it is touched by a recorded command. */
  private epoch = 1;
  private readonly stamps: Uint32Array;
  private readonly arena = new Uint32Array(ENGINE_BYTES / 4);
  private arenaLength = 0;
  private uploadCursor: Bytes = 0;
  private copySource: GPUBuffer | undefined;
  private copyTarget: GPUBuffer | undefined;
  private copyFrom: Bytes = 0;
  private copyTo: Bytes = 0;
  private copySize: Bytes = 0;
  private readonly gather = new Uint8Array(GATHER_BYTES);
  private gatherBuffer: GPUBuffer | undefined;
  private gatherOffset: Bytes = 0;
  private gatherLength: Bytes = 0;
  private readonly patches = new Map<GPUBuffer, PatchSet>();
  private readonly jobs = new Map<GPUBuffer | undefined, WordList>();
  private hasPatches = false;
  private hasJobs = false;
  /** True when the GPU was given work that nobody has waited for yet; whoever waits clears it. */
  hasUnfinished = false;

  constructor(private readonly parts: RecorderParts) {
    this.stamps = new Uint32Array(parts.nrStamps);
  }

  private get recording(): GPUCommandEncoder {
    this.encoder ??= this.parts.proxy.device.createCommandEncoder();
    return this.encoder;
  }

  private touch(place: GpuPlace): void {
    if (place.nrPages === 1) this.stamps[place.stampIndex] = this.epoch;
    else this.stamps.fill(this.epoch, place.stampIndex, place.stampIndex + place.nrPages);
  }

  private isTouched(place: GpuPlace): boolean {
    for (let i = place.stampIndex; i < place.stampIndex + place.nrPages; i++) {
      if (this.stamps[i] === this.epoch) return true;
    }
    return false;
  }

  /** What is recorded next reads GPU memory. */
  private beforeRead(): void {
    this.flushGather();
    this.flushPatches();
  }

  /** What is recorded next writes GPU memory. */
  private beforeWrite(): void {
    this.flushGather();
    this.flushPatches();
    this.flushJobs();
  }

  private copy(source: GPUBuffer, from: Bytes, target: GPUBuffer, to: Bytes, size: Bytes): void {
    if (
      this.copySource === source &&
      this.copyTarget === target &&
      this.copyFrom + this.copySize === from &&
      this.copyTo + this.copySize === to
    ) {
      this.copySize += size;
      return;
    }
    this.flushCopy();
    this.copySource = source;
    this.copyTarget = target;
    this.copyFrom = from;
    this.copyTo = to;
    this.copySize = size;
  }

  private flushCopy(): void {
    if (this.copySource === undefined) return;
    this.recording.copyBufferToBuffer(
      this.copySource,
      this.copyFrom,
      this.copyTarget!,
      this.copyTo,
      this.copySize,
    );
    this.copySource = undefined;
  }

  /** Bytes of a place to a buffer outside GPU memory's pages (read-back). */
  readBytes(place: GpuPlace, offset: Bytes, size: Bytes, target: GPUBuffer, to: Bytes): void {
    this.beforeRead();
    this.copy(place.buffer, place.offsetBytes + offset, target, to, size);
    this.touch(place);
  }

  /** Results of the hashes so far to a read-back buffer. */
  readResults(size: Bytes, target: GPUBuffer, to: Bytes): void {
    this.flushJobs();
    this.copy(this.parts.results, 0, target, to, size);
  }

  /** Any buffer to a read-back buffer. */
  readBuffer(source: GPUBuffer, size: Bytes, target: GPUBuffer, to: Bytes): void {
    this.beforeRead();
    this.copy(source, 0, target, to, size);
  }

  /** Result slots start at zero. */
  clearResults(size: Bytes): void {
    this.recording.clearBuffer(this.parts.results, 0, size);
  }

  /** Pages of one place to another of equal length; neither overlaps the other. */
  copyPages(source: GpuPlace, target: GpuPlace): void {
    const size = source.nrPages * PAGE_SIZE;
    this.beforeWrite();
    if (source.buffer !== target.buffer) {
      this.copy(source.buffer, source.offsetBytes, target.buffer, target.offsetBytes, size);
    } else {
      // WebGPU refuses copies inside one buffer.
      const bounce = this.parts.pool.bounceBuffer();
      for (let done = 0; done < size; done += BOUNCE_BYTES) {
        const step = Math.min(BOUNCE_BYTES, size - done);
        this.copy(source.buffer, source.offsetBytes + done, bounce, 0, step);
        this.copy(bounce, 0, target.buffer, target.offsetBytes + done, step);
      }
    }
    this.touch(source);
    this.touch(target);
  }

  /** Pages of a place become zeros. */
  clearPages(place: GpuPlace): void {
    this.beforeWrite();
    this.flushCopy();
    this.recording.clearBuffer(place.buffer, place.offsetBytes, place.nrPages * PAGE_SIZE);
    this.touch(place);
  }

  /** Pages of a place get one byte value. */
  fillPages(place: GpuPlace, value: number): void {
    this.beforeWrite();
    const word = Math.imul(value, 0x01010101);
    const parameters = new Uint32Array([place.offsetBytes / PAGE_SIZE, place.nrPages, word, 0]);
    this.dispatch(this.parts.pipelines.fill, [place.buffer], parameters, place.nrPages);
    this.touch(place);
  }

  /** Write whole pages from host memory. */
  upload(place: GpuPlace, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.isTouched(place)) {
      this.uploadInOrder(place, bytes);
      return;
    }
    if (bytes.length >= DIRECT_UPLOAD_BYTES) {
      this.flushGather();
      this.write(place.buffer, place.offsetBytes, bytes);
      return;
    }
    if (
      this.gatherBuffer !== place.buffer ||
      this.gatherOffset + this.gatherLength !== place.offsetBytes ||
      this.gatherLength + bytes.length > GATHER_BYTES
    ) {
      this.flushGather();
      this.gatherBuffer = place.buffer;
      this.gatherOffset = place.offsetBytes;
    }
    this.gather.set(bytes, this.gatherLength);
    this.gatherLength += bytes.length;
  }

  private flushGather(): void {
    if (this.gatherBuffer === undefined) return;
    const bytes = this.gather.subarray(0, this.gatherLength);
    this.write(this.gatherBuffer, this.gatherOffset, bytes);
    this.gatherBuffer = undefined;
    this.gatherLength = 0;
  }

  private uploadInOrder(place: GpuPlace, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.uploadCursor + bytes.length > UPLOAD_BYTES) {
      this.submit();
      this.upload(place, bytes);
      return;
    }
    this.beforeWrite();
    this.copyStaged(bytes, place.buffer, place.offsetBytes);
    this.touch(place);
  }

  private write(buffer: GPUBuffer, offset: Bytes, bytes: Uint8Array<ArrayBuffer>): void {
    this.hasUnfinished = true;
    this.parts.proxy.device.queue.writeBuffer(buffer, offset, bytes);
  }

  private copyStaged(bytes: Uint8Array<ArrayBuffer>, target: GPUBuffer, to: Bytes): void {
    const staging = this.parts.pool.uploadBuffer();
    this.write(staging, this.uploadCursor, bytes);
    this.copy(staging, this.uploadCursor, target, to, bytes.length);
    this.uploadCursor += bytes.length;
  }

  /**
   * Write a piece of a table that shaders read; `inOrder` when a recorded dispatch already reads it.
   */
  writeTable(table: GPUBuffer, offset: Bytes, bytes: Uint8Array<ArrayBuffer>, inOrder: boolean): void {
    if (inOrder && this.uploadCursor + bytes.length > UPLOAD_BYTES) this.submit();
    else if (inOrder) {
      this.flushJobs();
      this.copyStaged(bytes, table, offset);
      return;
    }
    this.write(table, offset, bytes);
  }

  /** The stores to come go to this place. */
  patchesOf(place: GpuPlace): PatchSet {
    this.flushGather();
    this.flushJobs();
    let set = this.patches.get(place.buffer);
    if (set === undefined) {
      set = new PatchSet();
      this.patches.set(place.buffer, set);
    } else if (set.patches.length > DISPATCH_WORDS - 4096) this.flushPatches();
    this.hasPatches = true;
    this.touch(place);
    return set;
  }

  private flushPatches(): void {
    if (!this.hasPatches) return;
    for (const [buffer, set] of this.patches) {
      if (set.isEmpty) continue;
      const patches = set.patches.filled();
      this.dispatch(this.parts.pipelines.scatter, [buffer], patches, Math.ceil(patches.length / 256));
      set.clear();
    }
    this.patches.clear();
    this.hasPatches = false;
  }

  /** Hash the page at `where` of a place as page `index` of an object into a result slot. */
  hashPages(place: GpuPlace, index: number, slot: number): void {
    this.beforeRead();
    const jobs = this.jobList(this.parts.hashBindings === undefined ? place.buffer : undefined);
    const first = place.offsetBytes / PAGE_SIZE;
    for (let i = 0; i < place.nrPages; i++) jobs.push4(place.dataIndex, first + i, index + i, slot);
    this.touch(place);
  }

  /** Hash what GART entries bind; paged layout only. The caller touches the pages behind them. */
  hashEntries(flag: number, firstEntry: number, nrPages: Pages, slot: number): void {
    this.beforeRead();
    const jobs = this.jobList(undefined);
    for (let i = 0; i < nrPages; i++) jobs.push4(flag, firstEntry + i, i, slot);
  }

  /** A recorded command reads this place in some way the recorder does not see. */
  touchPlace(place: GpuPlace): void {
    this.touch(place);
  }

  private jobList(buffer: GPUBuffer | undefined): WordList {
    let list = this.jobs.get(buffer);
    if (list === undefined) {
      list = new WordList();
      this.jobs.set(buffer, list);
    } else if (list.length > DISPATCH_WORDS) this.flushJobs();
    this.hasJobs = true;
    return list;
  }

  private flushJobs(): void {
    if (!this.hasJobs) return;
    const { pipelines, hashBindings, results } = this.parts;
    for (const [buffer, list] of this.jobs) {
      for (let at = 0; at < list.length; at += DISPATCH_WORDS) {
        const words = list.words.subarray(at, Math.min(list.length, at + DISPATCH_WORDS));
        this.dispatch(
          pipelines.hash,
          buffer === undefined ? hashBindings! : [buffer],
          words,
          words.length / 4,
          results,
        );
      }
      list.clear();
    }
    if (hashBindings === undefined) this.jobs.clear();
    this.hasJobs = false;
  }

  /** Record one dispatch: data buffers, then a list in the arena, then perhaps the results. */
  private dispatch(
    pipeline: GPUComputePipeline,
    buffers: readonly GPUBuffer[],
    list: Uint32Array,
    nrGroups: number,
    results?: GPUBuffer,
  ): void {
    if (this.arenaLength + list.length > this.arena.length) this.submitEncoder();
    this.flushCopy();
    const start = this.arenaLength;
    this.arena.set(list, start);
    this.arenaLength = Math.ceil((start + list.length) / BINDING_WORDS) * BINDING_WORDS;
    const entries: GPUBindGroupEntry[] = buffers.map((buffer, binding) => ({
      binding,
      resource: { buffer },
    }));
    entries.push({
      binding: entries.length,
      resource: { buffer: this.parts.engine, offset: start * 4, size: list.length * 4 },
    });
    if (results !== undefined) entries.push({ binding: entries.length, resource: { buffer: results } });
    const group = this.parts.proxy.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries,
    });
    const pass = this.recording.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(Math.min(nrGroups, DISPATCH_ROW), Math.ceil(nrGroups / DISPATCH_ROW));
    pass.end();
  }

  /** Submit everything recorded so far, if anything. */
  submit(): void {
    this.flushGather();
    this.flushPatches();
    this.flushJobs();
    this.submitEncoder();
  }

  private submitEncoder(): void {
    this.flushCopy();
    if (this.encoder === undefined) return;
    const { proxy, engine } = this.parts;
    if (this.arenaLength > 0) proxy.device.queue.writeBuffer(engine, 0, this.arena, 0, this.arenaLength);
    proxy.submit(this.encoder.finish());
    this.hasUnfinished = true;
    this.encoder = undefined;
    this.arenaLength = 0;
    this.uploadCursor = 0;
    this.epoch++;
  }

  /** Number of the submit being recorded. */
  get submitNumber(): number {
    return this.epoch;
  }
}
