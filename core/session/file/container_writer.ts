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
  /** Packs blocks in place of pack() (packing.ts), to be read alike. */
  readonly pack?: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}

/** Takes blocks: a ContainerWriter, or what stands for one in another thread. */
export interface BlockWriter {
  /** Bytes that are on their way to the file or there. */
  readonly bytes: number;
  /** Append one block; its bytes belong to the writer from now on. @param written called with its packed size */
  append(
    kind: BlockKind,
    raw: Uint8Array<ArrayBuffer>,
    about?: Readonly<Record<string, number>>,
    written?: (packedBytes: number) => void,
  ): void;
  /** Wait until everything appended is written. @throws what the file threw */
  flush(): Promise<void>;
  /** Write the index and end. */
  finish(): Promise<void>;
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

/** Bytes behind the index block. */
export const TRAILER_BYTES = 16;

export class ContainerWriter implements BlockWriter {
  private sequence = 0;
  private offset = FILE_HEADER_BYTES;
  private readonly index: IndexLine[] = [];
  private queue: Promise<void> = Promise.resolve();
  private failure: unknown = null;

  /** @param there blocks that stand in the file already, which then goes on behind the last one; absent for a new file */
  constructor(
    private readonly sink: ByteSink,
    there?: readonly IndexLine[],
  ) {
    if (there) this.standBehind(there);
    else sink.write(encodeFileHeader());
  }

  /** Blocks that are written. */
  get blocks(): readonly IndexLine[] {
    return this.index;
  }

  /** The file was cut or written anew: these are its blocks. Nothing may be on its way. */
  standBehind(blocks: readonly IndexLine[]): void {
    this.index.splice(0, this.index.length, ...blocks);
    this.sequence = blocks.length;
    const last = blocks.at(-1);
    this.offset = last ? last.offset + BLOCK_HEADER_BYTES + last.packedBytes : FILE_HEADER_BYTES;
  }

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
    const packing = (this.sink.pack ?? pack)(raw);
    // Whoever waits for the queue hears of a failure; the packing itself must not be an unhandled rejection before.
    packing.catch(() => undefined);
    this.put(kind, raw.length, packing, about, written);
  }

  /** Append a block that is packed already, as another file has it. */
  copy(kind: BlockKind, rawBytes: number, packed: Uint8Array<ArrayBuffer>, about: IndexLine['about']): void {
    this.put(kind, rawBytes, Promise.resolve(packed), about);
  }

  private put(
    kind: BlockKind,
    rawBytes: number,
    packing: Promise<Uint8Array<ArrayBuffer>>,
    about: IndexLine['about'],
    written?: (packedBytes: number) => void,
  ): void {
    const sequence = this.sequence++;
    this.queue = this.queue.then(async () => {
      if (this.failure !== null) return;
      try {
        const packed = await packing;
        const header = { kind, sequence, packedBytes: packed.length, rawBytes, crc: crc32(packed) };
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
    const trailer = new Uint8Array(TRAILER_BYTES);
    const view = new DataView(trailer.buffer);
    view.setFloat64(0, this.index.at(-1)!.offset, true);
    trailer.set(new TextEncoder().encode('GLABEND\n'), 8);
    this.sink.write(trailer);
  }
}
