/** A growing list of 32-bit words that is emptied without giving its memory back. */
export class WordList {
  words = new Uint32Array(1024);
  length = 0;

  push4(a: number, b: number, c: number, d: number): void {
    if (this.length + 4 > this.words.length) {
      const larger = new Uint32Array(this.words.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    const at = this.length;
    this.words[at] = a;
    this.words[at + 1] = b;
    this.words[at + 2] = c;
    this.words[at + 3] = d;
    this.length = at + 4;
  }

  /** The words so far; valid until the next push. */
  filled(): Uint32Array {
    return this.words.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }
}
