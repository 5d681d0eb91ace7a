/**
 * One doorbell on the GPU: slices are submitted until the engine's words say that the run is over, and its answer is put
 * together from them, the faults by page, and the lanes of the frames that it may have written.
 *
 * Submits    what was recorded before goes with the first slices, and lanes are asked for in every submit: a run that is over
 *            within the slices that were guessed, faults nowhere and has not more frames than result slots takes one map
 */
import type { CommandQueue } from '../command_queue.ts';
import { A_FLUSHES, A_LANES, E_HEAD, E_RING_BYTES } from '../ring/engine_state.ts';
import type { BatchRecorder } from './batch_recorder.ts';
import type { CommandTranslator } from './command_translator.ts';
import type { FlushSpace } from './flush_space.ts';
import type { GartTable } from './gart_table.ts';
import type { GpuDeviceProxy } from './gpu_device_proxy.ts';
import type { GpuMemory } from './gpu_memory.ts';
import { DELIVER_LANES, type ReadBackList } from './read_back.ts';
import type { StagingPool } from './staging_pool.ts';
import { FAULT_PAGES_BYTES, RUN_READ_BYTES, type Streamer, writeFaultRecords } from './streamer.ts';
import { S_FAULT_PAGES } from './streamer_layout.ts';

/** Slices of the first submit of a run are guessed from the bytes in the ring: a command that draws has 28 or more. */
const BYTES_PER_SLICE = 28;
const FIRST_SLICES = 64;
/** Slices of each further submit at most. */
const MOST_SLICES = 1024;

/** What a doorbell works on. */
export interface DoorbellParts {
  readonly proxy: GpuDeviceProxy;
  readonly memory: GpuMemory;
  readonly gart: GartTable;
  readonly pool: StagingPool;
  readonly recorder: BatchRecorder;
  readonly space: FlushSpace;
  readonly after: ReadBackList;
}

export class Doorbell {
  constructor(private readonly parts: DoorbellParts) {}

  /**
   * Execute the OP_RING_RUN at a word of the queue, with everything that was recorded before it. The caller plans anew
   * afterwards.
   *
   * @param flush submits, waits, delivers, and returns the head words at that place of the read-back buffer
   */
  async ring(
    translator: CommandTranslator,
    queue: CommandQueue,
    at: number,
    flush: (headAt?: number) => Promise<Uint32Array>,
  ): Promise<void> {
    const { gart, recorder, space } = this.parts;
    const { streamer } = translator;
    const [ticket = 0, list = 0, nrFrames = 0] = queue.commands.subarray(at + 1, at + 4);
    const frames = queue.lists.subarray(list + 4, list + 4 + nrFrames);
    const stages = await streamer.prepare();
    gart.flush(recorder);
    streamer.begin(recorder, queue.lists.subarray(list, list + 4));
    let slices = firstSlices(queue, list);
    let head: Uint32Array;
    let hashed: number;
    for (;;) {
      streamer.slices(recorder, stages, slices);
      let headAt = space.takeRead(RUN_READ_BYTES);
      if (headAt < 0) {
        await flush();
        space.begin(queue, at);
        headAt = space.takeRead(RUN_READ_BYTES);
      }
      recorder.readBuffer(streamer.state, RUN_READ_BYTES, space.readBuffer!, headAt);
      hashed = this.askLanes(translator, ticket, frames, 0);
      head = await flush(headAt);
      if (streamer.isOver(head)) break;
      space.begin(queue, at);
      slices = Math.min(MOST_SLICES, 2 * slices);
    }
    while (hashed < nrFrames) {
      space.begin(queue, at);
      hashed = this.askLanes(translator, ticket, frames, hashed);
      await flush();
    }
    const answer = queue.answerSlot(ticket);
    streamer.fillAnswer(head, answer);
    const nrFaults = streamer.nrFaults(head);
    if (nrFaults > 0) await this.readFaults(streamer, head, answer);
    if (answer[A_FLUSHES]! > 0) gart.tlbFlushed();
    queue.faultsSinceMark += nrFaults;
    queue.commandsSinceMark++;
  }

  /** Ask for the lanes of frames from one on. @returns the first that found no result slot */
  private askLanes(translator: CommandTranslator, ticket: number, frames: Uint32Array, from: number): number {
    const { memory, recorder, space, after } = this.parts;
    for (let i = from; i < frames.length; i++) {
      const slot = space.takeResult();
      if (slot < 0) return i;
      recorder.hashPages(memory.locate(frames[i]!, 1, translator.clearPlace), 0, slot);
      after.entries.push4(DELIVER_LANES, slot, ticket, A_LANES + 2 * i);
    }
    return frames.length;
  }

  private async readFaults(streamer: Streamer, head: Uint32Array, answer: Uint32Array): Promise<void> {
    const { pool, proxy, recorder } = this.parts;
    const staging = pool.readBuffer(FAULT_PAGES_BYTES);
    recorder.readBuffer(streamer.state, FAULT_PAGES_BYTES, staging, 0, S_FAULT_PAGES * 4);
    recorder.submit();
    writeFaultRecords(head, new Uint32Array(await proxy.map(staging, FAULT_PAGES_BYTES)), answer);
    staging.unmap();
    recorder.hasUnfinished = false;
    proxy.throwPendingError();
  }
}

/**
 * Slices to begin with, and one that ends the run. The head is that of the last barrier: a guess is good enough, idle slices
 * only cost time.
 */
function firstSlices(queue: CommandQueue, list: number): number {
  const [engine = 0, tail = 0, maxSlices = 0] = queue.lists.subarray(list, list + 3);
  const state = queue.engines.stateOf(engine);
  const bytes = (tail - state[E_HEAD]! + state[E_RING_BYTES]!) % Math.max(state[E_RING_BYTES]!, 4);
  return 1 + Math.min(FIRST_SLICES, maxSlices, 1 + Math.ceil(bytes / BYTES_PER_SLICE));
}
