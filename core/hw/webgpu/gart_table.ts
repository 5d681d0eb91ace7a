/**
 * The GART table in GPU memory: the entries as the model wrote them, the same with system pages as places in the mirror
 * heap, and what of it the GPU has not seen yet.
 */
import type { Pages } from '../../base/units.ts';
import { gartTableBytes } from '../expected_bytes.ts';
import { GART_PAGE_SHIFT } from '../gart_entry.ts';
import { type MachineDescription, regionPages } from '../machine_description.ts';
import { isMirrorEntry, type MirrorBinds } from '../mirror_binds.ts';
import { pfnOf, REGION_MIRROR } from '../region.ts';
import type { BatchRecorder } from './batch_recorder.ts';
import { type GpuDeviceProxy, USAGE } from './gpu_device_proxy.ts';
import type { GpuMemory, GpuPlace } from './gpu_memory.ts';

const FLAG_BITS = (1 << GART_PAGE_SHIFT) - 1;
/** The last page that an entry can name; no mirror heap is as large. */
const LAST_PAGE = 0xf_ffff;

export class GartTable {
  /** Undefined on a machine without a GART. */
  readonly buffer: GPUBuffer | undefined;
  /** Entries as the machine was told them. */
  readonly entries: Uint32Array;
  private readonly onGpu: Uint32Array;
  private readonly hasTlb: boolean;
  private readonly ramPages: Pages;
  private dirtyFrom = Number.POSITIVE_INFINITY;
  private dirtyTo = 0;
  /** Entries written since the TLB was last told to flush. */
  private unflushedFrom = Number.POSITIVE_INFINITY;
  private unflushedTo = 0;
  /** RAM pages that no entry binds any more, but perhaps the TLB: they keep their places until the next flush. */
  private releasedPages: number[] = [];

  constructor(
    machine: MachineDescription,
    proxy: GpuDeviceProxy,
    private readonly memory: GpuMemory,
    private readonly binds: MirrorBinds,
  ) {
    this.hasTlb = machine.tlb === true;
    this.ramPages = regionPages(machine)[REGION_MIRROR];
    this.entries = new Uint32Array(machine.gartEntries);
    this.onGpu = new Uint32Array(machine.gartEntries);
    if (machine.gartEntries === 0) return;
    const usage = USAGE.STORAGE | USAGE.COPY_DST | USAGE.COPY_SRC;
    this.buffer = proxy.createBuffer('gart', gartTableBytes(machine), usage, 'GART table');
  }

  /** @param cleared as in GpuMemory.locate() */
  write(index: number, entry: number, cleared: (place: GpuPlace) => void): void {
    const released = this.binds.replace(this.entries[index]!, entry);
    this.entries[index] = entry;
    if (released >= 0) this.released(released, cleared);
    let onGpu = entry;
    if (isMirrorEntry(entry)) {
      onGpu = (entry & FLAG_BITS) | (this.placeOf(entry >>> GART_PAGE_SHIFT, cleared) << GART_PAGE_SHIFT);
    }
    this.onGpu[index] = onGpu;
    if (index < this.dirtyFrom) this.dirtyFrom = index;
    if (index >= this.dirtyTo) this.dirtyTo = index + 1;
    if (index < this.unflushedFrom) this.unflushedFrom = index;
    if (index >= this.unflushedTo) this.unflushedTo = index + 1;
  }

  /** Where in the mirror heap a RAM page is; behind its end for a page that RAM does not have. */
  private placeOf(page: number, cleared: (place: GpuPlace) => void): number {
    return page < this.ramPages ? this.memory.slotOf(page, cleared) : LAST_PAGE;
  }

  /** No entry binds a RAM page any more: its copy is gone. */
  private released(page: number, cleared: (place: GpuPlace) => void): void {
    if (!this.hasTlb) this.memory.slots.release(page);
    else if (this.memory.slots.of(page) >= 0) {
      cleared(this.memory.locate(pfnOf(REGION_MIRROR, page), 1, cleared));
      this.releasedPages.push(page);
    }
  }

  /** No entry is bound any more. */
  clear(): void {
    this.entries.fill(0);
    this.onGpu.fill(0);
    this.binds.clear();
    this.dirtyFrom = 0;
    this.dirtyTo = this.entries.length;
    this.releasedPages = [];
    this.unflushedFrom = 0;
    this.unflushedTo = this.entries.length;
  }

  /** Record the writes that the GPU has not seen. */
  flush(recorder: BatchRecorder): void {
    if (this.buffer === undefined || this.dirtyFrom >= this.dirtyTo) return;
    recorder.writeTable(this.buffer, this.dirtyFrom, this.onGpu.subarray(this.dirtyFrom, this.dirtyTo));
    this.dirtyFrom = Number.POSITIVE_INFINITY;
    this.dirtyTo = 0;
  }

  /** Record that the TLB gets every entry as it is now. */
  flushTlb(recorder: BatchRecorder): void {
    if (this.buffer === undefined || !this.hasTlb) return;
    if (this.unflushedFrom < this.unflushedTo) {
      const entries = this.onGpu.subarray(this.unflushedFrom, this.unflushedTo);
      recorder.writeTable(this.buffer, this.entries.length + this.unflushedFrom, entries);
    }
    this.unflushedFrom = Number.POSITIVE_INFINITY;
    this.unflushedTo = 0;
    this.tlbFlushed();
  }

  /** The TLB names no page that was released before. */
  tlbFlushed(): void {
    for (const page of this.releasedPages) if (this.binds.of(page) === 0) this.memory.slots.release(page);
    this.releasedPages = [];
  }

  /** What a TLB holds, as the model knows it, right behind the table. */
  restoreTlb(recorder: BatchRecorder, tlb: Uint32Array, cleared: (place: GpuPlace) => void): void {
    if (this.buffer === undefined || tlb.length === 0) return;
    const entries = tlb.map(entry => {
      if (!isMirrorEntry(entry)) return entry;
      const page = entry >>> GART_PAGE_SHIFT;
      if (this.binds.of(page) === 0) this.releasedPages.push(page);
      return (entry & FLAG_BITS) | (this.placeOf(page, cleared) << GART_PAGE_SHIFT);
    });
    recorder.writeTable(this.buffer, this.entries.length, entries);
    this.unflushedFrom = 0;
    this.unflushedTo = this.entries.length;
  }

  /** A table read back from the GPU with system pages as RAM pages again. */
  asModelEntries(table: Uint32Array): Uint32Array {
    return table.map((entry, index) => {
      if (!isMirrorEntry(entry)) return entry;
      const place = entry >>> GART_PAGE_SHIFT;
      if (place === LAST_PAGE) return this.entries[index]!;
      return (entry & FLAG_BITS) | (this.memory.slots.pageOf(place) << GART_PAGE_SHIFT);
    });
  }
}
