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
import type { RingRun, RingSetup } from './ring/engine_state.ts';

/** Names an answer that a machine will give: a dense integer, in order of asking. */
export type Ticket = number;

export interface DataPlane {
  /** Store one byte; `byte` in [0, 4096). */
  storeByte(pfn: Pfn, byte: number, value: number): void;

  /** Store the 64-bit little-endian word high * 2^32 + low at the start of the page. */
  storeWord(pfn: Pfn, high: number, low: number): void;

  /**
   * Store 32-bit little-endian words inside one page, as a driver writes commands or a table.
   *
   * @param byte multiple of 4; byte + 4 * words.length <= 4096
   */
  storeWords(pfn: Pfn, byte: number, words: ArrayLike<number>): void;

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

  /**
   * The translations that the command streamer keeps (its TLB) become those of the table. Nothing to do on a machine without a
   * TLB, where it sees every entry at once.
   */
  gartFlush(): void;

  /**
   * An engine begins anew: its registers are those of `setup`, everything else is 0, and it is idle. What a reset of the
   * engine does, and what must be done before its first run.
   */
  ringStart(setup: RingSetup): void;

  /**
   * Ring the doorbell of an engine: it executes commands up to the tail, as hw/ring/engine_state.ts says. Contents of the declared
   * frames are known (by their hash) after the next barrier. Only on the paged layout.
   *
   * The answer has runAnswerWords(run.mayWrite.length) words, laid out in hw/ring/engine_state.ts; it is 0 throughout (STATUS_OFF)
   * when the device was lost before the run was over.
   */
  ringRun(run: RingRun): Ticket;

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
