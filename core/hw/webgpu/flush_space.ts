/**
 * Room of one flush: the read-back buffer, the upload buffer and the result slots of hashes. Planned from the commands that
 * are left, so that a batch takes one submit and one map unless it is larger than the buffers may be.
 */
import { invariant } from '../../base/invariant.ts';
import { type Bytes, PAGE_SIZE } from '../../base/units.ts';
import {
  COMMAND_WORDS,
  type CommandQueue,
  OP_COPY_RUN,
  OP_HASH_GART,
  OP_HASH_PAGES,
  OP_LEARN_PAGE,
  OP_LOAD_BYTE,
  OP_LOAD_WORDS,
  OP_RING_RUN,
} from '../command_queue.ts';
import { QUERY_BYTES } from '../expected_bytes.ts';
import type { BatchRecorder } from './batch_recorder.ts';
import { isOnGpu } from './gpu_memory.ts';
import { KEPT_BYTES, type StagingPool } from './staging_pool.ts';
import { RUN_READ_BYTES } from './streamer.ts';

/** (lane0, lane1, faults, unused) */
export const RESULT_BYTES = 16;

export class FlushSpace {
  readBuffer: GPUBuffer | undefined;
  private readSize: Bytes = 0;
  /** Bytes of the read-back buffer that are taken. */
  readBytes: Bytes = 0;
  nrResults = 0;

  constructor(
    private readonly pool: StagingPool,
    private readonly recorder: BatchRecorder,
  ) {}

  /** Plan for the commands from a word of the queue on. */
  begin(queue: CommandQueue, from: number): void {
    const { commands } = queue;
    const end = queue.nrCommands * COMMAND_WORDS;
    let reads = 0;
    let writes = 0;
    let largest = 0;
    let hashes = 0;
    for (let at = from; at < end; at += COMMAND_WORDS) {
      switch (commands[at]) {
        case OP_COPY_RUN: {
          const fromGpu = isOnGpu(commands[at + 1]!);
          if (fromGpu === isOnGpu(commands[at + 2]!)) break;
          const bytes = commands[at + 3]! * PAGE_SIZE;
          if (fromGpu) reads += bytes;
          else writes += bytes;
          if (bytes > largest) largest = bytes;
          break;
        }
        case OP_LOAD_BYTE:
          reads += 4;
          break;
        case OP_LOAD_WORDS:
          reads += 8 * commands[at + 3]!;
          break;
        case OP_RING_RUN:
          reads += RUN_READ_BYTES;
          hashes += commands[at + 3]!;
          break;
        case OP_HASH_GART:
        case OP_HASH_PAGES:
        case OP_LEARN_PAGE:
          hashes++;
      }
    }
    reads += Math.min(hashes * RESULT_BYTES, QUERY_BYTES);
    // More than the pool keeps is split, but one copy must fit.
    const limit = Math.min(Math.max(KEPT_BYTES, largest + QUERY_BYTES), this.pool.largest);
    this.readBuffer = reads > 0 ? this.pool.readBuffer(Math.min(reads, limit)) : undefined;
    this.readSize = this.readBuffer?.size ?? 0;
    this.readBytes = 0;
    this.nrResults = 0;
    this.recorder.beginUploads(writes > 0 ? this.pool.uploadBuffer(Math.min(writes, limit)) : undefined);
  }

  /** Offset of so many bytes in the read-back buffer, or -1 when the batch must be split first. */
  takeRead(bytes: Bytes): number {
    if (this.readBytes + bytes + this.nrResults * RESULT_BYTES > this.readSize) return this.full(bytes);
    const at = this.readBytes;
    this.readBytes += bytes;
    return at;
  }

  /** A result slot, or -1 when the batch must be split first. */
  takeResult(): number {
    const bytes = (this.nrResults + 1) * RESULT_BYTES;
    if (bytes > QUERY_BYTES || this.readBytes + bytes > this.readSize) return -1;
    if (this.nrResults === 0) this.recorder.clearResults(QUERY_BYTES);
    return this.nrResults++;
  }

  /** -1: a fresh buffer will do, unless even that is too small. */
  full(bytes: Bytes): -1 {
    invariant(
      bytes <= this.pool.largest,
      () => `One copy moves ${bytes} bytes; the adapter's buffers hold ${this.pool.largest}.`,
    );
    return -1;
  }

  /** Record the copy of the results into the read-back buffer. @returns their offset */
  readResults(): Bytes {
    if (this.nrResults === 0) return 0;
    const at = this.readBytes;
    this.readBytes += this.nrResults * RESULT_BYTES;
    this.recorder.readResults(this.nrResults * RESULT_BYTES, this.readBuffer!, at);
    return at;
  }
}
