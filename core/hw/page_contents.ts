/**
 * Symbolic contents: for each frame of each region a content id that names the recipe which made its bytes. The control
 * plane never looks at a byte; verification compares a machine's hash with the hash of the recipe, and a snapshot holds
 * recipes instead of gigabytes.
 *
 * Recipes    id 0..255 page of that byte value (0 is the zero page); UNDEFINED a fresh VRAM page nobody filled yet;
 *            patch = word or byte range over a parent; literal = 4096 stored bytes
 * Invariants I1 a parent's id is smaller than its child's
 *            I2 a recipe not marked shared is the content of at most one frame and parent of none, so a store into that
 *               frame may change it in place
 *            I3 chains have at most MAX_DEPTH patches: a longer one becomes a literal
 * Memory     4 bytes per frame in chunks made at the first non-zero content; unreachable recipes are collected when the
 *            table would grow and by compact()
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { PAGE_SIZE, type Pages, type Pfn } from '../base/units.ts';
import { mixA, mixB, pageLaneA, pageLaneB } from './content_hash.ts';
import { type MachineDescription, regionPages } from './machine_description.ts';
import { pageOfPfn, pfnOf, REGION_PAGES, REGION_SHIFT, type Region, regionOfPfn } from './region.ts';

/** Recipe of one page; valid until the next append to the queue. */
export type ContentId = number;

/** A page whose bytes differ between machines: nobody wrote it since its frame was allocated. Reading it is a bug. */
export const CONTENT_UNDEFINED = 256;
const FIRST_RECIPE = 257;
const MAX_DEPTH = 24;

const KIND_WORD = 1;
const KIND_RANGE = 2;
const KIND_LITERAL = 3;

const CHUNK_SHIFT = 12;
const CHUNK_PAGES = 1 << CHUNK_SHIFT;

export class PageContents {
  /** Content ids by region, in chunks of CHUNK_PAGES frames; a missing chunk is all zero pages. */
  private readonly chunks: (Uint32Array | undefined)[][];
  private readonly nrPages: readonly Pages[];
  /** Recipe columns, by id. */
  private kind = new Uint8Array(1024);
  private parent = new Uint32Array(1024);
  /** WORD: low. RANGE: byte | length << 12. LITERAL: index into `literals`. */
  private a = new Uint32Array(1024);
  /** WORD: high. RANGE: byte value. */
  private b = new Uint32Array(1024);
  private depth = new Uint8Array(1024);
  private shared = new Uint8Array(1024);
  private nextId = FIRST_RECIPE;
  private literals: Uint8Array[] = [];
  /** Recipes that survived the last collection; the next one comes when there are twice as many. */
  private survivors = 0;
  /** Hashes of recipes by id, filled on demand; `hashed` says which are known. */
  private laneA = new Uint32Array(1024);
  private laneB = new Uint32Array(1024);
  private hashed = new Uint8Array(1024);

  constructor(machine: MachineDescription) {
    this.nrPages = regionPages(machine);
    this.chunks = this.nrPages.map(pages => new Array(Math.ceil(pages / CHUNK_PAGES)).fill(undefined));
  }

  /** Content of a frame. */
  idOf(pfn: Pfn): ContentId {
    const page = pfn & (REGION_PAGES - 1);
    const chunk = this.chunks[pfn >>> REGION_SHIFT]![page >>> CHUNK_SHIFT];
    return chunk === undefined ? 0 : chunk[page & (CHUNK_PAGES - 1)]!;
  }

  /** Recipes beyond the 257 fixed ones, reachable or not. */
  get nrRecipes(): number {
    return this.nextId - FIRST_RECIPE;
  }

  private chunkOf(region: number, page: number): Uint32Array {
    return this.chunks[region]![page >>> CHUNK_SHIFT] ?? this.makeChunk(region, page);
  }

  private makeChunk(region: number, page: number): Uint32Array {
    this.checkRange(region, page, page + 1);
    return (this.chunks[region]![page >>> CHUNK_SHIFT] = new Uint32Array(CHUNK_PAGES));
  }

  /** Kept out of hot callers: the closure for the message would cost each an allocation. */
  private checkRange(region: number, page: number, end: number): void {
    const nrPages = this.nrPages[region]!;
    invariant(
      end <= nrPages,
      () => `Pages ${page} to ${end - 1} of region ${region} lie outside the machine (${nrPages} pages).`,
    );
  }

  private set(pfn: Pfn, id: ContentId): void {
    const page = pageOfPfn(pfn);
    this.chunkOf(pfn >>> REGION_SHIFT, page)[page & (CHUNK_PAGES - 1)] = id;
  }

  /** Whole frames become pages of one byte value, or CONTENT_UNDEFINED. */
  fillPages(firstPfn: Pfn, nrPages: Pages, id: ContentId): void {
    const region = regionOfPfn(firstPfn);
    let page = pageOfPfn(firstPfn);
    const end = page + nrPages;
    if (end > this.nrPages[region]!) this.checkRange(region, page, end);
    while (page < end) {
      const stop = Math.min(end, ((page >>> CHUNK_SHIFT) + 1) << CHUNK_SHIFT);
      const existing = this.chunks[region]![page >>> CHUNK_SHIFT];
      if (existing !== undefined || id !== 0) {
        const base = page & (CHUNK_PAGES - 1);
        const chunk = existing ?? this.chunkOf(region, page);
        if (stop - page === 1) chunk[base] = id;
        else chunk.fill(id, base, base + stop - page);
      }
      page = stop;
    }
  }

  /** One frame reads as zeros again. */
  forget(pfn: Pfn): void {
    if (this.idOf(pfn) !== 0) this.set(pfn, 0);
  }

  /** The 64-bit word at the start of a frame is stored. */
  storeWord(pfn: Pfn, high: number, low: number): void {
    this.patch(pfn, KIND_WORD, 0, 8, low >>> 0, high >>> 0);
  }

  /** Bytes [byte, byte + length) of a frame get one value. */
  fillBytes(pfn: Pfn, byte: number, length: number, value: number): void {
    if (length === PAGE_SIZE) this.set(pfn, value);
    else this.patch(pfn, KIND_RANGE, byte, length, byte | (length << 12), value);
  }

  private patch(pfn: Pfn, kind: number, byte: number, length: number, a: number, b: number): void {
    if (this.nextId + 1 >= this.kind.length) this.makeRoom();
    const page = pageOfPfn(pfn);
    const chunk = this.chunkOf(pfn >>> REGION_SHIFT, page);
    const slot = page & (CHUNK_PAGES - 1);
    const old = chunk[slot]!;
    if (old >= FIRST_RECIPE && this.shared[old] === 0) {
      const top = this.kind[old]!;
      if (top === KIND_LITERAL) {
        applyPatch(this.literals[this.a[old]!]!, kind, a, b);
        this.hashed[old] = 0;
        return;
      }
      // The same bytes again: nothing but the values changes.
      if (top === kind && (kind === KIND_WORD || this.a[old] === a)) {
        this.a[old] = a;
        this.b[old] = b;
        this.hashed[old] = 0;
        return;
      }
    }
    let below = old;
    while (below >= FIRST_RECIPE && this.isCovered(below, byte, length)) below = this.parent[below]!;
    let id = old;
    if (below === old || this.shared[old] !== 0) {
      id = this.nextId++;
      chunk[slot] = id;
    }
    this.hashed[id] = 0;
    this.shared[id] = 0;
    const depth = below >= FIRST_RECIPE ? this.depth[below]! + 1 : 1;
    if (depth > MAX_DEPTH) {
      const bytes = new Uint8Array(PAGE_SIZE);
      this.materialise(below, bytes);
      applyPatch(bytes, kind, a, b);
      this.kind[id] = KIND_LITERAL;
      this.parent[id] = 0;
      this.depth[id] = 1;
      this.a[id] = this.literals.length;
      this.b[id] = 0;
      this.literals.push(bytes);
      return;
    }
    this.kind[id] = kind;
    this.parent[id] = below;
    this.depth[id] = depth;
    this.a[id] = a;
    this.b[id] = b;
  }

  /** True when the bytes that recipe `id` patches all lie in [byte, byte + length). */
  private isCovered(id: ContentId, byte: number, length: number): boolean {
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

  /** `nrPages` frames from `to` get the contents of those from `from`; runs inside one region each, as memmove. */
  copyRun(from: Pfn, to: Pfn, nrPages: Pages): void {
    const backwards = from < to;
    let done = 0;
    while (done < nrPages) {
      const left = nrPages - done;
      let source = pageOfPfn(from) + done;
      let target = pageOfPfn(to) + done;
      let step: number;
      if (backwards) {
        // Pieces end at the highest chunk border below the end of what is left.
        const sourceEnd = pageOfPfn(from) + left;
        const targetEnd = pageOfPfn(to) + left;
        step = Math.min(
          left,
          ((sourceEnd - 1) & (CHUNK_PAGES - 1)) + 1,
          ((targetEnd - 1) & (CHUNK_PAGES - 1)) + 1,
        );
        source = sourceEnd - step;
        target = targetEnd - step;
      } else {
        step = Math.min(
          left,
          CHUNK_PAGES - (source & (CHUNK_PAGES - 1)),
          CHUNK_PAGES - (target & (CHUNK_PAGES - 1)),
        );
      }
      this.copyPiece(regionOfPfn(from), source, regionOfPfn(to), target, step);
      done += step;
    }
  }

  private copyPiece(
    fromRegion: Region,
    source: number,
    toRegion: Region,
    target: number,
    nrPages: Pages,
  ): void {
    const chunk = this.chunks[fromRegion]![source >>> CHUNK_SHIFT];
    if (chunk === undefined) {
      this.fillPages(pfnOf(toRegion, target), nrPages, 0);
      return;
    }
    const base = source & (CHUNK_PAGES - 1);
    for (let i = base; i < base + nrPages; i++) {
      const id = chunk[i]!;
      if (id >= FIRST_RECIPE) this.shared[id] = 1;
    }
    const into = this.chunkOf(toRegion, target);
    const at = target & (CHUNK_PAGES - 1);
    if (into === chunk) into.copyWithin(at, base, base + nrPages);
    else if (nrPages === 1) into[at] = chunk[base]!;
    else into.set(chunk.subarray(base, base + nrPages), at);
  }

  /** False for a page that nobody wrote since its frame was allocated. */
  isDefined(pfn: Pfn): boolean {
    let id = this.idOf(pfn);
    while (id >= FIRST_RECIPE) id = this.kind[id] === KIND_LITERAL ? 0 : this.parent[id]!;
    return id !== CONTENT_UNDEFINED;
  }

  /** Write the 4096 bytes of a content into `bytes`; undefined pages come out as zeros. */
  materialise(id: ContentId, bytes: Uint8Array): void {
    const chain: ContentId[] = [];
    let top = id;
    while (top >= FIRST_RECIPE && this.kind[top] !== KIND_LITERAL) {
      chain.push(top);
      top = this.parent[top]!;
    }
    if (top >= FIRST_RECIPE) bytes.set(this.literals[this.a[top]!]!);
    else bytes.fill(top === CONTENT_UNDEFINED ? 0 : top);
    for (let next = chain.pop(); next !== undefined; next = chain.pop()) {
      applyPatch(bytes, this.kind[next]!, this.a[next]!, this.b[next]!);
    }
  }

  /** Expected hash of pages in order, as a machine answers it (hw/content_hash.ts): [lane0, lane1]. */
  hashOf(pfns: ArrayLike<Pfn>): [number, number] {
    let lane0 = 0;
    let lane1 = 0;
    for (let p = 0; p < pfns.length; p++) {
      const id = this.idOf(pfns[p]!);
      this.ensureHash(id);
      lane0 = (lane0 + mixA(this.laneA[id]!, p)) | 0;
      lane1 = (lane1 + mixB(this.laneB[id]!, p)) | 0;
    }
    return [lane0 >>> 0, lane1 >>> 0];
  }

  private ensureHash(id: ContentId): void {
    if (this.hashed[id] !== 0) return;
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

  /** Call `each` with every frame of a region whose content is not the zero page, in ascending order. */
  forEachWritten(region: Region, each: (pfn: Pfn, id: ContentId) => void): void {
    this.chunks[region]!.forEach((chunk, index) => {
      if (chunk === undefined) return;
      for (let i = 0; i < CHUNK_PAGES; i++) {
        if (chunk[i] !== 0) each(pfnOf(region, (index << CHUNK_SHIFT) + i), chunk[i]!);
      }
    });
  }

  private makeRoom(): void {
    if (this.nrRecipes > 2 * this.survivors + 65_536) this.compact();
    if (this.nextId + 1 < this.kind.length / 2) return;
    const length = this.kind.length * 2;
    const grown = <T extends Uint8Array | Uint32Array>(array: T, larger: T): T => {
      larger.set(array);
      return larger;
    };
    this.kind = grown(this.kind, new Uint8Array(length));
    this.parent = grown(this.parent, new Uint32Array(length));
    this.a = grown(this.a, new Uint32Array(length));
    this.b = grown(this.b, new Uint32Array(length));
    this.depth = grown(this.depth, new Uint8Array(length));
    this.shared = grown(this.shared, new Uint8Array(length));
    this.laneA = grown(this.laneA, new Uint32Array(length));
    this.laneB = grown(this.laneB, new Uint32Array(length));
    this.hashed = grown(this.hashed, new Uint8Array(length));
  }

  /**
   * Drop recipes that no frame reaches and renumber the rest in the same order; content ids taken before are void.
   * Called before a snapshot and when the table would grow. O(frames ever written + recipes).
   */
  compact(): void {
    const live = new Uint8Array(this.nextId);
    for (const region of this.chunks) {
      for (const chunk of region) {
        if (chunk === undefined) continue;
        for (let i = 0; i < CHUNK_PAGES; i++) live[chunk[i]!] = 1;
      }
    }
    // I1: a parent comes before its child, so one pass down marks and one pass up renumbers.
    for (let id = this.nextId - 1; id >= FIRST_RECIPE; id--) {
      if (live[id] !== 0 && this.kind[id] !== KIND_LITERAL) live[this.parent[id]!] = 1;
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
    for (const region of this.chunks) {
      for (const chunk of region) {
        if (chunk === undefined) continue;
        for (let i = 0; i < CHUNK_PAGES; i++) chunk[i] = renamed[chunk[i]!]!;
      }
    }
    this.literals = literals;
    this.nextId = next;
    this.survivors = next - FIRST_RECIPE;
  }
}
snapshotClass(PageContents, 'hw.PageContents');

function applyPatch(bytes: Uint8Array, kind: number, a: number, b: number): void {
  if (kind === KIND_RANGE) {
    const byte = a & 0xfff;
    bytes.fill(b, byte, byte + (a >>> 12));
    return;
  }
  for (let i = 0; i < 4; i++) {
    bytes[i] = (a >>> (8 * i)) & 0xff;
    bytes[4 + i] = (b >>> (8 * i)) & 0xff;
  }
}
