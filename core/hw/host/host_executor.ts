/**
 * Executes byte commands on memories that the CPU can reach. The host machine runs every command here; the WebGPU
 * machine those whose frames lie in RAM and SWAP.
 */
import { invariant } from '../../base/invariant.ts';
import { PAGE_SIZE, type Pages, type Pfn } from '../../base/units.ts';
import {
  OP_FILL_BYTES,
  OP_FILL_PAGES,
  OP_FLIP_BYTE,
  OP_STORE_BYTE,
  OP_STORE_WORD,
} from '../command_queue.ts';
import { mixA, mixB } from '../content_hash.ts';
import type { PageContents } from '../page_contents.ts';
import { pageOfPfn, REGION_MIRROR, REGION_RAM, type Region, regionOfPfn } from '../region.ts';
import { copyBetween, type PageMemory } from './page_memory.ts';

/** Memories by region number; a region that the CPU cannot reach, or that the machine lacks, is undefined. */
export type Memories = readonly (PageMemory | undefined)[];

/** The memory of a region. */
export function memoryOf(memories: Memories, region: Region): PageMemory {
  const memory = memories[region];
  invariant(memory, () => `Region ${region} does not exist on this machine, but a command names it.`);
  return memory;
}

/** Execute a command that writes into one frame or run of frames: OP_STORE_*, OP_FILL_*, OP_FLIP_BYTE. */
export function writeOnHost(memories: Memories, op: number, pfn: Pfn, b: number, c: number): void {
  const memory = memoryOf(memories, regionOfPfn(pfn));
  const page = pageOfPfn(pfn);
  switch (op) {
    case OP_STORE_BYTE:
      memory.writeByte(page, b, c);
      return;
    case OP_STORE_WORD:
      memory.writeWord(page, 0, b);
      memory.writeWord(page, 1, c);
      return;
    case OP_FILL_BYTES:
      memory.fillBytes(page, b & 0xfff, b >>> 12, c);
      return;
    case OP_FILL_PAGES:
      memory.fillPages(page, b, c);
      return;
    case OP_FLIP_BYTE:
      memory.writeByte(page, b, memory.readByte(page, b) ^ 0xff);
      return;
    default:
      invariant(false, () => `Command ${op} does not write bytes.`);
  }
}

/** Store words into one frame: OP_STORE_WORDS. */
export function storeWordsOnHost(memories: Memories, pfn: Pfn, byte: number, words: Uint32Array): void {
  const memory = memoryOf(memories, regionOfPfn(pfn));
  const page = pageOfPfn(pfn);
  for (let i = 0; i < words.length; i++) memory.writeWord(page, byte / 4 + i, words[i]!);
}

/** The lanes of one page as they are: OP_LEARN_PAGE. */
export function learnOnHost(memories: Memories, pfn: Pfn, answer: Uint32Array): void {
  const memory = memoryOf(memories, regionOfPfn(pfn));
  answer[0] = memory.pageLaneA(pageOfPfn(pfn));
  answer[1] = memory.pageLaneB(pageOfPfn(pfn));
}

/**
 * The bytes of a frame as its recipe makes them. A page of the mirror whose bytes only a machine knew equals its RAM page, or it
 * would have been lost with the device (webgpu/lost_batch.ts); its bytes come from there.
 */
export function materialiseOnHost(
  contents: PageContents,
  memories: Memories,
  pfn: Pfn,
  bytes: Uint8Array,
): void {
  const id = contents.idOf(pfn);
  if (contents.isOpaque(id) && regionOfPfn(pfn) === REGION_MIRROR)
    memoryOf(memories, REGION_RAM).read(pageOfPfn(pfn), bytes);
  else contents.materialise(id, bytes);
}

/** The bytes of frames of the host, one page after the other. */
export function readOnHost(memories: Memories, pfns: ArrayLike<Pfn>): Uint8Array {
  const bytes = new Uint8Array(pfns.length * PAGE_SIZE);
  for (let i = 0; i < pfns.length; i++) {
    const page = bytes.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE);
    memoryOf(memories, regionOfPfn(pfns[i]!)).read(pageOfPfn(pfns[i]!), page);
  }
  return bytes;
}

/** Copy a run of frames. */
export function copyOnHost(memories: Memories, from: Pfn, to: Pfn, nrPages: Pages): void {
  const source = memoryOf(memories, regionOfPfn(from));
  const target = memoryOf(memories, regionOfPfn(to));
  copyBetween(source, pageOfPfn(from), target, pageOfPfn(to), nrPages);
}

/** Add the share of a run of pages, the first being page `index` of the object, to `lanes[0]` and `lanes[1]`. */
export function hashOnHost(
  memories: Memories,
  pfn: Pfn,
  nrPages: Pages,
  index: number,
  lanes: Uint32Array,
): void {
  const memory = memoryOf(memories, regionOfPfn(pfn));
  const page = pageOfPfn(pfn);
  let lane0 = lanes[0]!;
  let lane1 = lanes[1]!;
  for (let i = 0; i < nrPages; i++) {
    lane0 = (lane0 + mixA(memory.pageLaneA(page + i), index + i)) | 0;
    lane1 = (lane1 + mixB(memory.pageLaneB(page + i), index + i)) | 0;
  }
  lanes[0] = lane0;
  lanes[1] = lane1;
}
