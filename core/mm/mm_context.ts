/**
 * What the whole of memory management shares: the trace, the data plane, page frames, ids. One per kernel.
 *
 * Everything below is reachable from a VMA (`vma.mm.context`) and from a device, so operations tables need no closures.
 */
import type { FaultAttr } from '../base/fault_attr.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Pfn } from '../base/units.ts';
import type { AddressSpace } from '../fs/address_space.ts';
import { type KernelEra, LINUX_6_12 } from '../fs/kernel_era.ts';
import type { DataPlane } from '../hw/data_plane.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import type { PageFrames } from './page_frame.ts';
import type { ProcessMm } from './process_mm.ts';
import type { ShootDown } from './unmap_mapping.ts';
import { FaultOutcome, VmFault } from './vm_fault.ts';

export class MmContext {
  /** Next ids; dense, never reused. */
  nextVmaId = 1;
  nextMmId = 1;
  nextMappingId = 1;
  nextFileId = 1;
  /** Which kernel is modelled. */
  era: KernelEra = LINUX_6_12;
  /** Serial number of the last install of a page-table entry or shoot-down; the generation of entries. Wraps at 2^32. */
  pteSerial = 0;
  /** VMAs one mm may have (vm.max_map_count). */
  maxMapCount = 65_530;
  /**
   * A planted defect, for checks of the checks; never set in real runs. `skip-zap-in-one-task`: a shoot-down leaves out the
   * mm with the lowest id among those it meets.
   */
  sabotage: string | null = null;
  /** Address spaces that have not ended, in order of id. */
  readonly mms = new Map<number, ProcessMm>();
  /** Address spaces (fs) that at least one VMA maps. */
  readonly mappings = new Set<AddressSpace>();
  /** For checks: the last shoot-downs, oldest first, and the last fork. */
  recentShootDowns: ShootDown[] = [];
  lastFork: { readonly parent: ProcessMm; readonly child: ProcessMm; readonly serial: number } | null = null;
  /** Reused by every fault, so that a fault allocates nothing. */
  readonly vmf = new VmFault();
  readonly outcome = new FaultOutcome();
  private readonly copyFrom = new Int32Array(1);
  private readonly copyTo = new Int32Array(1);

  constructor(
    readonly trace: TraceBuffer,
    /** The ordered queue of byte commands (hw/command_queue.ts). */
    readonly plane: DataPlane,
    /** Frames of system memory. */
    readonly frames: PageFrames,
  ) {}

  /** Injected failures of allocations. */
  get faults(): FaultAttr {
    return this.frames.faults;
  }

  /** Copy one page for a private write. */
  copyForCow(from: Pfn, to: Pfn): void {
    if (this.sabotage === 'forget-cow-copy') return;
    this.copyFrom[0] = from;
    this.copyTo[0] = to;
    this.plane.copyPages(this.copyFrom, this.copyTo, 'cow');
  }

  /** The next serial number for an entry or a shoot-down. */
  nextPteSerial(): number {
    this.pteSerial = (this.pteSerial + 1) | 0;
    return this.pteSerial;
  }
}
snapshotClass(MmContext, 'mm.MmContext', 1, {
  transient: ['vmf', 'outcome', 'recentShootDowns', 'lastFork'],
  rebuild: context => {
    Object.assign(context, {
      vmf: new VmFault(),
      outcome: new FaultOutcome(),
      recentShootDowns: [],
      lastFork: null,
    });
  },
});
