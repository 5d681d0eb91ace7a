/** Tracepoints of the room dma_buf: fences in virtual time, reservations, shared buffers. */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './fs.ts';

/** Names of the `driver` column of the dma_fence events; the index is what FenceContext.driver holds. */
export const FENCE_DRIVERS = ['lab_gpu-copy', 'lab_gpu-ring', 'stub', 'i915'] as const;

/** Names of the `timeline` column. */
export const FENCE_TIMELINES = ['copy', 'ring', 'stub'] as const;

const words = { driver: FENCE_DRIVERS, timeline: FENCE_TIMELINES };

/** A fence exists. Fields as in Linux; driver and timeline are indexes of word lists. */
export const DMA_FENCE_INIT = declareEvent(
  'dma_fence:dma_fence_init',
  ['driver', 'timeline', 'context', 'seqno'],
  words,
);

/** A fence belongs to work that the machine has been given. */
export const DMA_FENCE_EMIT = declareEvent(
  'dma_fence:dma_fence_emit',
  ['driver', 'timeline', 'context', 'seqno'],
  words,
);

/** A fence signals; at most once. */
export const DMA_FENCE_SIGNALED = declareEvent(
  'dma_fence:dma_fence_signaled',
  ['driver', 'timeline', 'context', 'seqno'],
  words,
);

/** A fence of class `usage` was added to the reservation of an object; 0 KERNEL, 1 WRITE, 2 READ, 3 BOOKKEEP. */
export const RESV_ADD_FENCE = declareEvent(
  'lab_dma_buf:resv_add_fence',
  ['objectId', 'context', 'seqno', 'usage', 'replaced'],
  { usage: ['KERNEL', 'WRITE', 'READ', 'BOOKKEEP'] },
);

/** A shared buffer came to be for an object. */
export const DMA_BUF_EXPORT = declareEvent('lab_dma_buf:export', ['ino', 'objectId', 'nrPages']);

/** The last reference of a shared buffer is gone. */
export const DMA_BUF_RELEASE = declareEvent('lab_dma_buf:release', ['ino', 'objectId']);
