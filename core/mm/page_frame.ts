/**
 * Page frames of system memory: allocation, reference counts, map counts and the flags of each frame.
 *
 * Models     struct page, struct folio (order 0), mm/page_alloc.c, mm/rmap.c counters (Linux 6.12)
 * Units      frames are Pfns in REGION_RAM of hw/region.ts
 * Counts     a frame is held by the page cache and by the kernel (`holds`), and by each page-table entry (`maps`)
 * Invariants I1 maps of a frame = page-table entries that map it as a normal page
 *            I2 a frame is free exactly when holds and maps are 0; nrFree + the others + 2 reserved = nrPages
 * Order      never-used frames first, upwards; freed frames come back oldest first and only after QUARANTINE others,
 *            so that a stale entry meets a free frame (and a check can see it) instead of a new owner
 * Left out   zones, orders, per-CPU lists, reclaim (see Reclaimer)
 */
import { FaultAttr } from '../base/fault_attr.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Pages, Pfn } from '../base/units.ts';
import type { DataPlane } from '../hw/data_plane.ts';

/** Answer of an allocation that found nothing; frame 0 is reserved and never handed out. */
export const NO_PFN: Pfn = 0;
/** The shared page of zeros (ZERO_PAGE); never written, counted by nobody. */
export const ZERO_PFN: Pfn = 1;
const FIRST_USABLE = 2;
const QUARANTINE = 1024;

/** Frame flags; they share a word with the map count, which is in the bits below. */
export const PG_ANON = 1 << 30;
/** Differs from its backing store. */
export const PG_DIRTY = 1 << 29;
/** No other task's entry maps this anonymous frame, so a write may reuse it (PageAnonExclusive). */
export const PG_EXCLUSIVE = 1 << 28;
/** The map count. */
export const MAP_COUNT = (1 << 28) - 1;

/** Who can give memory back when frames run out; a registered object. Swap-out hangs here. */
export interface Reclaimer {
  /** @returns frames freed */
  reclaim(frames: PageFrames, wanted: Pages): Pages;
}

export class PageFrames {
  /** Frames that an allocation can get. */
  nrFree: Pages;
  /** Asked once when an allocation finds nothing. */
  reclaimer: Reclaimer | null = null;
  /** If set, a freed frame is filled with this byte, so that reads through stale entries show. */
  poison: number | null = null;
  /** Injected failures, for all allocations of the kernel (MmContext.faults). */
  readonly faults = new FaultAttr();
  /** By frame: references other than those of entries. */
  private holds = new Int32Array(1024);
  /** By frame: entries that map it, and PG_* flags. Public for the loop that clears entries only. */
  states = new Int32Array(1024);
  private nextUnused = FIRST_USABLE;
  /** Freed frames, a ring of power-of-two size. */
  private freed = new Int32Array(1024);
  private freedHead = 0;
  private nrFreed = 0;

  /**
   * @param nrPages frames of the machine's RAM, two of which are reserved
   * @param plane   fills fresh frames with zeros
   */
  constructor(
    readonly nrPages: Pages,
    private readonly plane: DataPlane,
  ) {
    invariant(nrPages > FIRST_USABLE, () => `RAM of ${nrPages} pages has no usable frame.`);
    this.nrFree = nrPages - FIRST_USABLE;
    this.holds[ZERO_PFN] = 1;
    plane.fillPages(ZERO_PFN, 1, 0);
  }

  /** A frame of zeros with one reference, or NO_PFN. */
  allocPage(): Pfn {
    const pfn = this.allocDirtyPage();
    if (pfn !== NO_PFN) this.plane.fillPages(pfn, 1, 0);
    return pfn;
  }

  /** A frame with one reference whose bytes the caller overwrites whole before anyone sees them, or NO_PFN. */
  allocDirtyPage(): Pfn {
    return this.faults.failPage('a page') ? NO_PFN : this.take();
  }

  private take(): Pfn {
    if (this.nrFree === 0 && (this.reclaimer === null || this.reclaimer.reclaim(this, 1) === 0))
      return NO_PFN;
    this.nrFree--;
    let pfn: Pfn;
    if (this.nrFreed > QUARANTINE || this.nextUnused === this.nrPages) {
      pfn = this.freed[this.freedHead]!;
      this.freedHead = (this.freedHead + 1) & (this.freed.length - 1);
      this.nrFreed--;
    } else {
      pfn = this.nextUnused++;
      if (pfn >= this.holds.length) this.grow();
    }
    this.holds[pfn] = 1;
    return pfn;
  }

  /**
   * Frames of zeros with one reference each: consecutive ones while never-used frames last, else any.
   * @returns null when fewer than n are free; nothing is allocated then
   */
  allocRun(n: Pages): Pfn[] | null {
    if (this.faults.failPage('pages')) return null;
    if (this.nrFree < n) this.reclaimer?.reclaim(this, n - this.nrFree);
    if (this.nrFree < n) return null;
    const run: Pfn[] = [];
    if (this.nrPages - this.nextUnused >= n) {
      for (let i = 0; i < n; i++) {
        const pfn = this.nextUnused++;
        if (pfn >= this.holds.length) this.grow();
        this.holds[pfn] = 1;
        run.push(pfn);
      }
      this.nrFree -= n;
      if (n > 0) this.plane.fillPages(run[0]!, n, 0);
      return run;
    }
    for (let i = 0; i < n; i++) {
      const pfn = this.take();
      this.plane.fillPages(pfn, 1, 0);
      run.push(pfn);
    }
    return run;
  }

  /** Take a reference. */
  get(pfn: Pfn): void {
    this.holds[pfn]!++;
  }

  /** Drop a reference; when nobody holds or maps the frame any more, it is free. */
  put(pfn: Pfn): void {
    const left = this.holds[pfn]! - 1;
    this.holds[pfn] = left;
    if (left <= 0 && (this.states[pfn]! & MAP_COUNT) === 0) this.free(pfn);
  }

  /** No entry maps the frame any more (already counted down): if nobody holds it either, it is free. */
  unmapped(pfn: Pfn): void {
    if (this.holds[pfn]! <= 0) this.free(pfn);
  }

  private free(pfn: Pfn): void {
    invariant(this.holds[pfn] === 0 && pfn >= FIRST_USABLE, () => this.describe(pfn));
    this.states[pfn] = 0;
    this.nrFree++;
    if (this.nrFreed === this.freed.length) this.growFreed();
    this.freed[(this.freedHead + this.nrFreed) & (this.freed.length - 1)] = pfn;
    this.nrFreed++;
    if (this.poison !== null) this.plane.fillPages(pfn, 1, this.poison);
  }

  /** A page-table entry begins to map the frame. */
  map(pfn: Pfn): void {
    this.states[pfn]!++;
  }

  /** The one who allocated the frame hands it over to the first entry that maps it. */
  mapFresh(pfn: Pfn, flags: number): void {
    this.holds[pfn] = 0;
    this.states[pfn] = flags | 1;
  }

  /** A page-table entry stops mapping the frame. */
  unmap(pfn: Pfn): void {
    const left = this.states[pfn]! - 1;
    this.states[pfn] = left;
    if ((left & MAP_COUNT) === 0) this.unmapped(pfn);
  }

  /** All references, those of entries included; 0 = free. Models folio_ref_count(). */
  refCount(pfn: Pfn): number {
    return pfn < this.holds.length ? this.holds[pfn]! + this.mapCount(pfn) : 0;
  }

  /** Page-table entries that map the frame as a normal page. */
  mapCount(pfn: Pfn): number {
    return (this.states[pfn] ?? 0) & MAP_COUNT;
  }

  hasFlag(pfn: Pfn, flag: number): boolean {
    return (this.states[pfn]! & flag) !== 0;
  }

  setFlag(pfn: Pfn, flag: number): void {
    this.states[pfn]! |= flag;
  }

  clearFlag(pfn: Pfn, flag: number): void {
    this.states[pfn]! &= ~flag;
  }

  /** Frames ever handed out lie below this number; for checks that walk all frames. */
  get limit(): Pfn {
    return this.nextUnused;
  }

  private describe(pfn: Pfn): string {
    return `Frame ${pfn} was released with ${this.holds[pfn]} references and ${this.mapCount(pfn)} entries left.`;
  }

  private grow(): void {
    const size = Math.min(this.holds.length * 2, this.nrPages);
    const holds = new Int32Array(size);
    holds.set(this.holds);
    this.holds = holds;
    const states = new Int32Array(size);
    states.set(this.states);
    this.states = states;
  }

  private growFreed(): void {
    const bigger = new Int32Array(this.freed.length * 2);
    for (let i = 0; i < this.nrFreed; i++) {
      bigger[i] = this.freed[(this.freedHead + i) & (this.freed.length - 1)]!;
    }
    this.freed = bigger;
    this.freedHead = 0;
  }
}
snapshotClass(PageFrames, 'mm.PageFrames');
