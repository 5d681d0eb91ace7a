/**
 * Recipes of page contents by id: columns, what bytes and hash a recipe makes, and the opaque ones whose hash comes with an answer.
 *
 * Invariants I1 to I3 of page_contents.ts, which owns the frames
 */
import { invariant } from '../base/invariant.ts';
import { PAGE_SIZE } from '../base/units.ts';
import { mixA, mixB, pageLaneA, pageLaneB } from './content_hash.ts';
import { applyPatch, KIND_LITERAL, KIND_OPAQUE, KIND_RANGE, KIND_WORD, resized } from './content_patch.ts';

/** Recipe of one page; valid until the next append to the queue. */
export type ContentId = number;

/** A page whose bytes differ between machines: nobody wrote it since its frame was allocated. Reading it is a bug. */
export const CONTENT_UNDEFINED = 256;
export const FIRST_RECIPE = 257;
export const MAX_DEPTH = 24;
/** Rows of a new table. */
const FEWEST_ROWS = 1024;

export abstract class RecipeTable {
  /** Recipe columns, by id. */
  protected kind = new Uint8Array(FEWEST_ROWS);
  protected parent = new Uint32Array(FEWEST_ROWS);
  /** WORD: low. RANGE: byte | length << 12. LITERAL: index into `literals`. OPAQUE: ticket of that answer. */
  protected a = new Uint32Array(FEWEST_ROWS);
  /** WORD: high. RANGE: byte value. OPAQUE: word of the answer in which its lanes come. */
  protected b = new Uint32Array(FEWEST_ROWS);
  protected depth = new Uint8Array(FEWEST_ROWS);
  protected shared = new Uint8Array(FEWEST_ROWS);
  protected nextId = FIRST_RECIPE;
  protected literals: Uint8Array[] = [];
  /** Recipes that survived the last collection; the next one comes when there are twice as many. */
  protected survivors = 0;
  /** Hashes of recipes by id, filled on demand; `hashed` says which are known. */
  protected laneA = new Uint32Array(FEWEST_ROWS);
  protected laneB = new Uint32Array(FEWEST_ROWS);
  protected hashed = new Uint8Array(FEWEST_ROWS);

  /** Opaque recipes whose lanes come with an answer of this batch. */
  protected unlearned: ContentId[] = [];

  /** Recipes beyond the 257 fixed ones, reachable or not. */
  get nrRecipes(): number {
    return this.nextId - FIRST_RECIPE;
  }

  /** True when some recipe is opaque, reachable or not. */
  holdsOpaque(): boolean {
    return this.kind.subarray(0, this.nextId).includes(KIND_OPAQUE);
  }

  /** True when only the hash of a content is known. */
  isOpaque(id: ContentId): boolean {
    return id >= FIRST_RECIPE && this.kind[id] === KIND_OPAQUE;
  }

  /** Take the lanes that the answers of this batch hold. */
  learn(answers: { slot(ticket: number): Uint32Array }): void {
    for (const id of this.unlearned) {
      const answer = answers.slot(this.a[id]!);
      this.laneA[id] = answer[this.b[id]!]!;
      this.laneB[id] = answer[this.b[id]! + 1]!;
      this.hashed[id] = 1;
    }
    this.unlearned = [];
  }

  /** An opaque content becomes a literal. @throws ModelBug when its hash is another one */
  reveal(id: ContentId, bytes: Uint8Array): void {
    const words = new Uint32Array(bytes.slice().buffer);
    invariant(
      this.isOpaque(id) && this.laneA[id] === pageLaneA(words, 0) && this.laneB[id] === pageLaneB(words, 0),
      () => `The bytes that the machine holds for content ${id} do not have the hash that it answered.`,
    );
    this.kind[id] = KIND_LITERAL;
    this.a[id] = this.literals.length;
    this.b[id] = 0;
    this.literals.push(new Uint8Array(words.buffer));
  }

  /** True when the bytes that recipe `id` patches all lie in [byte, byte + length). */
  protected isCovered(id: ContentId, byte: number, length: number): boolean {
    switch (this.kind[id]) {
      case KIND_WORD:
        return byte === 0 && length >= 8;
      case KIND_RANGE: {
        const first = this.a[id]! & 0xfff;
        return first >= byte && first + (this.a[id]! >>> 12) <= byte + length;
      }
      default:
        return false;
    }
  }

  /** Write the 4096 bytes of a content into `bytes`; undefined pages come out as zeros. */
  materialise(id: ContentId, bytes: Uint8Array): void {
    const chain: ContentId[] = [];
    let top = id;
    while (top >= FIRST_RECIPE && this.kind[top]! < KIND_LITERAL) {
      chain.push(top);
      top = this.parent[top]!;
    }
    invariant(!this.isOpaque(top), () => `The bytes of content ${id} are known to the machine alone.`);
    if (top >= FIRST_RECIPE) bytes.set(this.literals[this.a[top]!]!);
    else bytes.fill(top === CONTENT_UNDEFINED ? 0 : top);
    for (let next = chain.pop(); next !== undefined; next = chain.pop()) {
      applyPatch(bytes, this.kind[next]!, this.a[next]!, this.b[next]!);
    }
  }

  protected ensureHash(id: ContentId): void {
    if (this.hashed[id] !== 0) return;
    invariant(!this.isOpaque(id), () => `The hash of content ${id} is known after the next barrier.`);
    const parent = this.parent[id]!;
    if (id >= FIRST_RECIPE && this.kind[id] === KIND_WORD && parent < 256) {
      this.ensureHash(parent);
      const word = Math.imul(parent, 0x01010101);
      const low = this.a[id]!;
      const high = this.b[id]!;
      this.laneA[id] = this.laneA[parent]! - mixA(word, 0) - mixA(word, 1) + mixA(low, 0) + mixA(high, 1);
      this.laneB[id] = this.laneB[parent]! - mixB(word, 0) - mixB(word, 1) + mixB(low, 0) + mixB(high, 1);
    } else {
      const words = new Uint32Array(PAGE_SIZE / 4);
      this.materialise(id, new Uint8Array(words.buffer));
      this.laneA[id] = pageLaneA(words, 0);
      this.laneB[id] = pageLaneB(words, 0);
    }
    this.hashed[id] = 1;
  }

  protected makeRoom(): void {
    if (this.nrRecipes > 2 * this.survivors + 65_536) this.compact();
    if (this.nextId + 1 < this.kind.length / 2) return;
    this.resize(this.kind.length * 2);
  }

  /** Give back room that a collection left empty: a snapshot stores the columns whole. */
  trim(): void {
    let length = FEWEST_ROWS;
    while (length < 2 * (this.nextId + 1)) length *= 2;
    if (length < this.kind.length) this.resize(length);
  }

  private resize(length: number): void {
    this.kind = resized(this.kind, new Uint8Array(length));
    this.parent = resized(this.parent, new Uint32Array(length));
    this.a = resized(this.a, new Uint32Array(length));
    this.b = resized(this.b, new Uint32Array(length));
    this.depth = resized(this.depth, new Uint8Array(length));
    this.shared = resized(this.shared, new Uint8Array(length));
    this.laneA = resized(this.laneA, new Uint32Array(length));
    this.laneB = resized(this.laneB, new Uint32Array(length));
    this.hashed = resized(this.hashed, new Uint8Array(length));
  }

  /** After a restore: no hash is known. Every recipe of a snapshot has its bytes, so each can be made again. */
  startUnhashed(): void {
    const { length } = this.kind;
    this.laneA = new Uint32Array(length);
    this.laneB = new Uint32Array(length);
    this.hashed = new Uint8Array(length);
  }

  /** Drop recipes that no frame reaches. */
  protected abstract compact(): void;

  /** Drop recipes that are not live, as frames say, and renumber the rest in the same order; returns the new ids by old. */
  protected compactRecipes(live: Uint8Array): Uint32Array {
    // I1: a parent comes before its child, so one pass down marks and one pass up renumbers.
    for (let id = this.nextId - 1; id >= FIRST_RECIPE; id--) {
      if (live[id] !== 0 && this.kind[id]! < KIND_LITERAL) live[this.parent[id]!] = 1;
    }
    const renamed = new Uint32Array(this.nextId);
    for (let id = 0; id < FIRST_RECIPE; id++) renamed[id] = id;
    const literals: Uint8Array[] = [];
    let next = FIRST_RECIPE;
    for (let id = FIRST_RECIPE; id < this.nextId; id++) {
      if (live[id] === 0) continue;
      renamed[id] = next;
      this.kind[next] = this.kind[id]!;
      this.parent[next] = renamed[this.parent[id]!]!;
      this.a[next] = this.a[id]!;
      this.b[next] = this.b[id]!;
      this.depth[next] = this.depth[id]!;
      this.shared[next] = this.shared[id]!;
      this.laneA[next] = this.laneA[id]!;
      this.laneB[next] = this.laneB[id]!;
      this.hashed[next] = this.hashed[id]!;
      if (this.kind[next] === KIND_LITERAL) {
        literals.push(this.literals[this.a[id]!]!);
        this.a[next] = literals.length - 1;
      }
      next++;
    }
    this.unlearned = this.unlearned.filter(id => live[id] !== 0).map(id => renamed[id]!);
    this.literals = literals;
    this.nextId = next;
    this.survivors = next - FIRST_RECIPE;
    return renamed;
  }
}
