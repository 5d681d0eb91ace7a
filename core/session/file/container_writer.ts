/**
 * Writes a container: blocks are packed beside the caller and appended in the order of asking.
 *
 * Contract  append() never waits; what is not on its way to the sink after flush() is nothing
 */

import { invariant } from '../../base/invariant.ts';
import {
  BLOCK_HEADER_BYTES,
  type BlockKind,
  crc32,
  encodeBlockHeader,
  encodeFileHeader,
  FILE_HEADER_BYTES,
  MAX_RAW_BYTES,
} from './container.ts';
import { pack } from './packing.ts';

/** Where a file goes: a descriptor, an OPFS handle, memory. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
}

/** One line of the index. */
export interface IndexLine {
  readonly kind: BlockKind;
  /** Where the block's header begins. */
  readonly offset: number;
  readonly packedBytes: number;
  /** What the writer says of it: first event, first input. */
  readonly about: Readonly<Record<string, number>>;
}

export class ContainerWriter {
  private sequence = 0;
  private offset = FILE_HEADER_BYTES;
  private readonly index: IndexLine[] = [];
  private queue: Promise<void> = Promise.resolve();
  private failure: unknown = null;

  constructor(private readonly sink: ByteSink) {
    sink.write(encodeFileHeader());
  }

  /** Bytes that are on their way to the sink or there. */
  get bytes(): number {
    return this.offset;
  }

  /**
   * Append one block. The bytes belong to the writer from now on.
   *
   * @param about   goes into the index, for readers that look for a place
   * @param written called with its packed size when it is written
   */
  append(
    kind: BlockKind,
    raw: Uint8Array<ArrayBuffer>,
    about: Readonly<Record<string, number>> = {},
    written?: (packedBytes: number) => void,
  ): void {
    invariant(
      raw.length <= MAX_RAW_BYTES,
      () => `A block has ${raw.length} bytes; ${MAX_RAW_BYTES} are allowed.`,
    );
    const sequence = this.sequence++;
    const packing = pack(raw);
    // Whoever waits for the queue hears of a failure; the packing itself must not be an unhandled rejection before.
    packing.catch(() => undefined);
    this.queue = this.queue.then(async () => {
      if (this.failure !== null) return;
      try {
        const packed = await packing;
        const header = {
          kind,
          sequence,
          packedBytes: packed.length,
          rawBytes: raw.length,
          crc: crc32(packed),
        };
        // One write: a crash between header and bytes would leave the same, but more often.
        const block = new Uint8Array(BLOCK_HEADER_BYTES + packed.length);
        block.set(encodeBlockHeader(header));
        block.set(packed, BLOCK_HEADER_BYTES);
        this.sink.write(block);
        this.index.push({ kind, offset: this.offset, packedBytes: packed.length, about });
        this.offset += block.length;
        written?.(packed.length);
      } catch (error) {
        this.failure = error;
      }
    });
  }

  /** Wait until everything appended is written. @throws what the sink threw */
  async flush(): Promise<void> {
    await this.queue;
    if (this.failure !== null) throw this.failure;
  }

  /** Write the index and end. */
  async finish(): Promise<void> {
    await this.flush();
    this.append('INDX', new TextEncoder().encode(JSON.stringify({ blocks: this.index })));
    await this.flush();
    const trailer = new Uint8Array(16);
    const view = new DataView(trailer.buffer);
    view.setFloat64(0, this.index.at(-1)!.offset, true);
    trailer.set(new TextEncoder().encode('GLABEND\n'), 8);
    this.sink.write(trailer);
  }
}
