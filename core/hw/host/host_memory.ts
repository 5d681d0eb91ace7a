/**
 * Pages of one region in host memory: chunks of 2 MiB made at the first non-zero write, so that a run of pages copies
 * with few calls, and what nobody touched costs nothing, neither memory nor, when all is cleared, time.
 *
 * Units      pages of the region
 */
import { ModelBug } from '../../base/invariant.ts';
import { PAGE_SHIFT, PAGE_SIZE, type Pages } from '../../base/units.ts';
import { pageLaneA, pageLaneB, WORDS_PER_PAGE, ZERO_PAGE_A, ZERO_PAGE_B } from '../content_hash.ts';
import type { PageMemory } from './page_memory.ts';

const CHUNK_PAGE_SHIFT = 9;
/** Pages of one chunk. */
export const HOST_CHUNK_PAGES = 1 << CHUNK_PAGE_SHIFT;

export class HostMemory implements PageMemory {
  private readonly bytes: (Uint8Array | undefined)[];
  private readonly words: (Uint32Array | undefined)[];

  /** @param name for messages */
  constructor(
    readonly name: string,
    readonly nrPages: Pages,
  ) {
    const nrChunks = Math.ceil(nrPages / HOST_CHUNK_PAGES);
    this.bytes = new Array(nrChunks).fill(undefined);
    this.words = new Array(nrChunks).fill(undefined);
  }

  private checkRange(page: number, nrPages: Pages): void {
    if (page < 0 || page + nrPages > this.nrPages) this.refuseRange(page, nrPages);
  }

  private refuseRange(page: number, nrPages: Pages): never {
    throw new ModelBug(
      `Pages ${page} to ${page + nrPages - 1} lie outside ${this.name} (${this.nrPages} pages).`,
    );
  }

  /** The chunk that holds a page, made when missing. */
  private chunk(page: number): Uint8Array {
    const index = page >>> CHUNK_PAGE_SHIFT;
    let chunk = this.bytes[index];
    if (chunk === undefined) {
      const pages = Math.min(HOST_CHUNK_PAGES, this.nrPages - (index << CHUNK_PAGE_SHIFT));
      chunk = new Uint8Array(pages * PAGE_SIZE);
      this.bytes[index] = chunk;
      this.words[index] = new Uint32Array(chunk.buffer);
    }
    return chunk;
  }

  /** Pages from `page` that lie in one chunk, at most `nrPages`. */
  contiguous(page: number, nrPages: Pages): Pages {
    return Math.min(nrPages, HOST_CHUNK_PAGES - (page & (HOST_CHUNK_PAGES - 1)));
  }

  /** A view of pages that lie in one chunk; undefined when the chunk was never written (all zeros). */
  view(page: number, nrPages: Pages): Uint8Array<ArrayBuffer> | undefined {
    this.checkRange(page, nrPages);
    const chunk = this.bytes[page >>> CHUNK_PAGE_SHIFT];
    const base = (page & (HOST_CHUNK_PAGES - 1)) << PAGE_SHIFT;
    return chunk?.subarray(base, base + nrPages * PAGE_SIZE) as Uint8Array<ArrayBuffer> | undefined;
  }

  /** A writable view of one page. */
  page(page: number): Uint8Array {
    this.checkRange(page, 1);
    const base = (page & (HOST_CHUNK_PAGES - 1)) << PAGE_SHIFT;
    return this.chunk(page).subarray(base, base + PAGE_SIZE);
  }

  /** The words of the chunk that holds a page, or undefined when all zeros; the page starts at wordBase(page). */
  chunkWords(page: number): Uint32Array | undefined {
    this.checkRange(page, 1);
    return this.words[page >>> CHUNK_PAGE_SHIFT];
  }

  /** Index of a page's first word in chunkWords(). */
  wordBase(page: number): number {
    return (page & (HOST_CHUNK_PAGES - 1)) * WORDS_PER_PAGE;
  }

  readByte(page: number, byte: number): number {
    this.checkRange(page, 1);
    const chunk = this.bytes[page >>> CHUNK_PAGE_SHIFT];
    return chunk === undefined ? 0 : chunk[((page & (HOST_CHUNK_PAGES - 1)) << PAGE_SHIFT) + byte]!;
  }

  writeByte(page: number, byte: number, value: number): void {
    this.checkRange(page, 1);
    this.chunk(page)[((page & (HOST_CHUNK_PAGES - 1)) << PAGE_SHIFT) + byte] = value;
  }

  /** The 32-bit word with this index in the page. */
  readWord(page: number, index: number): number {
    const words = this.chunkWords(page);
    return words === undefined ? 0 : words[this.wordBase(page) + index]!;
  }

  writeWord(page: number, index: number, value: number): void {
    this.checkRange(page, 1);
    this.chunk(page);
    this.words[page >>> CHUNK_PAGE_SHIFT]![this.wordBase(page) + index] = value;
  }

  fillBytes(page: number, byte: number, length: number, value: number): void {
    this.page(page).fill(value, byte, byte + length);
  }

  fillPages(page: number, nrPages: Pages, value: number): void {
    this.checkRange(page, nrPages);
    for (let done = 0; done < nrPages; ) {
      const step = this.contiguous(page + done, nrPages - done);
      const view = this.view(page + done, step);
      if (view !== undefined) view.fill(value);
      else if (value !== 0) {
        this.chunk(page + done);
        this.view(page + done, step)!.fill(value);
      }
      done += step;
    }
  }

  /** Chunks that there are stay: a machine that is filled again and again must not leave them behind each time. */
  clear(): void {
    for (const chunk of this.bytes) chunk?.fill(0);
  }

  /** Write whole pages from `bytes`. */
  write(page: number, bytes: Uint8Array): void {
    const nrPages = bytes.length / PAGE_SIZE;
    this.checkRange(page, nrPages);
    for (let done = 0; done < nrPages; ) {
      const step = this.contiguous(page + done, nrPages - done);
      const chunk = this.chunk(page + done);
      const base = ((page + done) & (HOST_CHUNK_PAGES - 1)) << PAGE_SHIFT;
      chunk.set(bytes.subarray(done * PAGE_SIZE, (done + step) * PAGE_SIZE), base);
      done += step;
    }
  }

  /** Read whole pages into `into`. */
  read(page: number, into: Uint8Array): void {
    const nrPages = into.length / PAGE_SIZE;
    this.checkRange(page, nrPages);
    for (let done = 0; done < nrPages; ) {
      const step = this.contiguous(page + done, nrPages - done);
      const view = this.view(page + done, step);
      const target = into.subarray(done * PAGE_SIZE, (done + step) * PAGE_SIZE);
      if (view === undefined) target.fill(0);
      else target.set(view);
      done += step;
    }
  }

  pageLaneA(page: number): number {
    const words = this.chunkWords(page);
    return words === undefined ? ZERO_PAGE_A : pageLaneA(words, this.wordBase(page));
  }

  pageLaneB(page: number): number {
    const words = this.chunkWords(page);
    return words === undefined ? ZERO_PAGE_B : pageLaneB(words, this.wordBase(page));
  }

  /** Copy pages from another memory or within this one; an overlap behaves as memmove. */
  copyFrom(source: HostMemory, fromPage: number, toPage: number, nrPages: Pages): void {
    source.checkRange(fromPage, nrPages);
    this.checkRange(toPage, nrPages);
    const backwards = source === this && fromPage < toPage;
    for (let done = 0; done < nrPages; ) {
      const left = nrPages - done;
      let step: Pages;
      let from = fromPage + done;
      let to = toPage + done;
      if (backwards) {
        const inChunk = (end: number) => ((end - 1) & (HOST_CHUNK_PAGES - 1)) + 1;
        step = Math.min(left, inChunk(fromPage + left), inChunk(toPage + left));
        from = fromPage + left - step;
        to = toPage + left - step;
      } else {
        step = Math.min(source.contiguous(from, left), this.contiguous(to, left));
      }
      const view = source.view(from, step);
      if (view === undefined) this.fillPages(to, step, 0);
      else this.write(to, view);
      done += step;
    }
  }
}
