/**
 * The data plane as the control plane sees it: an ordered queue of byte commands. Appending never waits and never fails;
 * a machine (hw/host, hw/webgpu) executes the queue in order at a barrier, and then every ticket taken before it is settled.
 *
 * The control plane never looks at a byte. What it does know is symbolic: `contents` holds, for each frame, a content id
 * that says which recipe made its bytes (hw/page_contents.ts). Verification compares the machine's hash with the recipe's.
 *
 * All frames are Pfns of hw/region.ts. Byte positions are within one page.
 */
import type { Pages, Pfn } from '../base/units.ts';

/** Names an answer that a machine will give: a dense integer, in order of asking. */
export type Ticket = number;

export interface DataPlane {
  /** Store one byte; `byte` in [0, 4096). */
  storeByte(pfn: Pfn, byte: number, value: number): void;

  /** Store the 64-bit little-endian word high * 2^32 + low at the start of the page. */
  storeWord(pfn: Pfn, high: number, low: number): void;

  /** Store `length` bytes of one value inside one page. */
  fillBytes(pfn: Pfn, byte: number, length: number, value: number): void;

  /** Fill whole frames with one byte value; a fresh frame is filled with 0 before anyone sees it. */
  fillPages(firstPfn: Pfn, nrPages: Pages, value: number): void;

  /**
   * Copy whole pages between any two regions; runs of consecutive frames are copied as one.
   * @param why indexes COPY_REASONS; sabotage switches and statistics go by it
   */
  copyPages(from: ArrayLike<Pfn>, to: ArrayLike<Pfn>, why: CopyReason): void;

  /** A VRAM allocation begins to exist: the dedicated layout creates its GPUBuffer. Ids are never reused. */
  vramAlloc(allocationId: number, firstPage: number, nrPages: Pages): void;

  /** The VRAM allocation is gone: the dedicated layout destroys its GPUBuffer. */
  vramFree(allocationId: number): void;

  /** Write entries of the GART table; 32-bit entries as hw/gart_entry.ts encodes them. */
  gartWrite(firstEntry: number, entries: ArrayLike<number>): void;

  /** Ask for one byte. The answer is that byte. */
  loadByte(pfn: Pfn, byte: number): Ticket;

  /** Ask for the 64-bit word at the start of each page. The answer is [low0, high0, low1, high1, ...]. */
  loadWords(pfns: ArrayLike<Pfn>): Ticket;

  /** Ask for the content hash of the pages in order, read where they lie. The answer is [lane0, lane1]. */
  hashPages(pfns: ArrayLike<Pfn>): Ticket;

  /** The same hash, read through the GART table by the GPU. The answer is [lane0, lane1, faults]. */
  hashGart(firstEntry: number, nrPages: Pages): Ticket;

  /**
   * End of a request of the copy engine or a ring. The answer is [commands, bytes, faults] since the last mark; it
   * becomes part of the event digest.
   */
  mark(seqno: number): Ticket;
}

/** Why pages are copied. */
export const COPY_REASONS = [
  'cow',
  'evict',
  'validate',
  'swap-out',
  'swap-in',
  'flush',
  'job',
  'unshare',
] as const;
export type CopyReason = (typeof COPY_REASONS)[number];
