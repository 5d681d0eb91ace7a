/**
 * Damages what stands inside the blocks of a session file and packs it again with checksums that fit, so that the readers behind
 * the container see it; and writes headers that lie about bombs.
 */
import type { SeededRandom } from '../../base/random.ts';
import {
  BLOCK_HEADER_BYTES,
  type BlockHeader,
  crc32,
  encodeBlockHeader,
  encodeFileHeader,
  MAX_RAW_BYTES,
} from '../../session/file/container.ts';
import { ContainerReader, memorySource } from '../../session/file/container_reader.ts';
import { pack } from '../../session/file/packing.ts';
import { mutateBytes } from './mutate_bytes.ts';

/** A session file taken apart. */
export interface RawBlock {
  readonly kind: BlockHeader['kind'];
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly packed: Uint8Array<ArrayBuffer>;
}

/** The blocks of a good file. */
export async function takeApart(file: Uint8Array<ArrayBuffer>): Promise<RawBlock[]> {
  const reader = await ContainerReader.open(memorySource(file));
  const blocks: RawBlock[] = [];
  for (const block of reader.blocks) {
    const raw = await reader.read(block);
    if (raw)
      blocks.push({
        kind: block.kind,
        raw,
        packed: file.slice(block.offset, block.offset + block.packedBytes),
      });
  }
  return blocks;
}

/** Packed zeros: many times smaller than what they unpack to. */
export function bomb(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  return pack(new Uint8Array(bytes));
}

/**
 * A file of these blocks, one of them damaged inside.
 *
 * @param zeros a bomb, for blocks that claim another size
 */
export async function mutateContainer(
  blocks: readonly RawBlock[],
  zeros: Uint8Array<ArrayBuffer>,
  random: SeededRandom,
): Promise<Uint8Array<ArrayBuffer>> {
  const victim = random.below(blocks.length);
  const parts: Uint8Array[] = [encodeFileHeader()];
  for (let i = 0; i < blocks.length; i++) {
    const { kind, raw, packed } = blocks[i]!;
    let bytes = packed;
    let rawBytes = raw.length;
    if (i === victim && random.chance(1, 12)) {
      bytes = zeros;
      rawBytes = random.pick([0, raw.length, MAX_RAW_BYTES, 1000]);
    } else if (i === victim) {
      const changed = mutateBytes(raw, random.pick(blocks).raw, random);
      bytes = await pack(changed);
      rawBytes = random.chance(1, 10) ? random.below(MAX_RAW_BYTES) : changed.length;
    }
    const header = { kind, sequence: i, packedBytes: bytes.length, rawBytes, crc: crc32(bytes) };
    parts.push(encodeBlockHeader(header), bytes);
  }
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const out = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  // A file that ends in the middle of a block, now and then.
  return random.chance(1, 8)
    ? out.slice(0, total - random.below(Math.min(total, 4 * BLOCK_HEADER_BYTES)))
    : out;
}
