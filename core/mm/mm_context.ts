/**
 * What the whole of memory management shares: the trace, the data plane, page frames, ids. One per kernel.
 *
 * Everything below is reachable from a VMA (`vma.mm.context`) and from a device, so operations tables need no closures.
 */
import { snapshotClass } from '../base/snapshot.ts';
import { type KernelEra, LINUX_6_12 } from '../fs/kernel_era.ts';
import type { DataPlane } from '../hw/data_plane.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import type { PageFrames } from './page_frame.ts';

export class MmContext {
  /** Next ids; dense, never reused. */
  nextVmaId = 1;
  nextMmId = 1;
  nextMappingId = 1;
  nextFileId = 1;
  /** Which kernel is modelled. */
  era: KernelEra = LINUX_6_12;
  /** A planted defect, for checks of the checks: skip the shoot-down in every task but the first. Never set in real runs. */
  sabotage: string | null = null;

  constructor(
    readonly trace: TraceBuffer,
    /** The ordered queue of byte commands (hw/command_queue.ts). */
    readonly plane: DataPlane,
    /** Frames of system memory. */
    readonly frames: PageFrames,
  ) {}
}
snapshotClass(MmContext, 'mm.MmContext');
