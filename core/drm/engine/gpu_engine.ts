/**
 * An engine of the GPU: works requests off one after the other, in virtual time; each ends with a fence.
 *
 * Units      virtual nanoseconds
 * Invariants I1 a request starts when the one before it is over and everything it depends on has signalled
 */
import { snapshotClass } from '../../base/snapshot.ts';
import type { Nanoseconds } from '../../base/units.ts';
import type { DmaFence, FenceContext } from '../../dma_buf/dma_fence.ts';
import type { FenceQueue } from '../../dma_buf/fence_queue.ts';
import type { DataPlane } from '../../hw/data_plane.ts';

export class GpuEngine {
  /** When the last request given is over. */
  busyUntil: Nanoseconds = 0;

  constructor(
    private readonly fences: FenceQueue,
    private readonly plane: DataPlane,
    readonly context: FenceContext,
  ) {}

  /**
   * Give a request whose commands are queued on the data plane already.
   *
   * @param duration how long it takes once it runs
   * @param after    fences it waits for
   * @returns its fence
   */
  submit(duration: Nanoseconds, after: Iterable<DmaFence>): DmaFence {
    let start = Math.max(this.fences.trace.now, this.busyUntil);
    for (const fence of after) if (!fence.signalled && fence.signalAt > start) start = fence.signalAt;
    this.busyUntil = start + duration;
    const fence = this.fences.emit(this.context, this.busyUntil);
    this.plane.mark(fence.seqno);
    return fence;
  }
}
snapshotClass(GpuEngine, 'drm.GpuEngine');
