/** Covers the order of requests on engines in virtual time. */
import { expect, test } from 'vitest';
import { FenceQueue } from '../../dma_buf/fence_queue.ts';
import type { DataPlane } from '../../hw/data_plane.ts';
import { TraceBuffer } from '../../trace/trace_buffer.ts';
import { GpuEngine } from './gpu_engine.ts';

test('requests of one engine run one after the other; one that depends on another engine starts behind it', () => {
  const marks: number[] = [];
  const plane = { mark: (seqno: number) => marks.push(seqno) } as unknown as DataPlane;
  const fences = new FenceQueue(new TraceBuffer());
  const copy = new GpuEngine(fences, plane, fences.newContext(0, 0));
  const ring = new GpuEngine(fences, plane, fences.newContext(1, 1));
  const first = copy.submit(100, []);
  const second = copy.submit(50, []);
  const job = ring.submit(10, [first]);
  const free = ring.submit(5, []);
  expect([first, second, job, free].map(fence => fence.signalAt)).toEqual([100, 150, 110, 115]);
  expect(marks).toEqual([1, 2, 1, 2]);
  fences.advanceTo(120);
  expect([first, second, job, free].map(fence => fence.signalled)).toEqual([true, false, true, true]);
  // A signalled dependency costs nothing, and an idle engine starts now.
  expect(ring.submit(1, [first]).signalAt).toBe(121);
});
