/**
 * Where VRAM and mirror pages lie in GPUBuffers: heaps (paged) or one buffer per allocation (dedicated), and the mirror heap.
 *
 * Invariants I1 every VRAM page that an allocation covers has exactly one place
 *            I2 a place never crosses a buffer
 */
import { invariant } from '../../base/invariant.ts';
import { type Bytes, PAGE_SIZE, type Pages, type Pfn } from '../../base/units.ts';
import { type VramLayout, vramHeapSizes } from '../expected_bytes.ts';
import { type MachineDescription, regionPages } from '../machine_description.ts';
import type { MirrorBinds } from '../mirror_binds.ts';
import { pageOfPfn, REGION_MIRROR, REGION_VRAM, regionOfPfn } from '../region.ts';
import type { VramOwners } from '../vram_owners.ts';
import { type GpuDeviceProxy, USAGE } from './gpu_device_proxy.ts';
import { MirrorSlots } from './mirror_slots.ts';

/** True for frames whose bytes lie on the GPU. */
export function isOnGpu(pfn: Pfn): boolean {
  const region = regionOfPfn(pfn);
  return region === REGION_VRAM || region === REGION_MIRROR;
}

const DATA_USAGE = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;

/** Consecutive pages of one buffer. */
export interface GpuPlace {
  buffer: GPUBuffer;
  /** Number of the buffer among the hash shader's data buffers; paged layout only. */
  dataIndex: number;
  offsetBytes: Bytes;
  nrPages: Pages;
}

export class GpuMemory {
  /** VRAM heaps; empty on the dedicated layout. */
  readonly heaps: GPUBuffer[] = [];
  readonly mirrorHeap: GPUBuffer | undefined;
  private readonly dedicated = new Map<number, GPUBuffer>();
  private readonly heapPages: Pages;
  readonly slots: MirrorSlots;

  constructor(
    machine: MachineDescription,
    readonly layout: VramLayout,
    private readonly proxy: GpuDeviceProxy,
    private readonly owners: VramOwners,
    private readonly binds: MirrorBinds,
  ) {
    const [, , mirrorPages] = regionPages(machine);
    this.heapPages = machine.vramHeapBytes / PAGE_SIZE;
    if (layout === 'paged') {
      vramHeapSizes(machine).forEach((bytes, i) => {
        this.heaps.push(proxy.createBuffer('heap', bytes, DATA_USAGE, `VRAM heap ${i}`));
      });
    }
    if (machine.ttBytes > 0)
      this.mirrorHeap = proxy.createBuffer('heap', machine.ttBytes, DATA_USAGE, 'mirror heap');
    this.slots = new MirrorSlots(mirrorPages, machine.ttBytes / PAGE_SIZE);
  }

  /** The owners already know the allocation. */
  created(id: number, nrPages: Pages): void {
    if (this.layout !== 'dedicated') return;
    this.dedicated.set(
      id,
      this.proxy.createBuffer('dedicated', nrPages * PAGE_SIZE, DATA_USAGE, `VRAM allocation ${id}`),
    );
  }

  destroyed(id: number): void {
    const buffer = this.dedicated.get(id);
    if (buffer === undefined) return;
    this.dedicated.delete(id);
    this.proxy.destroyBuffer(buffer);
  }

  /**
   * Place of a frame and how many of the following `nrPages` lie right behind it.
   *
   * @param cleared called with a place in the mirror heap that holds old bytes and must read as zeros
   */
  locate(pfn: Pfn, nrPages: Pages, cleared: (place: GpuPlace) => void): GpuPlace {
    const page = pageOfPfn(pfn);
    if (regionOfPfn(pfn) === REGION_MIRROR) return this.locateMirror(page, nrPages, cleared);
    invariant(regionOfPfn(pfn) === REGION_VRAM, () => `Frame ${pfn} is not on the GPU.`);
    const run = this.owners.runOf(page, nrPages);
    if (this.layout === 'dedicated') {
      const id = this.owners.ownerOf(page);
      const { firstPage } = this.owners.allocations.get(id)!;
      const buffer = this.dedicated.get(id)!;
      return {
        buffer,
        dataIndex: 0,
        offsetBytes: (page - firstPage) * PAGE_SIZE,
        nrPages: run,
      };
    }
    const heap = Math.floor(page / this.heapPages);
    const inHeap = page % this.heapPages;
    return {
      buffer: this.heaps[heap]!,
      dataIndex: heap,
      offsetBytes: inHeap * PAGE_SIZE,
      nrPages: Math.min(run, this.heapPages - inHeap),
    };
  }

  private locateMirror(page: number, nrPages: Pages, cleared: (place: GpuPlace) => void): GpuPlace {
    const slot = this.slotOf(page, cleared);
    let run = 1;
    while (run < nrPages && this.slotOf(page + run, cleared) === slot + run) run++;
    return this.mirrorPlace(slot, run);
  }

  private mirrorPlace(slot: number, nrPages: Pages): GpuPlace {
    return {
      buffer: this.mirrorHeap!,
      dataIndex: this.heaps.length,
      offsetBytes: slot * PAGE_SIZE,
      nrPages,
    };
  }

  /** Slot of a RAM page in the mirror heap, given to it now if it has none. */
  slotOf(page: number, cleared: (place: GpuPlace) => void): number {
    const known = this.slots.of(page);
    if (known >= 0) return known;
    invariant(
      this.mirrorHeap,
      () => `RAM page ${page} is bound in the GART of a machine without a mirror heap.`,
    );
    const { slot, wasUsed } = this.slots.assign(page, this.binds);
    if (wasUsed) cleared(this.mirrorPlace(slot, 1));
    return slot;
  }

  /** Forget the places of the mirror heap. @returns the buffers that the caller must fill with zeros */
  clear(): GPUBuffer[] {
    this.slots.clear();
    return this.mirrorHeap === undefined ? [...this.heaps] : [...this.heaps, this.mirrorHeap];
  }

  dispose(): void {
    for (const heap of this.heaps) this.proxy.destroyBuffer(heap);
    if (this.mirrorHeap !== undefined) this.proxy.destroyBuffer(this.mirrorHeap);
    for (const buffer of this.dedicated.values()) this.proxy.destroyBuffer(buffer);
    this.dedicated.clear();
  }
}
