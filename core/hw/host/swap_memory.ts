/**
 * The swap device as pages: every access goes through the SwapFile port.
 *
 * Models     the backing device of mm/page_io.c; slots are pages of the SWAP region
 * Window     slots read last, as they are; who asks for one slot after the other has the next ones read along
 * Behind     slots written last, one after the other: the file gets them together, before anybody reads one of them
 */
import { invariant } from '../../base/invariant.ts';
import { PAGE_SIZE, type Pages } from '../../base/units.ts';
import { pageLaneA, pageLaneB, WORDS_PER_PAGE } from '../content_hash.ts';
import type { SwapFile } from '../ports.ts';
import type { PageMemory } from './page_memory.ts';

const WINDOW_SLOTS = 32;

export class SwapMemory implements PageMemory {
  readonly name = 'the swap device';
  private readonly words = new Uint32Array(WINDOW_SLOTS * WORDS_PER_PAGE);
  private readonly bytes = new Uint8Array(this.words.buffer);
  /** The window holds the slots [first, end); -1 where it holds none. */
  private first = -1;
  private end = -1;
  /** The file does not have the slots [behindFirst, behindEnd) yet. */
  private readonly behind = new Uint8Array(WINDOW_SLOTS * PAGE_SIZE);
  private behindFirst = 0;
  private behindEnd = 0;

  constructor(
    readonly nrPages: Pages,
    private readonly file: SwapFile,
  ) {}

  /** Have a slot in the window. @returns its first word there */
  private load(page: number): number {
    if (page < this.first || page >= this.end) {
      this.checkRange(page, 1);
      const nrPages = page === this.end ? Math.min(WINDOW_SLOTS, this.nrPages - page) : 1;
      this.forget();
      this.readFile(page, this.bytes.subarray(0, nrPages * PAGE_SIZE));
      this.first = page;
      this.end = page + nrPages;
    }
    return (page - this.first) * WORDS_PER_PAGE;
  }

  private forget(): void {
    this.first = -1;
    this.end = -1;
  }

  /** Write the slot whose first word in the window is `word`. */
  private store(page: number, word: number): void {
    this.write(page, this.bytes.subarray(word * 4, word * 4 + PAGE_SIZE));
  }

  read(page: number, into: Uint8Array): void {
    this.checkRange(page, into.length / PAGE_SIZE);
    if (into.length > PAGE_SIZE) {
      this.readFile(page, into);
      return;
    }
    const byte = this.load(page) * 4;
    into.set(this.bytes.subarray(byte, byte + PAGE_SIZE));
  }

  private readFile(page: number, into: Uint8Array): void {
    if (page < this.behindEnd && page + into.length / PAGE_SIZE > this.behindFirst) this.flush();
    this.file.read(page, into);
  }

  write(page: number, bytes: Uint8Array): void {
    this.checkRange(page, bytes.length / PAGE_SIZE);
    if (page < this.end && page + bytes.length / PAGE_SIZE > this.first) this.forget();
    const held = this.behindEnd - this.behindFirst;
    if (page !== this.behindEnd || held * PAGE_SIZE + bytes.length > this.behind.length) this.flush();
    if (bytes.length > this.behind.length) {
      this.file.write(page, bytes);
      return;
    }
    if (this.behindFirst === this.behindEnd) this.behindFirst = page;
    this.behind.set(bytes, (page - this.behindFirst) * PAGE_SIZE);
    this.behindEnd = page + bytes.length / PAGE_SIZE;
  }

  private flush(): void {
    const { behindFirst, behindEnd } = this;
    if (behindFirst === behindEnd) return;
    this.behindFirst = behindEnd;
    this.file.write(behindFirst, this.behind.subarray(0, (behindEnd - behindFirst) * PAGE_SIZE));
  }

  clear(): void {
    this.forget();
    this.behindFirst = this.behindEnd;
    this.file.clear();
  }

  private checkRange(page: number, nrPages: Pages): void {
    invariant(
      page >= 0 && page + nrPages <= this.nrPages,
      () => `Slots ${page} to ${page + nrPages - 1} lie outside ${this.name} (${this.nrPages} slots).`,
    );
  }

  readByte(page: number, byte: number): number {
    return this.bytes[this.load(page) * 4 + byte]!;
  }

  writeByte(page: number, byte: number, value: number): void {
    this.fillBytes(page, byte, 1, value);
  }

  readWord(page: number, index: number): number {
    return this.words[this.load(page) + index]!;
  }

  writeWord(page: number, index: number, value: number): void {
    const word = this.load(page);
    this.words[word + index] = value;
    this.store(page, word);
  }

  fillBytes(page: number, byte: number, length: number, value: number): void {
    const word = this.load(page);
    this.bytes.fill(value, word * 4 + byte, word * 4 + byte + length);
    this.store(page, word);
  }

  fillPages(page: number, nrPages: Pages, value: number): void {
    this.forget();
    const some = this.bytes.subarray(0, Math.min(nrPages, WINDOW_SLOTS) * PAGE_SIZE).fill(value);
    for (let done = 0; done < nrPages; done += WINDOW_SLOTS)
      this.write(page + done, some.subarray(0, Math.min(nrPages - done, WINDOW_SLOTS) * PAGE_SIZE));
  }

  pageLaneA(page: number): number {
    return pageLaneA(this.words, this.load(page));
  }

  pageLaneB(page: number): number {
    return pageLaneB(this.words, this.load(page));
  }
}
