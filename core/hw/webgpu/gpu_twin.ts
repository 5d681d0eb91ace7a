/**
 * The GPU's part of the machine on one device: its buffers and pipelines, and the barrier that executes a queue.
 *
 * Submits    one per batch and one map per direction, unless a split or a full arena forces another
 */
import { invariant } from '../../base/invariant.ts';
import { type Bytes, PAGE_SIZE, type Pfn } from '../../base/units.ts';
import { COMMAND_WORDS, type CommandQueue, OP_RING_RUN } from '../command_queue.ts';
import { ENGINE_BYTES, QUERY_BYTES, type StagingState, type VramLayout } from '../expected_bytes.ts';
import { type Memories, readOnHost } from '../host/host_executor.ts';
import { NO_RINGS } from '../host/host_machine.ts';
import { type MachineDescription, regionPages } from '../machine_description.ts';
import { MirrorBinds } from '../mirror_binds.ts';
import { REGION_MIRROR } from '../region.ts';
import type { BatchRequest } from '../ring/batch_generator.ts';
import { RING_ENGINES } from '../ring/engine_state.ts';
import type { VramOwners } from '../vram_owners.ts';
import { generateOnGpu } from './batch_generator.ts';
import { BatchRecorder } from './batch_recorder.ts';
import { BusyFrames } from './busy_frames.ts';
import { CommandTranslator } from './command_translator.ts';
import { Doorbell } from './doorbell.ts';
import { FlushSpace } from './flush_space.ts';
import { GartTable } from './gart_table.ts';
import { type GpuDeviceProxy, USAGE } from './gpu_device_proxy.ts';
import { GpuMemory, isOnGpu } from './gpu_memory.ts';
import { runOnHost } from './host_commands.ts';
import { createPipelines } from './pipelines.ts';
import { ReadBackList } from './read_back.ts';
import { ScanOutEngine } from './scan_out.ts';
import { StagingPool } from './staging_pool.ts';
import { createStreamer, gartBuffers, gartShape, RUN_READ_BYTES, type Streamer } from './streamer.ts';

/** Pages that readPages() brings back with one map. */
const READ_PAGES = 1024;

const noBytesRead = new ArrayBuffer(0);

export class GpuTwin {
  private readonly memory: GpuMemory;
  private readonly gart: GartTable;
  private readonly pool: StagingPool;
  private readonly engine: GPUBuffer;
  private readonly results: GPUBuffer;
  private readonly streamer: Streamer | undefined;
  private readonly busy: BusyFrames;
  private recorder!: BatchRecorder;
  private space!: FlushSpace;
  private translator!: CommandTranslator;
  private doorbell!: Doorbell;
  /** What waits for the read-back; after a loss, what was never delivered. */
  readonly after = new ReadBackList();
  /** Word index of the next command of the batch; after a loss, the first that was not translated. */
  at = 0;

  private scanOut: ScanOutEngine | undefined;

  private constructor(
    private readonly machine: MachineDescription,
    layout: VramLayout,
    private readonly proxy: GpuDeviceProxy,
    private readonly memories: Memories,
    private readonly owners: VramOwners,
  ) {
    const binds = new MirrorBinds(regionPages(machine)[REGION_MIRROR]);
    this.memory = new GpuMemory(machine, layout, proxy, owners, binds);
    this.gart = new GartTable(machine, proxy, this.memory, binds);
    const usage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;
    this.engine = proxy.createBuffer('engine', ENGINE_BYTES, usage, 'job lists');
    this.results = proxy.createBuffer('query', QUERY_BYTES, usage, 'hash results');
    this.streamer = createStreamer(machine, proxy, this.memory, this.gart.buffer);
    this.pool = new StagingPool(proxy, proxy.device.limits.maxBufferSize);
    this.busy = new BusyFrames(machine);
  }

  /**
   * Make buffers and pipelines.
   *
   * @param memories RAM and SWAP
   * @param owners   VRAM allocations that exist already get their buffers from refill()
   * @throws GpuError out-of-memory
   */
  static async create(
    machine: MachineDescription,
    layout: VramLayout,
    proxy: GpuDeviceProxy,
    memories: Memories,
    owners: VramOwners,
  ): Promise<GpuTwin> {
    const twin = new GpuTwin(machine, layout, proxy, memories, owners);
    const { memory, gart, pool, engine, results, busy, after, streamer } = twin;
    const pipelines = await createPipelines(proxy.device, machine, layout, memory);
    const recorder = new BatchRecorder({
      proxy,
      pool,
      pipelines,
      engine,
      results,
      hashBindings: twin.hashBindings(),
    });
    const space = new FlushSpace(pool, recorder);
    twin.recorder = recorder;
    twin.space = space;
    twin.translator = new CommandTranslator({
      machine,
      memories,
      owners,
      memory,
      gart,
      recorder,
      space,
      busy,
      after,
      streamer,
    });
    twin.doorbell = new Doorbell({ proxy, memory, gart, pool, recorder, space, after });
    await proxy.finish();
    proxy.throwPendingError();
    return twin;
  }

  /** Data buffers and GART table in the order of the hash shader's bindings; undefined on the dedicated layout. */
  private hashBindings(): GPUBuffer[] | undefined {
    const { memory, gart } = this;
    if (memory.layout === 'dedicated') return undefined;
    const bindings = [...memory.heaps];
    if (memory.mirrorHeap === undefined) return bindings;
    bindings.push(memory.mirrorHeap);
    if (gart.buffer !== undefined) bindings.push(gart.buffer);
    return bindings;
  }

  /**
   * Execute a queue. The caller settles it.
   *
   * @returns bytes moved by copies
   * @throws GpuError, or whatever mapAsync rejects with when the device is lost
   */
  async execute(queue: CommandQueue): Promise<Bytes> {
    const { translator, space, memory } = this;
    const end = queue.nrCommands * COMMAND_WORDS;
    translator.movedBytes = 0;
    this.at = 0;
    space.begin(queue, 0);
    while (this.at < end) {
      if (queue.commands[this.at] === OP_RING_RUN) {
        await this.doorbell.ring(translator, queue, this.at, at => this.flush(queue, at));
        this.at += COMMAND_WORDS;
        space.begin(queue, this.at);
      } else if (translator.translate(queue, this.at)) this.at += COMMAND_WORDS;
      else {
        await this.flush(queue);
        space.begin(queue, this.at);
      }
    }
    this.gart.flush(this.recorder);
    await this.flush(queue);
    for (const id of translator.destroyLater.splice(0)) memory.destroyed(id);
    this.pool.trim();
    this.proxy.throwPendingError();
    return translator.movedBytes;
  }

  /**
   * Submit, wait for the GPU and its bytes, deliver them.
   *
   * @param headAt where in the read-back buffer the head words of a run are, if there are any
   * @returns those words
   */
  private async flush(queue: CommandQueue, headAt = -1): Promise<Uint32Array> {
    const { recorder, pool, proxy, space, after } = this;
    const resultsAt = space.readResults();
    recorder.submit();
    let bytes = noBytesRead;
    if (space.readBytes > 0) {
      const [mapped] = await Promise.all([
        proxy.map(space.readBuffer!, space.readBytes),
        pool.waitForUpload(),
      ]);
      bytes = mapped;
    } else if (pool.uploadIsBusy) await pool.waitForUpload();
    else if (recorder.hasUnfinished) await proxy.finish();
    recorder.hasUnfinished = false;
    proxy.throwPendingError();
    after.deliver(queue, this.memories, bytes, resultsAt, at => runOnHost(queue, this.memories, at));
    const head = new Uint32Array(headAt < 0 ? noBytesRead : bytes.slice(headAt, headAt + RUN_READ_BYTES));
    if (space.readBytes > 0) space.readBuffer!.unmap();
    this.busy.clear();
    return head;
  }

  /** All pages read as zeros, no allocation and no GART entry exists any more. */
  async clear(): Promise<void> {
    for (const id of this.owners.allocations.keys()) this.memory.destroyed(id);
    this.gart.clear();
    for (const buffer of this.memory.clear()) this.recorder.clearBuffer(buffer);
    this.gart.flush(this.recorder);
    this.recorder.submit();
    await this.proxy.finish();
    this.proxy.throwPendingError();
  }

  /**
   * Fill fresh buffers: those of the allocations that the owners know, the GART table, its TLB, engines, and pages.
   *
   * @param pages calls back with every page that is not zero; the bytes are read before it returns
   */
  async refill(
    { gart, engines }: CommandQueue,
    pages: (each: (pfn: Pfn, bytes: Uint8Array<ArrayBuffer>) => void) => void,
  ): Promise<void> {
    const { memory, translator, proxy } = this;
    for (const [id, { nrPages }] of this.owners.allocations) memory.created(id, nrPages);
    gart.forEach((entry, index) => {
      if (entry !== 0) this.gart.write(index, entry, translator.clearPlace);
    });
    pages((pfn, bytes) => {
      const place = memory.locate(pfn, 1, translator.clearPlace);
      proxy.device.queue.writeBuffer(place.buffer, place.offsetBytes, bytes);
    });
    this.gart.flush(this.recorder);
    this.gart.restoreTlb(this.recorder, engines.tlb, translator.clearPlace);
    for (let engine = 0; engine < RING_ENGINES; engine++)
      this.streamer?.writeEngine(this.recorder, engine, engines.stateOf(engine));
    this.recorder.submit();
    await proxy.finish();
    proxy.throwPendingError();
  }

  /** The GART table as the GPU has it, in the model's entries. */
  async readGart(): Promise<Uint32Array> {
    const { buffer } = this.gart;
    if (buffer === undefined) return this.gart.entries;
    const bytes = this.gart.entries.length * 4;
    const staging = this.pool.readBuffer(bytes);
    this.recorder.readBuffer(buffer, bytes, staging, 0);
    this.recorder.submit();
    const table = new Uint32Array((await this.proxy.map(staging, bytes)).slice(0));
    staging.unmap();
    this.proxy.throwPendingError();
    return this.gart.asModelEntries(table);
  }

  /** The bytes of frames, one page after the other. */
  async readPages(pfns: ArrayLike<Pfn>): Promise<Uint8Array> {
    const bytes = new Uint8Array(pfns.length * PAGE_SIZE);
    const onGpu: number[] = [];
    for (let i = 0; i < pfns.length; i++) {
      if (isOnGpu(pfns[i]!)) onGpu.push(i);
      else bytes.set(readOnHost(this.memories, [pfns[i]!]), i * PAGE_SIZE);
    }
    for (let first = 0; first < onGpu.length; first += READ_PAGES) {
      const piece = onGpu.slice(first, first + READ_PAGES);
      const staging = this.pool.readBuffer(piece.length * PAGE_SIZE);
      piece.forEach((index, i) => {
        const place = this.memory.locate(pfns[index]!, 1, this.translator.clearPlace);
        this.recorder.readBytes(place, 0, PAGE_SIZE, staging, i * PAGE_SIZE);
      });
      this.recorder.submit();
      const mapped = new Uint8Array(await this.proxy.map(staging, piece.length * PAGE_SIZE));
      piece.forEach((index, i) => {
        bytes.set(mapped.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE), index * PAGE_SIZE);
      });
      staging.unmap();
      this.proxy.throwPendingError();
    }
    return bytes;
  }

  /** The display engine. @throws ModelBug on the dedicated layout */
  get display(): ScanOutEngine {
    const { memory, gart, proxy, machine } = this;
    invariant(memory.layout === 'paged' && gart.buffer, () => NO_RINGS);
    this.scanOut ??= new ScanOutEngine(proxy, gartShape(machine), gartBuffers(memory, gart.buffer));
    return this.scanOut;
  }

  /** Machine.generateBatch() */
  async generateBatch(request: BatchRequest): Promise<void> {
    const { memory, gart, proxy, machine } = this;
    invariant(memory.layout === 'paged' && gart.buffer, () => NO_RINGS);
    gart.flush(this.recorder);
    this.recorder.submit();
    await generateOnGpu(proxy, gartShape(machine), gartBuffers(memory, gart.buffer), request);
  }

  get staging(): StagingState {
    return this.pool.state();
  }

  /** Destroy every buffer. */
  dispose(): void {
    this.pool.dispose();
    this.memory.dispose();
    this.streamer?.dispose();
    if (this.gart.buffer !== undefined) this.proxy.destroyBuffer(this.gart.buffer);
    this.proxy.destroyBuffer(this.engine);
    this.proxy.destroyBuffer(this.results);
  }
}
