/**
 * The GART table in GPU memory: the entries as the model wrote them, the same with system pages as places in the mirror
 * heap, and what of it the GPU has not seen yet.
 */
import { GART_PAGE_SHIFT } from '../gart_entry.ts';
import type { MachineDescription } from '../machine_description.ts';
import { isMirrorEntry, type MirrorBinds } from '../mirror_binds.ts';
import type { BatchRecorder } from './batch_recorder.ts';
import { type GpuDeviceProxy, USAGE } from './gpu_device_proxy.ts';
import type { GpuMemory, GpuPlace } from './gpu_memory.ts';

const FLAG_BITS = (1 << GART_PAGE_SHIFT) - 1;

export class GartTable {
  /** Undefined on a machine without a GART. */
  readonly buffer: GPUBuffer | undefined;
  /** Entries as the machine was told them. */
  readonly entries: Uint32Array;
  private readonly onGpu: Uint32Array;
  private dirtyFrom = Number.POSITIVE_INFINITY;
  private dirtyTo = 0;

  constructor(
    machine: MachineDescription,
    proxy: GpuDeviceProxy,
    private readonly memory: GpuMemory,
    private readonly binds: MirrorBinds,
  ) {
    this.entries = new Uint32Array(machine.gartEntries);
    this.onGpu = new Uint32Array(machine.gartEntries);
    if (machine.gartEntries === 0) return;
    const usage = USAGE.STORAGE | USAGE.COPY_DST | USAGE.COPY_SRC;
    this.buffer = proxy.createBuffer('gart', machine.gartEntries * 4, usage, 'GART table');
  }

  /** @param cleared as in GpuMemory.locate() */
  write(index: number, entry: number, cleared: (place: GpuPlace) => void): void {
    const released = this.binds.replace(this.entries[index]!, entry);
    this.entries[index] = entry;
    if (released >= 0) this.memory.slots.release(released);
    let onGpu = entry;
    if (isMirrorEntry(entry)) {
      const slot = this.memory.slotOf(entry >>> GART_PAGE_SHIFT, cleared);
      onGpu = (entry & FLAG_BITS) | (slot << GART_PAGE_SHIFT);
    }
    this.onGpu[index] = onGpu;
    if (index < this.dirtyFrom) this.dirtyFrom = index;
    if (index >= this.dirtyTo) this.dirtyTo = index + 1;
  }

  /** No entry is bound any more. */
  clear(): void {
    this.entries.fill(0);
    this.onGpu.fill(0);
    this.binds.clear();
    this.dirtyFrom = 0;
    this.dirtyTo = this.entries.length;
  }

  /** Record the writes that the GPU has not seen. */
  flush(recorder: BatchRecorder): void {
    if (this.buffer === undefined || this.dirtyFrom >= this.dirtyTo) return;
    recorder.writeTable(this.buffer, this.dirtyFrom, this.onGpu.subarray(this.dirtyFrom, this.dirtyTo));
    this.dirtyFrom = Number.POSITIVE_INFINITY;
    this.dirtyTo = 0;
  }

  /** A table read back from the GPU with system pages as RAM pages again. */
  asModelEntries(table: Uint32Array): Uint32Array {
    return table.map(entry => {
      if (!isMirrorEntry(entry)) return entry;
      const page = this.memory.slots.pageOf(entry >>> GART_PAGE_SHIFT);
      return (entry & FLAG_BITS) | (page << GART_PAGE_SHIFT);
    });
  }
}
