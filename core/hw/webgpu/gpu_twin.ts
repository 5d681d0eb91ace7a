/**
 * The GPU's part of the machine on one device: executes batches of the queue, with RAM and SWAP in host memory.
 *
 * Order      host commands run while recording, unless they touch a page whose bytes are still on their way back from the
 *            GPU; then they wait in the read-back list. Only a command that would bring such a page to the GPU again
 *            splits the batch (submit, map, deliver)
 * Submits    one per batch, one map per batch, unless a split or a full arena forces another
 */
import { invariant } from '../../base/invariant.ts';
import { type Bytes, PAGE_SIZE, type Pages, type Pfn } from '../../base/units.ts';
import type { CommandQueue } from '../command_queue.ts';
import * as Q from '../command_queue.ts';
import { mixA, mixB } from '../content_hash.ts';
import { ENGINE_BYTES, QUERY_BYTES, type VramLayout } from '../expected_bytes.ts';
import { GART_PAGE_SHIFT, pfnOfGartEntry } from '../gart_entry.ts';
import { copyOnHost, hashOnHost, type Memories, memoryOf, writeOnHost } from '../host/host_executor.ts';
import { ZERO_PAGE_A, ZERO_PAGE_B } from '../host/host_machine.ts';
import { HostMemory } from '../host/host_memory.ts';
import type { MachineDescription } from '../machine_description.ts';
import { isMirrorEntry, MirrorBinds } from '../mirror_binds.ts';
import { pageOfPfn, REGION_MIRROR, REGION_RAM, REGION_VRAM, regionOfPfn } from '../region.ts';
import type { VramOwners } from '../vram_owners.ts';
import { BatchRecorder } from './batch_recorder.ts';
import { type GpuDeviceProxy, USAGE } from './gpu_device_proxy.ts';
import { GpuMemory, type GpuPlace } from './gpu_memory.ts';
import { createPipelines } from './pipelines.ts';
import {
  ANSWER_MARK,
  DELIVER_BYTE,
  DELIVER_HASH,
  DELIVER_PAGES,
  DELIVER_WORD,
  ReadBackList,
  RUN_ON_HOST,
} from './read_back.ts';
import { StagingPool } from './staging_pool.ts';
import { JOB_THROUGH_GART } from './wgsl.ts';

/** Read-back of one submit at most. */
const MAX_READ_BACK = 256 * 1024 * 1024;
const RESULT_BYTES = 16;

/** True for frames whose bytes lie on the GPU. */
export function isOnGpu(pfn: Pfn): boolean {
  const region = regionOfPfn(pfn);
  return region === REGION_VRAM || region === REGION_MIRROR;
}

export class GpuTwin {
  private readonly memory: GpuMemory;
  private readonly binds: MirrorBinds;
  private readonly gartTable: GPUBuffer | undefined;
  /** Entries as the model wrote them, and as the GPU sees them (system pages as places in the mirror heap). */
  private readonly gart: Uint32Array;
  private readonly gartOnGpu: Uint32Array<ArrayBuffer>;
  private dirtyFrom = Number.POSITIVE_INFINITY;
  private dirtyTo = 0;
  /** Submit in which the table was last read by a recorded dispatch. */
  private gartReadIn = 0;
  private readonly pool: StagingPool;
  private readonly engine: GPUBuffer;
  private readonly results: GPUBuffer;
  private recorder!: BatchRecorder;

  private readonly after = new ReadBackList();
  private readBuffer: GPUBuffer | undefined;
  private readSize: Bytes = 0;
  private readCursor: Bytes = 0;
  private nrResults = 0;
  /** Flush in which a page of RAM or SWAP last became busy with bytes that are not there yet. */
  private readonly ramBusy: Uint32Array;
  private readonly swapBusy: Uint32Array;
  private flushNumber = 1;
  private readonly destroyLater: number[] = [];
  private readonly scratch = new Uint8Array(256 * PAGE_SIZE);

  private constructor(
    private readonly machine: MachineDescription,
    readonly layout: VramLayout,
    private readonly proxy: GpuDeviceProxy,
    private readonly memories: Memories,
    private readonly owners: VramOwners,
  ) {
    this.binds = new MirrorBinds(machine.ttBytes > 0 ? machine.ramBytes / PAGE_SIZE : 0);
    this.memory = new GpuMemory(machine, layout, proxy, owners, this.binds);
    this.gart = new Uint32Array(machine.gartEntries);
    this.gartOnGpu = new Uint32Array(machine.gartEntries);
    if (machine.gartEntries > 0) {
      const usage = USAGE.STORAGE | USAGE.COPY_DST | USAGE.COPY_SRC;
      this.gartTable = proxy.createBuffer('gart', machine.gartEntries * 4, usage, 'GART table');
    }
    this.engine = proxy.createBuffer('engine', ENGINE_BYTES, USAGE.STORAGE | USAGE.COPY_DST, 'job lists');
    const resultUsage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;
    this.results = proxy.createBuffer('query', QUERY_BYTES, resultUsage, 'hash results');
    this.pool = new StagingPool(proxy, proxy.device.limits.maxBufferSize);
    this.ramBusy = new Uint32Array(machine.ramBytes / PAGE_SIZE);
    this.swapBusy = new Uint32Array(machine.swapBytes / PAGE_SIZE);
  }

  /** Make buffers and pipelines. @throws GpuError out-of-memory */
  static async create(
    machine: MachineDescription,
    layout: VramLayout,
    proxy: GpuDeviceProxy,
    memories: Memories,
    owners: VramOwners,
  ): Promise<GpuTwin> {
    const twin = new GpuTwin(machine, layout, proxy, memories, owners);
    const pipelines = await createPipelines(proxy.device, machine, layout, twin.memory);
    const { memory, gartTable } = twin;
    let hashBindings: GPUBuffer[] | undefined;
    if (layout === 'paged') {
      hashBindings = [...memory.heaps];
      if (memory.mirrorHeap !== undefined) {
        hashBindings.push(memory.mirrorHeap);
        if (gartTable !== undefined) hashBindings.push(gartTable);
      }
    }
    twin.recorder = new BatchRecorder({
      proxy,
      pool: twin.pool,
      pipelines,
      engine: twin.engine,
      results: twin.results,
      hashBindings,
      nrStamps: memory.nrStamps,
    });
    await proxy.finish();
    proxy.throwPendingError();
    return twin;
  }

  private readonly clearPlace = (place: GpuPlace): void => this.recorder.clearPages(place);

  private locate(pfn: Pfn, nrPages: Pages): GpuPlace {
    return this.memory.locate(pfn, nrPages, this.clearPlace);
  }

  /** Bytes that the rest of a queue reads back, from the command at a word on. */
  private readBackBytes(queue: CommandQueue, from: number): Bytes {
    const { commands } = queue;
    const end = queue.nrCommands * Q.COMMAND_WORDS;
    let bytes = 0;
    let hashes = 0;
    for (let at = from; at < end; at += Q.COMMAND_WORDS) {
      switch (commands[at]) {
        case Q.OP_COPY_RUN:
          if (isOnGpu(commands[at + 1]!) && !isOnGpu(commands[at + 2]!))
            bytes += commands[at + 3]! * PAGE_SIZE;
          break;
        case Q.OP_LOAD_BYTE:
          bytes += 4;
          break;
        case Q.OP_LOAD_WORDS:
          bytes += 8 * commands[at + 3]!;
          break;
        case Q.OP_HASH_GART:
        case Q.OP_HASH_PAGES:
          hashes++;
      }
    }
    return bytes + Math.min(hashes * RESULT_BYTES, QUERY_BYTES);
  }

  private beginFlush(queue: CommandQueue, at: number): void {
    const wanted = Math.min(this.readBackBytes(queue, at), MAX_READ_BACK, this.pool.largestRead);
    this.readBuffer = wanted > 0 ? this.pool.readBuffer(wanted) : undefined;
    this.readSize = this.readBuffer?.size ?? 0;
    this.readCursor = 0;
    this.nrResults = 0;
  }

  /** Submit, wait for the bytes, deliver them. */
  private async flush(queue: CommandQueue): Promise<void> {
    const { recorder, readBuffer } = this;
    let resultsAt = 0;
    if (this.nrResults > 0) {
      resultsAt = this.readCursor;
      recorder.readResults(this.nrResults * RESULT_BYTES, readBuffer!, resultsAt);
      this.readCursor += this.nrResults * RESULT_BYTES;
    }
    recorder.submit();
    if (this.readCursor > 0) {
      const bytes = await this.proxy.map(readBuffer!, this.readCursor);
      this.proxy.throwPendingError();
      this.after.deliver(queue, this.memories, bytes, resultsAt, at => this.runOnHost(queue, at));
      readBuffer!.unmap();
      recorder.hasUnfinished = false;
    } else {
      this.after.deliver(queue, this.memories, new ArrayBuffer(0), 0, at => this.runOnHost(queue, at));
    }
    this.flushNumber++;
  }

  /** Room in the read-back buffer, or -1 when the batch must be split first. */
  private takeReadBack(bytes: Bytes): number {
    const reserved = this.nrResults * RESULT_BYTES;
    if (this.readCursor + bytes + reserved > this.readSize) return -1;
    const at = this.readCursor;
    this.readCursor += bytes;
    return at;
  }

  /** Progress through the batch, for the machine's handling of a lost device: word index of the next command. */
  at = 0;
  movedBytes: Bytes = 0;

  /** Entries of the read-back list that were never delivered (after a loss). */
  get undelivered(): ReadBackList {
    return this.after;
  }

  /**
   * Execute a queue. The caller settles it.
   *
   * @throws GpuError, or whatever mapAsync rejects with when the device is lost
   */
  async execute(queue: CommandQueue): Promise<Bytes> {
    const end = queue.nrCommands * Q.COMMAND_WORDS;
    this.movedBytes = 0;
    this.at = 0;
    this.beginFlush(queue, 0);
    while (this.at < end) {
      if (this.record(queue, this.at)) this.at += Q.COMMAND_WORDS;
      else {
        await this.flush(queue);
        this.beginFlush(queue, this.at);
      }
    }
    this.writeDirtyGart();
    await this.flush(queue);
    for (const id of this.destroyLater.splice(0)) this.memory.destroyed(id);
    // The barrier waits for the GPU also when no bytes come back.
    if (this.recorder.hasUnfinished) {
      await this.proxy.finish();
      this.recorder.hasUnfinished = false;
    }
    this.pool.trim();
    this.proxy.throwPendingError();
    return this.movedBytes;
  }

  /** Record one command. @returns false when the batch must be flushed first and the command tried again */
  private record(queue: CommandQueue, at: number): boolean {
    const { commands } = queue;
    const op = commands[at]!;
    const a = commands[at + 1]!;
    const b = commands[at + 2]!;
    const c = commands[at + 3]!;
    let done: boolean;
    switch (op) {
      case Q.OP_COPY_RUN:
        done = this.recordCopy(at, a, b, c);
        if (done) {
          this.movedBytes += c * PAGE_SIZE;
          queue.bytesSinceMark += c * PAGE_SIZE;
        }
        break;
      case Q.OP_VRAM_ALLOC:
        this.owners.alloc(a, b, c);
        this.memory.created(a, c);
        done = true;
        break;
      case Q.OP_VRAM_FREE:
        this.owners.free(a);
        this.destroyLater.push(a);
        done = true;
        break;
      case Q.OP_GART_WRITE:
        for (let i = 0; i < c; i++) this.writeGartEntry(a + i, queue.lists[b + i]!);
        done = true;
        break;
      case Q.OP_LOAD_BYTE:
        done = this.recordLoadByte(queue, at, a, b, c);
        break;
      case Q.OP_LOAD_WORDS:
        done = this.recordLoadWords(queue, at, a, b, c);
        break;
      case Q.OP_HASH_PAGES:
        done = this.recordHashPages(queue, at, a, b, c);
        break;
      case Q.OP_HASH_GART:
        done = this.recordHashGart(queue, a, b, c);
        break;
      case Q.OP_MARK:
        this.after.entries.push4(ANSWER_MARK, a, queue.commandsSinceMark, queue.bytesSinceMark);
        queue.commandsSinceMark = 0;
        queue.bytesSinceMark = 0;
        return true;
      case Q.OP_NOTHING:
        done = true;
        break;
      default:
        done = this.recordWrite(at, op, a, b, c);
    }
    if (done) queue.commandsSinceMark++;
    return done;
  }

  // ---- host memory that waits for bytes ----

  private busyOf(pfn: Pfn): Uint32Array {
    return regionOfPfn(pfn) === REGION_RAM ? this.ramBusy : this.swapBusy;
  }

  private isBusy(pfn: Pfn, nrPages: Pages): boolean {
    const busy = this.busyOf(pfn);
    const page = pageOfPfn(pfn);
    for (let i = page; i < page + nrPages; i++) if (busy[i] === this.flushNumber) return true;
    return false;
  }

  private makeBusy(pfn: Pfn, nrPages: Pages): void {
    const page = pageOfPfn(pfn);
    this.busyOf(pfn).fill(this.flushNumber, page, page + nrPages);
  }

  /** The host part of a command, at once or when the read-back is delivered. */
  private runOnHost(queue: CommandQueue, at: number): void {
    const { commands, lists } = queue;
    const a = commands[at + 1]!;
    const b = commands[at + 2]!;
    const c = commands[at + 3]!;
    switch (commands[at]) {
      case Q.OP_COPY_RUN:
        copyOnHost(this.memories, a, b, c);
        return;
      case Q.OP_LOAD_BYTE:
        queue.answerSlot(a)[0] = memoryOf(this.memories, regionOfPfn(b)).readByte(pageOfPfn(b), c);
        return;
      case Q.OP_LOAD_WORDS: {
        const answer = queue.answerSlot(a);
        for (let i = 0; i < c; i++) {
          const pfn = lists[b + i]!;
          if (isOnGpu(pfn)) continue;
          const memory = memoryOf(this.memories, regionOfPfn(pfn));
          answer[2 * i] = memory.readWord(pageOfPfn(pfn), 0);
          answer[2 * i + 1] = memory.readWord(pageOfPfn(pfn), 1);
        }
        return;
      }
      case Q.OP_HASH_PAGES: {
        let index = 0;
        for (let run = 0; run < c; run++) {
          const nrPages = lists[b + 2 * run + 1]!;
          const pfn = lists[b + 2 * run]!;
          if (!isOnGpu(pfn)) hashOnHost(this.memories, pfn, nrPages, index, queue.answerSlot(a));
          index += nrPages;
        }
        return;
      }
      default:
        writeOnHost(this.memories, commands[at]!, a, b, c);
    }
  }

  private recordWrite(at: number, op: number, pfn: Pfn, b: number, c: number): boolean {
    const nrPages = op === Q.OP_FILL_PAGES ? b : 1;
    if (!isOnGpu(pfn)) {
      if (!this.isBusy(pfn, nrPages)) writeOnHost(this.memories, op, pfn, b, c);
      else {
        this.makeBusy(pfn, nrPages);
        this.after.entries.push4(RUN_ON_HOST, at, 0, 0);
      }
      return true;
    }
    if (op === Q.OP_FILL_PAGES) {
      for (let done = 0; done < nrPages; ) {
        const place = this.locate(pfn + done, nrPages - done);
        if (c === 0) this.recorder.clearPages(place);
        else this.recorder.fillPages(place, c);
        done += place.nrPages;
      }
      return true;
    }
    const place = this.locate(pfn, 1);
    const patches = this.recorder.patchesOf(place);
    const base = place.offsetBytes;
    if (op === Q.OP_STORE_WORD) {
      patches.store(base / 4, -1, b);
      patches.store(base / 4 + 1, -1, c);
    } else if (op === Q.OP_STORE_BYTE) patches.fillBytes(base + b, 1, c);
    else if (op === Q.OP_FILL_BYTES) patches.fillBytes(base + (b & 0xfff), b >>> 12, c);
    else {
      invariant(op === Q.OP_FLIP_BYTE, () => `Command ${op} is unknown.`);
      patches.invert((base + (b & ~3)) / 4, 0xff << (8 * (b & 3)));
    }
    return true;
  }

  private recordCopy(at: number, from: Pfn, to: Pfn, nrPages: Pages): boolean {
    if (isOnGpu(from)) {
      if (isOnGpu(to)) {
        this.copyOnGpu(from, to, nrPages);
        return true;
      }
      const bytes = nrPages * PAGE_SIZE;
      const offset = this.takeReadBack(bytes);
      if (offset < 0) {
        invariant(
          bytes <= MAX_READ_BACK,
          () => `One copy reads back ${bytes} bytes; ${MAX_READ_BACK} are possible.`,
        );
        return false;
      }
      for (let done = 0; done < nrPages; ) {
        const place = this.locate(from + done, nrPages - done);
        this.recorder.readBytes(
          place,
          0,
          place.nrPages * PAGE_SIZE,
          this.readBuffer!,
          offset + done * PAGE_SIZE,
        );
        done += place.nrPages;
      }
      this.after.entries.push4(DELIVER_PAGES, offset, to, nrPages);
      this.makeBusy(to, nrPages);
      return true;
    }
    const busy = this.isBusy(from, nrPages);
    if (!isOnGpu(to)) {
      if (!busy && !this.isBusy(to, nrPages)) copyOnHost(this.memories, from, to, nrPages);
      else {
        this.makeBusy(from, nrPages);
        this.makeBusy(to, nrPages);
        this.after.entries.push4(RUN_ON_HOST, at, 0, 0);
      }
      return true;
    }
    if (busy) return false;
    this.upload(from, to, nrPages);
    return true;
  }

  private upload(from: Pfn, to: Pfn, nrPages: Pages): void {
    const memory = memoryOf(this.memories, regionOfPfn(from));
    for (let done = 0; done < nrPages; ) {
      const place = this.locate(to + done, nrPages - done);
      const page = pageOfPfn(from) + done;
      let bytes: Uint8Array<ArrayBuffer> | undefined;
      if (memory instanceof HostMemory) {
        place.nrPages = memory.contiguous(page, place.nrPages);
        bytes = memory.view(page, place.nrPages);
      } else {
        place.nrPages = Math.min(place.nrPages, this.scratch.length / PAGE_SIZE);
        bytes = this.scratch.subarray(0, place.nrPages * PAGE_SIZE);
        memory.read(page, bytes);
      }
      if (bytes === undefined) this.recorder.clearPages(place);
      else this.recorder.upload(place, bytes);
      done += place.nrPages;
    }
  }

  private copyOnGpu(from: Pfn, to: Pfn, nrPages: Pages): void {
    const distance = Math.abs(to - from);
    if (distance === 0) return;
    if (distance < nrPages) {
      // Overlapping runs: pieces no longer than the distance, in the order that reads before it overwrites.
      for (let done = 0; done < nrPages; ) {
        const step = Math.min(distance, nrPages - done);
        const at = to > from ? nrPages - done - step : done;
        this.copyOnGpu(from + at, to + at, step);
        done += step;
      }
      return;
    }
    for (let done = 0; done < nrPages; ) {
      const source = this.locate(from + done, nrPages - done);
      const target = this.locate(to + done, source.nrPages);
      source.nrPages = target.nrPages;
      this.recorder.copyPages(source, target);
      done += target.nrPages;
    }
  }

  private recordLoadByte(queue: CommandQueue, at: number, ticket: number, pfn: Pfn, byte: number): boolean {
    if (!isOnGpu(pfn)) {
      if (!this.isBusy(pfn, 1)) this.runOnHost(queue, at);
      else this.after.entries.push4(RUN_ON_HOST, at, 0, 0);
      return true;
    }
    const offset = this.takeReadBack(4);
    if (offset < 0) return false;
    this.recorder.readBytes(this.locate(pfn, 1), byte & ~3, 4, this.readBuffer!, offset);
    this.after.entries.push4(DELIVER_BYTE, offset + (byte & 3), ticket, 0);
    return true;
  }

  private recordLoadWords(
    queue: CommandQueue,
    at: number,
    ticket: number,
    list: number,
    nrPages: Pages,
  ): boolean {
    let onGpu = 0;
    let busy = false;
    for (let i = 0; i < nrPages; i++) {
      const pfn = queue.lists[list + i]!;
      if (isOnGpu(pfn)) onGpu++;
      else busy ||= this.isBusy(pfn, 1);
    }
    let offset = this.takeReadBack(8 * onGpu);
    if (offset < 0) return false;
    for (let i = 0; i < nrPages && onGpu > 0; i++) {
      const pfn = queue.lists[list + i]!;
      if (!isOnGpu(pfn)) continue;
      this.recorder.readBytes(this.locate(pfn, 1), 0, 8, this.readBuffer!, offset);
      this.after.entries.push4(DELIVER_WORD, offset, ticket, 2 * i);
      offset += 8;
    }
    if (!busy) this.runOnHost(queue, at);
    else {
      for (let i = 0; i < nrPages; i++)
        if (!isOnGpu(queue.lists[list + i]!)) this.makeBusy(queue.lists[list + i]!, 1);
      this.after.entries.push4(RUN_ON_HOST, at, 0, 0);
    }
    return true;
  }

  /** A result slot, or -1 when the batch must be split first. */
  private takeResult(): number {
    if ((this.nrResults + 1) * RESULT_BYTES > QUERY_BYTES) return -1;
    if (this.readCursor + (this.nrResults + 1) * RESULT_BYTES > this.readSize) return -1;
    if (this.nrResults === 0) this.recorder.clearResults(QUERY_BYTES);
    return this.nrResults++;
  }

  private recordHashPages(
    queue: CommandQueue,
    at: number,
    ticket: number,
    list: number,
    nrRuns: number,
  ): boolean {
    let onGpu = false;
    let busy = false;
    for (let run = 0; run < nrRuns; run++) {
      const pfn = queue.lists[list + 2 * run]!;
      if (isOnGpu(pfn)) onGpu = true;
      else busy ||= this.isBusy(pfn, queue.lists[list + 2 * run + 1]!);
    }
    if (onGpu) {
      const slot = this.takeResult();
      if (slot < 0) return false;
      let index = 0;
      for (let run = 0; run < nrRuns; run++) {
        const pfn = queue.lists[list + 2 * run]!;
        const nrPages = queue.lists[list + 2 * run + 1]!;
        if (isOnGpu(pfn)) {
          for (let done = 0; done < nrPages; ) {
            const place = this.locate(pfn + done, nrPages - done);
            this.recorder.hashPages(place, index + done, slot);
            done += place.nrPages;
          }
        }
        index += nrPages;
      }
      this.after.entries.push4(DELIVER_HASH, slot, ticket, 0);
    }
    if (!busy) this.runOnHost(queue, at);
    else {
      for (let run = 0; run < nrRuns; run++) {
        const pfn = queue.lists[list + 2 * run]!;
        if (!isOnGpu(pfn)) this.makeBusy(pfn, queue.lists[list + 2 * run + 1]!);
      }
      this.after.entries.push4(RUN_ON_HOST, at, 0, 0);
    }
    return true;
  }

  // ---- GART ----

  private writeGartEntry(index: number, entry: number): void {
    const released = this.binds.replace(this.gart[index]!, entry);
    this.gart[index] = entry;
    if (released >= 0) this.memory.slots.release(released);
    let onGpu = entry;
    if (isMirrorEntry(entry)) {
      const slot = this.memory.slotOf(entry >>> GART_PAGE_SHIFT, this.clearPlace);
      onGpu = (entry & ((1 << GART_PAGE_SHIFT) - 1)) | (slot << GART_PAGE_SHIFT);
    }
    this.gartOnGpu[index] = onGpu;
    this.dirtyFrom = Math.min(this.dirtyFrom, index);
    this.dirtyTo = Math.max(this.dirtyTo, index + 1);
  }

  private writeDirtyGart(): void {
    if (this.dirtyFrom >= this.dirtyTo || this.gartTable === undefined) return;
    const piece = new Uint8Array(
      this.gartOnGpu.buffer,
      this.dirtyFrom * 4,
      (this.dirtyTo - this.dirtyFrom) * 4,
    );
    const inOrder = this.gartReadIn === this.recorder.submitNumber;
    this.recorder.writeTable(this.gartTable, this.dirtyFrom * 4, piece, inOrder);
    this.dirtyFrom = Number.POSITIVE_INFINITY;
    this.dirtyTo = 0;
  }

  /**
   * Paged: the shader translates. Dedicated: buffers cannot be reached through a table, so the table is walked here and
   * the pages are hashed where they lie; hash and faults are the same, and so are the digests of both layouts.
   */
  private recordHashGart(queue: CommandQueue, ticket: number, firstEntry: number, nrPages: Pages): boolean {
    const slot = this.takeResult();
    if (slot < 0) return false;
    const answer = queue.answerSlot(ticket);
    const throughTable = this.layout === 'paged' && this.memory.mirrorHeap !== undefined;
    if (throughTable) this.writeDirtyGart();
    for (let i = 0; i < nrPages; i++) {
      const pfn = pfnOfGartEntry(this.machine, this.gart[firstEntry + i]!);
      if (pfn >= 0) {
        const place = this.locate(pfn, 1);
        if (throughTable) this.recorder.touchPlace(place);
        else this.recorder.hashPages(place, i, slot);
      } else if (!throughTable) {
        if (this.machine.unboundEntry === 'invalid') answer[2]!++;
        answer[0]! += mixA(ZERO_PAGE_A, i);
        answer[1]! += mixB(ZERO_PAGE_B, i);
      }
    }
    if (throughTable) {
      this.recorder.hashEntries(JOB_THROUGH_GART, firstEntry, nrPages, slot);
      this.gartReadIn = this.recorder.submitNumber;
    }
    this.after.entries.push4(DELIVER_HASH, slot, ticket, 1);
    return true;
  }

  // ---- restore, audit, end ----

  /**
   * Fill fresh buffers; the owners already know the allocations.
   *
   * @param pages calls back with every page that is not zero
   */
  async refill(
    gart: Uint32Array,
    pages: (each: (pfn: Pfn, bytes: Uint8Array<ArrayBuffer>) => void) => void,
  ): Promise<void> {
    for (const [id, { nrPages }] of this.owners.allocations) this.memory.created(id, nrPages);
    for (let i = 0; i < gart.length; i++) if (gart[i] !== 0) this.writeGartEntry(i, gart[i]!);
    pages((pfn, bytes) => this.recorder.upload(this.locate(pfn, 1), bytes));
    this.writeDirtyGart();
    this.recorder.submit();
    await this.proxy.finish();
    this.proxy.throwPendingError();
  }

  /** The GART table read back from the GPU, with system pages as RAM pages again. */
  async readGart(): Promise<Uint32Array> {
    const table = new Uint32Array(this.gart.length);
    if (this.gartTable === undefined) return table;
    const buffer = this.pool.readBuffer(this.gartTable.size);
    this.recorder.readBuffer(this.gartTable, this.gartTable.size, buffer, 0);
    this.recorder.submit();
    table.set(new Uint32Array(await this.proxy.map(buffer, this.gartTable.size)));
    buffer.unmap();
    this.proxy.throwPendingError();
    for (let i = 0; i < table.length; i++) {
      if (!isMirrorEntry(table[i]!)) continue;
      const page = this.memory.slots.pageOf(table[i]! >>> GART_PAGE_SHIFT);
      table[i] = ((table[i]! & ((1 << GART_PAGE_SHIFT) - 1)) | (page << GART_PAGE_SHIFT)) >>> 0;
    }
    return table;
  }

  /** Entries as the machine was told them. */
  get gartShadow(): Uint32Array {
    return this.gart;
  }

  get staging() {
    return this.pool.state();
  }

  /** Destroy every buffer. */
  dispose(): void {
    this.pool.dispose();
    this.memory.dispose();
    if (this.gartTable !== undefined) this.proxy.destroyBuffer(this.gartTable);
    this.proxy.destroyBuffer(this.engine);
    this.proxy.destroyBuffer(this.results);
  }
}
