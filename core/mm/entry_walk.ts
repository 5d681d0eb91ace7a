/**
 * One pass over page-table entries that asks four rules of chapter 8 of the dossier of each: 1 (inside a VMA that allows it),
 * 13 (younger than its VMA), 14 (a second fault finds the same) and the part of frames of 31 (counted by its frame).
 *
 * Cost       a few loads an entry, what a VMA says once a VMA; sentences are made of violations only
 */
import type { PageIndex } from '../base/units.ts';
import type { MmContext } from './mm_context.ts';
import { MAP_COUNT, PG_ANON, ZERO_PFN } from './page_frame.ts';
import { isPtePresent, PTE_PRESENT, PTE_WRITE, type PteLeaf, pfnOfPte, TASK_PAGES } from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import { ShmemPages } from './shmem.ts';
import { VM_ACCESS, VM_MIXEDMAP, VM_PFNMAP, VM_SHARED, VM_WRITE, type VmArea } from './vm_area.ts';

/** More sentences than this about one rule help nobody. */
const MAX_SAYS = 8;
const FIRST_FRAME = 2;

export class EntryWalk {
  /** Rule 1. */
  readonly inVmas: string[] = [];
  /** Rule 13. */
  readonly ages: string[] = [];
  /** Rule 14. */
  readonly refaults: string[] = [];
  /** Rule 31; only of a walk over everything. */
  readonly frames: string[] = [];
  /** Entries by frame. */
  private readonly maps: Int32Array;
  /** Index of the VMA at the walk's place or behind it. */
  private index = 0;
  private entries = 0;
  private anonPages = 0;
  private filePages = 0;

  private constructor(
    private readonly context: MmContext,
    nrFrames: number,
  ) {
    this.maps = new Int32Array(nrFrames);
  }

  /** All entries of all tasks. */
  static overAll(context: MmContext): EntryWalk {
    const walk = new EntryWalk(context, context.frames.limit);
    for (const mm of context.mms.values()) {
      walk.visit(mm, 0, TASK_PAGES);
      walk.compareCounts(mm);
    }
    walk.compareFrames();
    return walk;
  }

  /** Entries of one task in [first, end). */
  static overRange(mm: ProcessMm, first: PageIndex, end: PageIndex): EntryWalk {
    const walk = new EntryWalk(mm.context, 0);
    walk.visit(mm, first, end);
    return walk;
  }

  private visit(mm: ProcessMm, first: PageIndex, end: PageIndex): void {
    this.index = mm.indexOfFirstEndingAfter(first);
    this.entries = 0;
    this.anonPages = 0;
    this.filePages = 0;
    mm.pageTable.forEachLeaf((leaf, base, from, to) => this.visitLeaf(mm, leaf, base, from, to), first, end);
  }

  private visitLeaf(mm: ProcessMm, leaf: PteLeaf, base: PageIndex, from: number, to: number): void {
    const { words, generations } = leaf;
    const { frames } = this.context;
    const { states, nrPages } = frames;
    const { maps } = this;
    const { vmas } = mm;
    let { index } = this;
    let vma: VmArea | null = null;
    // What the VMA says; before the first one nothing is known.
    let start = 0;
    let end = -1;
    let forbidden = 0;
    let born = 0;
    let isUncounted = false;
    let noCopies = false;
    let cache: ShmemPages | null = null;
    for (let slot = from; slot < to; slot++) {
      const word = words[slot]!;
      if (word === 0) continue;
      this.entries++;
      const page = base + slot;
      if (page >= end) {
        while (index < vmas.length && vmas[index]!.end <= page) index++;
        vma = vmas[index] ?? null;
        start = vma === null ? TASK_PAGES : vma.start;
        end = vma === null ? TASK_PAGES : vma.end;
        if (vma !== null) {
          const { flags, file } = vma;
          forbidden = (flags & VM_ACCESS) === 0 ? PTE_PRESENT : (flags & VM_WRITE) === 0 ? PTE_WRITE : 0;
          born = vma.bornSerial;
          isUncounted = (flags & (VM_PFNMAP | VM_MIXEDMAP)) !== 0;
          noCopies = (flags & VM_SHARED) !== 0 || vma.anonVma === null;
          cache = file !== null && file.mapping.pages instanceof ShmemPages ? file.mapping.pages : null;
        }
      }
      if (vma === null || page < start) {
        if (this.inVmas.length < MAX_SAYS)
          this.inVmas.push(`mm ${mm.id} has an entry at page ${page}, where nothing is mapped.`);
        continue;
      }
      if ((word & PTE_PRESENT) !== 0 && (word & forbidden) !== 0) this.sayAllows(vma, page, forbidden);
      if (((generations[slot]! - born) | 0) <= 0) this.sayAge(vma, page, generations[slot]!);
      if (isUncounted || !isPtePresent(word)) continue;
      const pfn = pfnOfPte(word);
      if (pfn === ZERO_PFN || pfn >= nrPages) continue;
      maps[pfn]!++;
      if ((states[pfn]! & PG_ANON) !== 0) {
        this.anonPages++;
        if (noCopies) this.sayCopy(vma, page);
      } else {
        this.filePages++;
        if (cache !== null && cache.findPage(vma.pgoff + (page - start)) !== pfn)
          this.sayOtherFrame(vma, page, pfn, cache);
      }
    }
    this.index = index;
  }

  private sayAllows(vma: VmArea, page: PageIndex, forbidden: number): void {
    if (this.inVmas.length >= MAX_SAYS) return;
    const what = forbidden === PTE_PRESENT ? 'accessible' : 'writable';
    this.inVmas.push(`The entry at page ${page} of mm ${vma.mm.id} is ${what}; its VMA ${vma.id} is not.`);
  }

  private sayAge(vma: VmArea, page: PageIndex, generation: number): void {
    if (this.ages.length >= MAX_SAYS) return;
    this.ages.push(
      `The entry at page ${page} of mm ${vma.mm.id} (serial ${generation}) is older than VMA ${vma.id}.`,
    );
  }

  private sayCopy(vma: VmArea, page: PageIndex): void {
    if (this.refaults.length >= MAX_SAYS) return;
    this.refaults.push(
      (vma.flags & VM_SHARED) !== 0
        ? `Page ${page} of mm ${vma.mm.id} is a private copy in a shared mapping.`
        : `Page ${page} of mm ${vma.mm.id} is anonymous; VMA ${vma.id} has no anon_vma.`,
    );
  }

  private sayOtherFrame(vma: VmArea, page: PageIndex, pfn: number, cache: ShmemPages): void {
    if (this.refaults.length >= MAX_SAYS) return;
    const pgoff = vma.pgoff + (page - vma.start);
    this.refaults.push(
      `Page ${page} of mm ${vma.mm.id} maps frame ${pfn}; page ${pgoff} of its file is in frame ${cache.findPage(pgoff)}.`,
    );
  }

  private compareCounts(mm: ProcessMm): void {
    const { entries, anonPages: anon, filePages: file } = this;
    if (mm.nrPtes !== entries)
      this.inVmas.push(`mm ${mm.id} counts ${mm.nrPtes} entries; its table has ${entries}.`);
    if (anon !== mm.rssAnon || file !== mm.rssFile) {
      this.frames.push(
        `mm ${mm.id} counts ${mm.rssAnon} anonymous and ${mm.rssFile} file pages; it maps ${anon} and ${file}.`,
      );
    }
  }

  private compareFrames(): void {
    const { maps, frames: says } = this;
    const { frames } = this.context;
    const { states } = frames;
    for (let pfn = FIRST_FRAME; pfn < maps.length && says.length < MAX_SAYS; pfn++) {
      const found = maps[pfn]!;
      if ((states[pfn]! & MAP_COUNT) !== found)
        says.push(`Frame ${pfn} counts ${frames.mapCount(pfn)} entries; ${found} map it.`);
      else if (found > 0 && frames.refCount(pfn) <= 0)
        says.push(`Frame ${pfn} is free and ${found} entries map it.`);
    }
  }
}
