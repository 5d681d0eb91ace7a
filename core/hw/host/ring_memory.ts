/**
 * Memory as a command streamer sees it: dwords by GART address, through the table or the translations that a TLB kept, with the
 * log of accesses that were dropped.
 *
 * Models     GGTT entries of intel_gtt and amdgpu_gart (dossier 6.14)
 * Invariants I1 one record per page: the first by (command, address, access)
 */
import { PAGE_SHIFT, PAGE_SIZE, type Pfn } from '../../base/units.ts';
import {
  GART_HEAP_MASK,
  GART_HEAP_SHIFT,
  GART_PAGE_SHIFT,
  GART_SYSTEM,
  GART_VALID,
  GART_WRITABLE,
  pfnOfGartEntry,
} from '../gart_entry.ts';
import { type MachineDescription, regionPages, vramBytesOf } from '../machine_description.ts';
import { pageOfPfn, REGION_MIRROR, regionOfPfn } from '../region.ts';
import { ACCESS_READ, ACCESS_WRITE, FAULT_WORDS, RUN_MAX_FAULTS } from '../ring/engine_state.ts';
import { type Memories, memoryOf } from './host_executor.ts';

/** What dropped accesses to one page leave: the place of the first, as dword in the page << 2 | access. */
interface PageFault {
  readonly seqno: number;
  readonly command: number;
  place: number;
}

export class RingMemory {
  /** What the current command is known by in fault records. */
  seqno = 0;
  command = 0;
  private readonly faults = new Map<number, PageFault>();
  private readonly scratch: boolean;
  private readonly mirrorPages: number;

  /** @param table entries as this streamer sees them */
  constructor(
    private readonly machine: MachineDescription,
    private readonly memories: Memories,
    private readonly table: Uint32Array,
  ) {
    this.scratch = machine.unboundEntry === 'scratch';
    this.mirrorPages = regionPages(machine)[REGION_MIRROR];
  }

  get nrFaults(): number {
    return this.faults.size;
  }

  /** The dword at an aligned address; 0 where nothing is bound. */
  load(address: number, access = ACCESS_READ): number {
    const pfn = this.translate(address, access);
    return pfn < 0 ? 0 : this.wordOf(pfn, address);
  }

  store(address: number, value: number): void {
    const pfn = this.translate(address, ACCESS_WRITE);
    if (pfn >= 0)
      memoryOf(this.memories, regionOfPfn(pfn)).writeWord(
        pageOfPfn(pfn),
        (address & (PAGE_SIZE - 1)) >>> 2,
        value,
      );
  }

  /** The bits of `mask` in a dword change; only a write, as one store of the engine is. */
  storeMasked(address: number, mask: number, value: number): void {
    const pfn = this.translate(address, ACCESS_WRITE);
    if (pfn < 0) return;
    const old = this.wordOf(pfn, address);
    const word = (old & ~mask) | (value & mask);
    memoryOf(this.memories, regionOfPfn(pfn)).writeWord(
      pageOfPfn(pfn),
      (address & (PAGE_SIZE - 1)) >>> 2,
      word,
    );
  }

  /** True when a load from an address finds memory. */
  isBound(address: number): boolean {
    const entry = this.entryOf(address);
    return (entry & GART_VALID) !== 0 && this.leadsToMemory(entry);
  }

  /** True when an address leads nowhere and that is an error. */
  isFault(address: number): boolean {
    const entry = this.entryOf(address);
    if ((entry & GART_VALID) === 0) return !this.scratch;
    return !this.leadsToMemory(entry);
  }

  private wordOf(pfn: Pfn, address: number): number {
    return memoryOf(this.memories, regionOfPfn(pfn)).readWord(
      pageOfPfn(pfn),
      (address & (PAGE_SIZE - 1)) >>> 2,
    );
  }

  private entryOf(address: number): number {
    return this.table[address >>> PAGE_SHIFT] ?? 0;
  }

  /** An entry may be valid and still name a page that no memory has. */
  private leadsToMemory(entry: number): boolean {
    const page = entry >>> GART_PAGE_SHIFT;
    if (entry & GART_SYSTEM) return page < this.mirrorPages;
    const heapPages = this.machine.vramHeapBytes / PAGE_SIZE;
    const before = ((entry >>> GART_HEAP_SHIFT) & GART_HEAP_MASK) * heapPages;
    return page < heapPages && before + page < vramBytesOf(this.machine) / PAGE_SIZE;
  }

  /** The frame behind an address, or -1 when the access is dropped. */
  private translate(address: number, access: number): Pfn {
    const entry = this.entryOf(address);
    if ((entry & GART_VALID) === 0) {
      if (!this.scratch) this.log(address, access);
      return -1;
    }
    if (!this.leadsToMemory(entry) || (access === ACCESS_WRITE && (entry & GART_WRITABLE) === 0)) {
      this.log(address, access);
      return -1;
    }
    return pfnOfGartEntry(this.machine, entry);
  }

  private log(address: number, access: number): void {
    const page = address >>> PAGE_SHIFT;
    const place = (address & (PAGE_SIZE - 1) & ~3) | access;
    const fault = this.faults.get(page);
    if (fault === undefined) this.faults.set(page, { seqno: this.seqno, command: this.command, place });
    else if (fault.command === this.command && place < fault.place) fault.place = place;
  }

  /** Write the records into an answer, sorted, as many as it holds. */
  writeRecords(answer: Uint32Array, first: number): void {
    const sorted = [...this.faults].sort(
      ([pageA, a], [pageB, b]) => a.command - b.command || pageA - pageB || a.place - b.place,
    );
    sorted.slice(0, RUN_MAX_FAULTS).forEach(([page, { seqno, command, place }], i) => {
      answer.set([seqno, command, page * PAGE_SIZE + (place & ~3), place & 3], first + i * FAULT_WORDS);
    });
  }
}
