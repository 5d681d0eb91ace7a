/**
 * Stores into GPU memory that wait for one scatter dispatch: at most one patch per 32-bit word, later stores folded in.
 */
import { WordList } from './word_list.ts';

export class PatchSet {
  /** Position in `patches` by word index of the buffer. */
  private readonly places = new Map<number, number>();
  /** (word index, mask, value, inversion) each; what the scatter shader reads. */
  readonly patches = new WordList();

  private place(word: number): number {
    let place = this.places.get(word);
    if (place === undefined) {
      place = this.patches.length;
      this.patches.push4(word, 0, 0, 0);
      this.places.set(word, place);
    }
    return place;
  }

  /** The bits of `mask` in a word become those of `value`. */
  store(word: number, mask: number, value: number): void {
    const at = this.place(word);
    const words = this.patches.words;
    words[at + 1]! |= mask;
    words[at + 2] = (words[at + 2]! & ~mask) | (value & mask);
    words[at + 3]! &= ~mask;
  }

  /** The bits of `mask` in a word are inverted. */
  invert(word: number, mask: number): void {
    this.patches.words[this.place(word) + 3]! ^= mask;
  }

  /** Bytes [first, first + length) from the start of the buffer get one value. */
  fillBytes(first: number, length: number, value: number): void {
    const pattern = Math.imul(value, 0x01010101);
    let byte = first;
    const end = first + length;
    while (byte < end) {
      const lane = byte & 3;
      const count = Math.min(4 - lane, end - byte);
      const mask = count === 4 ? -1 : ((1 << (8 * count)) - 1) << (8 * lane);
      this.store(Math.floor(byte / 4), mask, pattern);
      byte += count;
    }
  }

  get isEmpty(): boolean {
    return this.patches.length === 0;
  }

  clear(): void {
    this.patches.clear();
    this.places.clear();
  }
}
