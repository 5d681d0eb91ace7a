/**
 * Records GPU work in the order of the queue into as few submits as hazards allow.
 *
 * Order      everything is a recorded command: uploads are copies from a mapped staging buffer, tables and job lists
 *            copies from (or bindings of) the arena, which is written right before the submit
 * Batching   neighbouring copies become one; stores become one scatter dispatch per buffer; hashes one dispatch. Each
 *            waits until a command that must see it, or must come after it, is recorded
 */
import { invariant } from '../../base/invariant.ts';
import { type Bytes, PAGE_SIZE, type Pages } from '../../base/units.ts';
import { ENGINE_BYTES } from '../expected_bytes.ts';
import type { GpuDeviceProxy } from './gpu_device_proxy.ts';
import type { GpuPlace } from './gpu_memory.ts';
import { PatchSet } from './patch_set.ts';
import type { Pipelines } from './pipelines.ts';
import { BOUNCE_BYTES, type StagingPool } from './staging_pool.ts';
import { DISPATCH_ROW, HASH_PAGES_PER_GROUP } from './wgsl.ts';
import { WordList } from './word_list.ts';

/** Words of jobs or patches that wait for one dispatch at most. */
const DISPATCH_WORDS = 65_536;
/** Storage bindings begin at multiples of 256 bytes. */
const BINDING_WORDS = 64;
/** Pieces of a table written at once. */
const TABLE_WORDS = 65_536;

const noBytes = new Uint8Array(0);

/** What the recorder writes with: one device's buffers. */
export interface RecorderParts {
  readonly proxy: GpuDeviceProxy;
  readonly pool: StagingPool;
  readonly pipelines: Pipelines;
  readonly engine: GPUBuffer;
  readonly results: GPUBuffer;
  /** All data buffers and the GART table in binding order (paged), or undefined: one buffer at a time (dedicated). */
  readonly hashBindings: readonly GPUBuffer[] | undefined;
}

export class BatchRecorder {
  private encoder: GPUCommandEncoder | undefined;
  private readonly arena = new Uint32Array(ENGINE_BYTES / 4);
  private arenaLength = 0;
  /** The mapped upload buffer and what of it is used; undefined while the GPU has it. */
  private upload: GPUBuffer | undefined;
  private uploadBytes: Uint8Array = noBytes;
  private uploadCursor: Bytes = 0;
  private copySource: GPUBuffer | undefined;
  private copyTarget: GPUBuffer | undefined;
  private copyFrom: Bytes = 0;
  private copyTo: Bytes = 0;
  private copySize: Bytes = 0;
  private readonly patches = new Map<GPUBuffer, PatchSet>();
  private readonly jobs = new Map<GPUBuffer | undefined, WordList>();
  private hasPatches = false;
  private hasJobs = false;
  /** True when the GPU was given work that nobody has waited for yet; whoever waits clears it. */
  hasUnfinished = false;

  constructor(private readonly parts: RecorderParts) {}

  private get recording(): GPUCommandEncoder {
    this.encoder ??= this.parts.proxy.device.createCommandEncoder();
    return this.encoder;
  }

  /** What is recorded next reads GPU memory. */
  private beforeRead(): void {
    this.flushPatches();
  }

  /** What is recorded next writes GPU memory. */
  private beforeWrite(): void {
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
  }

  /** Results of the hashes so far to a read-back buffer. */
  readResults(size: Bytes, target: GPUBuffer, to: Bytes): void {
    this.flushJobs();
    this.copy(this.parts.results, 0, target, to, size);
  }

  /** Any buffer, from a byte of it on, to a read-back buffer. */
  readBuffer(source: GPUBuffer, size: Bytes, target: GPUBuffer, to: Bytes, from: Bytes = 0): void {
    this.beforeRead();
    this.copy(source, from, target, to, size);
  }

  /** A pass of the caller's that may read and write all GPU memory. */
  compute(record: (pass: GPUComputePassEncoder) => void): void {
    this.beforeWrite();
    this.flushCopy();
    const pass = this.recording.beginComputePass();
    record(pass);
    pass.end();
  }

  /** Bytes of a buffer that are no pages become zeros. */
  clearRange(buffer: GPUBuffer, from: Bytes, size: Bytes): void {
    this.flushCopy();
    this.recording.clearBuffer(buffer, from, size);
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
  }

  /** Pages of a place become zeros. */
  clearPages(place: GpuPlace): void {
    this.beforeWrite();
    this.flushCopy();
    this.recording.clearBuffer(place.buffer, place.offsetBytes, place.nrPages * PAGE_SIZE);
  }

  /** A whole buffer becomes zeros. */
  clearBuffer(buffer: GPUBuffer): void {
    this.beforeWrite();
    this.flushCopy();
    this.recording.clearBuffer(buffer);
  }

  /** Pages of a place get one byte value. */
  fillPages(place: GpuPlace, value: number): void {
    this.beforeWrite();
    const word = Math.imul(value, 0x01010101);
    const parameters = new Uint32Array([place.offsetBytes / PAGE_SIZE, place.nrPages, word, 0]);
    this.dispatch(this.parts.pipelines.fill, [place.buffer], parameters, place.nrPages);
  }

  /** From now on uploads go into this mapped buffer; undefined: none can be recorded. */
  beginUploads(buffer: GPUBuffer | undefined): void {
    this.upload = buffer;
    this.uploadBytes = buffer === undefined ? noBytes : this.parts.pool.uploadBytes;
    this.uploadCursor = 0;
  }

  /**
   * Record what must come before uploads of so many bytes, which may submit and so take the upload buffer away.
   *
   * @returns whether they fit the upload buffer; uploadPages() may then follow for that many bytes
   */
  prepareUpload(bytes: Bytes): boolean {
    this.beforeWrite();
    return this.uploadCursor + bytes <= this.uploadBytes.length;
  }

  /** Write whole pages; `fill` puts their bytes into the array it is given. */
  uploadPages(place: GpuPlace, fill: (into: Uint8Array) => void): void {
    const upload = this.upload;
    invariant(
      upload && !this.hasJobs && !this.hasPatches,
      () => 'An upload is recorded without prepareUpload().',
    );
    const size = place.nrPages * PAGE_SIZE;
    const at = this.uploadCursor;
    fill(this.uploadBytes.subarray(at, at + size));
    this.uploadCursor += size;
    this.copy(upload, at, place.buffer, place.offsetBytes, size);
  }

  /** Write words into a table that shaders read. */
  writeTable(table: GPUBuffer, firstWord: number, words: Uint32Array): void {
    this.beforeWrite();
    for (let done = 0; done < words.length; done += TABLE_WORDS) {
      const piece = words.subarray(done, done + TABLE_WORDS);
      const at = this.putIntoArena(piece);
      this.copy(this.parts.engine, at * 4, table, (firstWord + done) * 4, piece.length * 4);
    }
  }

  /** The stores to come go to this place. */
  patchesOf(place: GpuPlace): PatchSet {
    this.flushJobs();
    if ((this.patches.get(place.buffer)?.patches.length ?? 0) > DISPATCH_WORDS) this.flushPatches();
    let set = this.patches.get(place.buffer);
    if (set === undefined) {
      set = new PatchSet();
      this.patches.set(place.buffer, set);
    }
    this.hasPatches = true;
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
  }

  /** Hash what GART entries bind; paged layout only. */
  hashEntries(flag: number, firstEntry: number, nrPages: Pages, slot: number): void {
    this.beforeRead();
    const jobs = this.jobList(undefined);
    for (let i = 0; i < nrPages; i++) jobs.push4(flag, firstEntry + i, i, slot);
  }

  private jobList(buffer: GPUBuffer | undefined): WordList {
    if ((this.jobs.get(buffer)?.length ?? 0) > DISPATCH_WORDS) this.flushJobs();
    let list = this.jobs.get(buffer);
    if (list === undefined) {
      list = new WordList();
      this.jobs.set(buffer, list);
    }
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
          Math.ceil(words.length / 4 / HASH_PAGES_PER_GROUP),
          results,
        );
      }
      list.clear();
    }
    if (hashBindings === undefined) this.jobs.clear();
    this.hasJobs = false;
  }

  /** Add words to the arena. @returns where they begin, in words; a multiple of BINDING_WORDS */
  private putIntoArena(words: Uint32Array): number {
    if (this.arenaLength + words.length > this.arena.length) this.submitEncoder();
    const start = this.arenaLength;
    this.arena.set(words, start);
    this.arenaLength = Math.ceil((start + words.length) / BINDING_WORDS) * BINDING_WORDS;
    return start;
  }

  /** Record one dispatch: data buffers, then a list in the arena, then perhaps the results. */
  private dispatch(
    pipeline: GPUComputePipeline,
    buffers: readonly GPUBuffer[],
    list: Uint32Array,
    nrGroups: number,
    results?: GPUBuffer,
  ): void {
    const start = this.putIntoArena(list);
    this.flushCopy();
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
    this.flushPatches();
    this.flushJobs();
    this.submitEncoder();
  }

  private submitEncoder(): void {
    this.flushCopy();
    if (this.encoder === undefined) return;
    const { proxy, engine } = this.parts;
    if (this.arenaLength > 0) proxy.device.queue.writeBuffer(engine, 0, this.arena, 0, this.arenaLength);
    if (this.uploadCursor > 0) this.endUploads();
    proxy.submit(this.encoder.finish());
    this.hasUnfinished = true;
    this.encoder = undefined;
    this.arenaLength = 0;
  }

  /** The upload buffer goes to the GPU with this submit; nothing can be uploaded until a new one begins. */
  private endUploads(): void {
    this.parts.pool.unmapUpload();
    this.beginUploads(undefined);
  }
}
