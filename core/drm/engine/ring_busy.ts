/**
 * Objects that the ring uses stay where they are: commands name addresses, and a request may have to run again after a reset.
 * What would move such an object, or write it behind the ring's back, waits.
 */
import { WouldBlock } from '../../base/would_block.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import { pendingFences, type TtmBo } from '../ttm/ttm_bo.ts';

/** The last request of a ring that uses an object and is not over, or null. */
export function ringFenceOf(bo: TtmBo): DmaFence | null {
  let last: DmaFence | null = null;
  for (const fence of pendingFences(bo)) {
    if (fence.held && (last === null || fence.signalAt >= last.signalAt)) last = fence;
  }
  return last;
}

/** @throws WouldBlock while a ring uses the object */
export function waitForRing(bo: TtmBo, op: string): void {
  const fence = ringFenceOf(bo);
  if (fence !== null) throw new WouldBlock(fence, op);
}
