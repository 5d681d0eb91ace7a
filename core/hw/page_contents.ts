/**
 * Symbolic contents: for each frame of each region a content id that names the recipe which made its bytes. The control
 * plane never looks at a byte; verification compares a machine's hash with the hash of the recipe, and a snapshot holds
 * recipes instead of gigabytes.
 *
 * Recipes    id 0..255 page of that byte value (0 is the zero page); UNDEFINED a fresh VRAM page nobody filled yet;
 *            patch = word or byte range over a parent; literal = 4096 stored bytes; opaque = bytes that a machine made (a
 *            ring's commands wrote them): only their hash is known, from the next barrier on
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
import { mixA, mixB } from './content_hash.ts';
import {
  applyPatch,
  KIND_LITERAL,
  KIND_OPAQUE,
  KIND_RANGE,
  KIND_WORD,
  storeWordsInto,
} from './content_patch.ts';
import { type MachineDescription, regionPages } from './machine_description.ts';
import { CONTENT_UNDEFINED, type ContentId, FIRST_RECIPE, MAX_DEPTH, RecipeTable } from './recipe_table.ts';
import { pageOfPfn, pfnOf, REGION_PAGES, REGION_SHIFT, type Region, regionOfPfn } from './region.ts';

export { CONTENT_UNDEFINED, type ContentId };

const CHUNK_SHIFT = 12;
const CHUNK_PAGES = 1 << CHUNK_SHIFT;

export class PageContents extends RecipeTable {
  /** Content ids by region, in chunks of CHUNK_PAGES frames; a missing chunk is all zero pages. */
  private readonly chunks: (Uint32Array | undefined)[][];
  private readonly nrPages: readonly Pages[];
  /**
   * Opaque recipes, each of its one frame, that the CPU stored into; nobody was asked for their lanes yet. A frame here whose
   * content is another one by now has nothing to ask for.
   */
  private readonly touched = new Map<Pfn, ContentId>();

  constructor(machine: MachineDescription) {
    super();
    this.nrPages = regionPages(machine);
    this.chunks = this.nrPages.map(pages => new Array(Math.ceil(pages / CHUNK_PAGES)).fill(undefined));
  }

  /** Content of a frame. */
  idOf(pfn: Pfn): ContentId {
    const page = pfn & (REGION_PAGES - 1);
    const chunk = this.chunks[pfn >>> REGION_SHIFT]![page >>> CHUNK_SHIFT];
    return chunk === undefined ? 0 : chunk[page & (CHUNK_PAGES - 1)]!;
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

  /** Words of a frame are stored; it becomes a literal. */
  storeWords(pfn: Pfn, byte: number, words: ArrayLike<number>): void {
    const old = this.idOf(pfn);
    if (this.isOpaque(old)) {
      this.touch(pfn);
      return;
    }
    let id = old;
    if (old < FIRST_RECIPE || this.shared[old] !== 0 || this.kind[old] !== KIND_LITERAL) {
      const bytes = new Uint8Array(PAGE_SIZE);
      this.materialise(old, bytes);
      id = this.newRecipe(pfn, KIND_LITERAL, this.literals.length, 0);
      this.literals.push(bytes);
    }
    this.hashed[id] = 0;
    storeWordsInto(this.literals[this.a[id]!]!, byte, words);
  }

  /** A recipe over nothing becomes the content of a frame. */
  private newRecipe(pfn: Pfn, kind: number, a: number, b: number): ContentId {
    if (this.nextId + 1 >= this.kind.length) this.makeRoom();
    const id = this.nextId++;
    this.kind[id] = kind;
    this.parent[id] = 0;
    this.depth[id] = 1;
    this.shared[id] = 0;
    this.hashed[id] = 0;
    this.a[id] = a;
    this.b[id] = b;
    this.set(pfn, id);
    return id;
  }

  /** A machine makes the bytes of these frames; their lanes come at the end of the answer with this ticket. */
  becomeOpaque(pfns: ArrayLike<Pfn>, ticket: number, firstWord: number): void {
    for (let i = 0; i < pfns.length; i++) {
      this.unlearned.push(this.newRecipe(pfns[i]!, KIND_OPAQUE, ticket, firstWord + 2 * i));
    }
  }

  /** The bytes of a frame are no longer known, nor their hash: its lanes must be asked for, when the queue asks. */
  touch(pfn: Pfn): void {
    if (this.isTouched(pfn)) return;
    this.touched.set(pfn, this.newRecipe(pfn, KIND_OPAQUE, 0, 0));
  }

  /** True when the lanes of a frame's own content were not asked for since the CPU stored into it. */
  isTouched(pfn: Pfn): boolean {
    return this.touched.size > 0 && this.touched.get(pfn) === this.idOf(pfn);
  }

  /** Frames that may be touched, in order of their first touch. */
  touchedFrames(): Pfn[] {
    return [...this.touched.keys()].filter(pfn => this.isTouched(pfn));
  }

  /** A frame is touched no more: its lanes come with this answer, from word 0 on. */
  willLearn(pfn: Pfn, ticket: number): void {
    const id = this.idOf(pfn);
    this.touched.delete(pfn);
    this.a[id] = ticket;
    this.unlearned.push(id);
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
    if (this.isOpaque(old)) {
      this.touch(pfn);
      return;
    }
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
    while (id >= FIRST_RECIPE) id = this.kind[id]! >= KIND_LITERAL ? 0 : this.parent[id]!;
    return id !== CONTENT_UNDEFINED;
  }

  /** False for bytes that a machine makes, until the barrier that answers their hash. */
  isHashKnown(pfn: Pfn): boolean {
    const id = this.idOf(pfn);
    return !this.isOpaque(id) || this.hashed[id] !== 0;
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

  /** Call `each` with every frame of a region whose content is not the zero page, in ascending order. */
  forEachWritten(region: Region, each: (pfn: Pfn, id: ContentId) => void): void {
    this.chunks[region]!.forEach((chunk, index) => {
      if (chunk === undefined) return;
      for (let i = 0; i < CHUNK_PAGES; i++) {
        if (chunk[i] !== 0) each(pfnOf(region, (index << CHUNK_SHIFT) + i), chunk[i]!);
      }
    });
  }

  /**
   * Drop recipes that no frame reaches and renumber the rest in the same order; content ids taken before are void.
   * Called before a snapshot and when the table would grow. O(frames ever written + recipes).
   */
  override compact(): void {
    const live = new Uint8Array(this.nextId);
    this.forEachChunk(chunk => {
      for (let i = 0; i < CHUNK_PAGES; i++) live[chunk[i]!] = 1;
    });
    const renamed = this.compactRecipes(live);
    this.forEachChunk(chunk => {
      for (let i = 0; i < CHUNK_PAGES; i++) chunk[i] = renamed[chunk[i]!]!;
    });
    for (const [pfn, id] of this.touched) this.touched.set(pfn, renamed[id]!);
  }

  private forEachChunk(each: (chunk: Uint32Array) => void): void {
    for (const region of this.chunks) for (const chunk of region) if (chunk !== undefined) each(chunk);
  }
}
// Hashes follow from the recipes; stored, they would be most of a snapshot's bytes, because nothing packs them.
snapshotClass(PageContents, 'hw.PageContents', 2, {
  transient: ['laneA', 'laneB', 'hashed'] as unknown as readonly (keyof PageContents)[],
  rebuild: contents => contents.startUnhashed(),
});
