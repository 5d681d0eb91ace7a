/**
 * Shared buffers of a game by the thousand, in columns, and what the kernel spends on each in both designs of their inodes.
 *
 * Sizes      of the structures of Linux 6.18 on x86-64 with the usual options, as laid out for the study; slab rounding for files
 *            and kmalloc buckets included. Not in them: security blobs, cgroup pointers, sysfs entries, scatter tables
 * Population chosen, not measured: shapes as in a recorded game (textures of 2048 and 4096 texels, targets of 3840x2160), shares
 *            such that small buffers are the many and large ones the bytes
 * Memory     eight bytes per buffer, so that a million fits in 8 MB
 */
import { SeededRandom } from '../../base/random.ts';
import { PAGE_SIZE } from '../../base/units.ts';

/** Bytes of one structure. */
export const STRUCT_BYTES = {
  inode: 616,
  dentry: 192,
  file: 192,
  /** struct dma_buf (232) with one byte for a foreign reservation: bucket of 256. */
  dmaBufForeignResv: 256,
  /** With the reservation embedded (48 more): bucket of 512. */
  dmaBufOwnResv: 512,
  attachment: 64,
  /** Header and slots of the list of fences: bucket of 64. */
  fenceList: 64,
  /** Bucket of a name of up to 32 bytes. */
  name: 32,
} as const;

/** Once, not per buffer: root inode and entry of the mount. Mount and super block come on top. */
export const FIXED_BYTES = STRUCT_BYTES.inode + STRUCT_BYTES.dentry;

interface BufferKind {
  readonly name: string;
  /** Of a thousand buffers. */
  readonly share: number;
  readonly minPages: number;
  readonly maxPages: number;
  readonly attachments: number;
  readonly fenced: boolean;
  readonly named: boolean;
  /** The exporter brings no reservation: heaps. */
  readonly ownResv: boolean;
}

function kind(
  name: string,
  share: number,
  pages: readonly [number, number],
  attachments: number,
  flags: string,
): BufferKind {
  const [minPages, maxPages] = pages;
  const has = (flag: string) => flags.includes(flag);
  return {
    name,
    share,
    minPages,
    maxPages,
    attachments,
    fenced: has('f'),
    named: has('n'),
    ownResv: has('r'),
  };
}

/** Flags: f fences, n name, r reservation of its own. */
export const GAME_KINDS: readonly BufferKind[] = [
  kind('window frame 1920x1080', 30, [2025, 2025], 2, 'fn'),
  kind('video frame', 70, [760, 760], 1, 'fnr'),
  kind('render target 3840x2160', 30, [8100, 8100], 0, 'f'),
  kind('texture 4096x4096', 10, [16384, 16384], 0, ''),
  kind('texture 2048x2048', 60, [4096, 4096], 0, ''),
  kind('small texture', 300, [16, 256], 0, ''),
  kind('vertices and indices', 300, [4, 64], 0, ''),
  kind('constants and rings', 200, [1, 1], 0, 'f'),
];

/** A population in columns. */
export class BufferPopulation {
  readonly kinds: Uint8Array;
  readonly pages: Uint32Array;
  readonly attachments: Uint8Array;
  /** 1 for a list of fences, 2 for a name, added. */
  readonly extras: Uint8Array;

  /** @param count buffers; equal seeds give equal populations */
  constructor(
    readonly count: number,
    seed: number,
  ) {
    this.kinds = new Uint8Array(count);
    this.pages = new Uint32Array(count);
    this.attachments = new Uint8Array(count);
    this.extras = new Uint8Array(count);
    const random = new SeededRandom(seed);
    for (let i = 0; i < count; i++) {
      let left = random.below(1000);
      let at = 0;
      while (left >= GAME_KINDS[at]!.share) left -= GAME_KINDS[at++]!.share;
      const { minPages, maxPages, attachments, fenced, named } = GAME_KINDS[at]!;
      this.kinds[i] = at;
      this.pages[i] = minPages + random.below(maxPages - minPages + 1);
      this.attachments[i] = attachments;
      this.extras[i] = (fenced ? 1 : 0) + (named ? 2 : 0);
    }
  }

  /** Bytes that the columns themselves take here. */
  get columnBytes(): number {
    const { kinds, pages, attachments, extras } = this;
    return kinds.byteLength + pages.byteLength + attachments.byteLength + extras.byteLength;
  }
}

/** What a population costs the kernel, in bytes. */
export interface PopulationCost {
  readonly buffers: number;
  readonly payloadBytes: number;
  /** All bookkeeping with the one shared inode. */
  readonly singletonBytes: number;
  /** All bookkeeping with an inode for each, the mount's root included. */
  readonly perBufferBytes: number;
  readonly inodeBytes: number;
  readonly inodePercentOfPayload: number;
  readonly columnBytes: number;
}

/** Add up a population. */
export function costOf(population: BufferPopulation): PopulationCost {
  const { count, kinds, pages, attachments, extras } = population;
  const s = STRUCT_BYTES;
  let payloadPages = 0;
  let singletonBytes = 0;
  for (let i = 0; i < count; i++) {
    payloadPages += pages[i]!;
    const own = GAME_KINDS[kinds[i]!]!.ownResv;
    singletonBytes += s.file + s.dentry + (own ? s.dmaBufOwnResv : s.dmaBufForeignResv);
    singletonBytes += attachments[i]! * s.attachment;
    if (extras[i]! & 1) singletonBytes += s.fenceList;
    if (extras[i]! & 2) singletonBytes += s.name;
  }
  const inodeBytes = count * s.inode;
  const payloadBytes = payloadPages * PAGE_SIZE;
  return {
    buffers: count,
    payloadBytes,
    singletonBytes,
    perBufferBytes: singletonBytes + inodeBytes + FIXED_BYTES,
    inodeBytes,
    inodePercentOfPayload: (inodeBytes * 100) / payloadBytes,
    columnBytes: population.columnBytes,
  };
}
