/**
 * The swap device as pages: every access goes through the SwapFile port.
 *
 * Models     the backing device of mm/page_io.c; slots are pages of the SWAP region
 */
import { invariant } from '../../base/invariant.ts';
import { PAGE_SIZE, type Pages } from '../../base/units.ts';
import { pageLaneA, pageLaneB, WORDS_PER_PAGE } from '../content_hash.ts';
import type { SwapFile } from '../ports.ts';
import type { PageMemory } from './page_memory.ts';

export class SwapMemory implements PageMemory {
  readonly name = 'the swap device';
  private readonly words = new Uint32Array(WORDS_PER_PAGE);
  private readonly bytes = new Uint8Array(this.words.buffer);

  /** Slots from here on were never written. */
  private usedSlots = 0;

  constructor(
    readonly nrPages: Pages,
    private readonly file: SwapFile,
  ) {}

  private load(page: number): void {
    this.read(page, this.bytes);
  }

  read(page: number, into: Uint8Array): void {
    this.checkRange(page, into.length / PAGE_SIZE);
    this.file.read(page, into);
  }

  write(page: number, bytes: Uint8Array): void {
    this.checkRange(page, bytes.length / PAGE_SIZE);
    this.file.write(page, bytes);
    this.usedSlots = Math.max(this.usedSlots, page + bytes.length / PAGE_SIZE);
  }

  clear(): void {
    this.bytes.fill(0);
    for (let slot = 0; slot < this.usedSlots; slot++) this.file.write(slot, this.bytes);
    this.usedSlots = 0;
  }

  private checkRange(page: number, nrPages: Pages): void {
    invariant(
      page >= 0 && page + nrPages <= this.nrPages,
      () => `Slots ${page} to ${page + nrPages - 1} lie outside ${this.name} (${this.nrPages} slots).`,
    );
  }

  readByte(page: number, byte: number): number {
    this.load(page);
    return this.bytes[byte]!;
  }

  writeByte(page: number, byte: number, value: number): void {
    this.fillBytes(page, byte, 1, value);
  }

  readWord(page: number, index: number): number {
    this.load(page);
    return this.words[index]!;
  }

  writeWord(page: number, index: number, value: number): void {
    this.load(page);
    this.words[index] = value;
    this.write(page, this.bytes);
  }

  fillBytes(page: number, byte: number, length: number, value: number): void {
    this.load(page);
    this.bytes.fill(value, byte, byte + length);
    this.write(page, this.bytes);
  }

  fillPages(page: number, nrPages: Pages, value: number): void {
    this.bytes.fill(value);
    for (let i = 0; i < nrPages; i++) this.write(page + i, this.bytes);
  }

  pageLaneA(page: number): number {
    this.load(page);
    return pageLaneA(this.words, 0);
  }

  pageLaneB(page: number): number {
    this.load(page);
    return pageLaneB(this.words, 0);
  }
}
