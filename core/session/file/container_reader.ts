/**
 * Reads a container: by its index, or, where that is missing or lies, block after block, passing over what is damaged.
 *
 * Memory   one block at a time, bounded by what its header announces and MAX_RAW_BYTES
 * Errors   a file that is none is refused with a sentence; damage inside one is counted and said, and the rest opens
 */
import {
  BLOCK_HEADER_BYTES,
  type BlockHeader,
  crc32,
  decodeBlockHeader,
  decodeFileHeader,
  FILE_HEADER_BYTES,
  FORMAT_VERSION,
  SYNC_WORD,
} from './container.ts';
import { unpack } from './packing.ts';

/** Where a file comes from. */
export interface ByteSource {
  readonly size: number;
  /** Bytes [offset, offset + length), fewer at the end. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Unpacks blocks in place of unpack() (packing.ts), with the same bounds. */
  readonly unpack?:
    | ((packed: Uint8Array<ArrayBuffer>, rawBytes: number) => Promise<Uint8Array<ArrayBuffer>>)
    | undefined;
}

/** A file in memory. */
export function memorySource(bytes: Uint8Array<ArrayBuffer>, unpack?: ByteSource['unpack']): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.slice(offset, offset + length),
    unpack,
  };
}

/** A file that cannot be opened at all. */
export class ContainerError extends Error {
  override readonly name = 'ContainerError';
}

export interface FoundBlock extends BlockHeader {
  /** Where its packed bytes begin. */
  readonly offset: number;
}

export interface ReadReport {
  /** Sentences about what could not be read; empty for a whole file. */
  readonly problems: readonly string[];
  /** True when the file ends with its index, as a recording that was finished does. */
  readonly finished: boolean;
}

/** Bytes looked through at once when searching for the next block. */
const SCAN_BYTES = 1 << 20;
const MOST_PROBLEMS = 50;

export class ContainerReader {
  readonly blocks: FoundBlock[] = [];
  private readonly problems: string[] = [];
  private finished = false;

  private constructor(private readonly source: ByteSource) {}

  /**
   * Find all blocks. Their contents are checked when they are read.
   *
   * @throws ContainerError no session file, or one of a newer program
   */
  static async open(source: ByteSource): Promise<ContainerReader> {
    const version = decodeFileHeader(await source.read(0, FILE_HEADER_BYTES));
    if (version === null)
      throw new ContainerError('This is not a session file: it does not begin with "GARTLAB".');
    if (version > FORMAT_VERSION || version < 1) {
      throw new ContainerError(
        `This session file has format version ${version}; this program reads versions up to ${FORMAT_VERSION}. A newer program wrote it.`,
      );
    }
    const reader = new ContainerReader(source);
    await reader.findBlocks();
    return reader;
  }

  get report(): ReadReport {
    return { problems: this.problems, finished: this.finished };
  }

  /** Note something that could not be read. */
  problem(sentence: string): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(sentence);
  }

  /** The bytes of a block, or null (and a problem) when they are damaged. */
  async read(block: FoundBlock): Promise<Uint8Array<ArrayBuffer> | null> {
    const packed = await this.source.read(block.offset, block.packedBytes);
    const where = `Block ${block.sequence} (${block.kind}, at byte ${block.offset})`;
    if (packed.length < block.packedBytes) {
      this.problem(
        `${where} ends after ${packed.length} of ${block.packedBytes} bytes; the file was cut off there.`,
      );
      return null;
    }
    if (crc32(packed) !== block.crc) {
      this.problem(`${where} is damaged: its checksum does not fit.`);
      return null;
    }
    try {
      return await (this.source.unpack ?? unpack)(packed, block.rawBytes);
    } catch (error) {
      this.problem(`${where} cannot be unpacked: ${(error as Error).message}.`);
      return null;
    }
  }

  private async findBlocks(): Promise<void> {
    const { source } = this;
    let at = FILE_HEADER_BYTES;
    let expected = 0;
    while (at + BLOCK_HEADER_BYTES <= source.size) {
      const header = decodeBlockHeader(await source.read(at, BLOCK_HEADER_BYTES));
      if (header === null) {
        const next = await this.nextSync(at + 1);
        const end = next ?? source.size;
        if (!(this.finished && next === null)) {
          this.problem(`Bytes ${at} to ${end - 1} are no block and were passed over.`);
        }
        if (next === null) return;
        at = next;
        continue;
      }
      const offset = at + BLOCK_HEADER_BYTES;
      if (header.sequence !== expected && header.sequence > expected) {
        this.problem(`Blocks ${expected} to ${header.sequence - 1} are missing before byte ${at}.`);
      }
      expected = header.sequence + 1;
      this.blocks.push({ ...header, offset });
      if (header.kind === 'INDX' && offset + header.packedBytes <= source.size) this.finished = true;
      at = offset + header.packedBytes;
    }
    if (!this.finished) this.problem('The file has no index at its end: the recording was not finished.');
  }

  /** Where the next readable block header stands, from a place on. */
  private async nextSync(from: number): Promise<number | null> {
    const { source } = this;
    for (let base = from; base < source.size; base += SCAN_BYTES) {
      const bytes = await source.read(base, SCAN_BYTES + BLOCK_HEADER_BYTES);
      for (
        let i = bytes.indexOf(SYNC_WORD & 0xff);
        i >= 0 && i < SCAN_BYTES;
        i = bytes.indexOf(SYNC_WORD & 0xff, i + 1)
      ) {
        if (decodeBlockHeader(bytes, i) !== null) return base + i;
      }
    }
    return null;
  }
}
