/** Covers fences, the queue and reservations: order, once, slot rules, classes. Not yet: wound/wait back-off. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { restoreSnapshot, snapshotConstant, takeSnapshot } from '../base/snapshot.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import type { DmaFence, FenceCallbackOps } from './dma_fence.ts';
import {
  DmaResv,
  type ResvUsage,
  USAGE_BOOKKEEP,
  USAGE_KERNEL,
  USAGE_READ,
  USAGE_WRITE,
  usageToWaitFor,
} from './dma_resv.ts';
import { FenceQueue } from './fence_queue.ts';

const record: FenceCallbackOps = snapshotConstant('test.recordCallback', {
  name: 'record',
  signalled: (subject: object, fence: DmaFence, trace: TraceBuffer) => {
    (subject as string[]).push(`${fence.context.id}:${fence.seqno}@${trace.now}`);
  },
});

describe('fence', () => {
  test('advanceTo: fences signal at their own moments, in order of time, then of emission', () => {
    const queue = new FenceQueue(new TraceBuffer());
    const a = queue.newContext(0, 0);
    const b = queue.newContext(1, 1);
    const seen: string[] = [];
    for (const [context, at] of [
      [a, 50],
      [b, 20],
      [a, 60],
      [b, 50],
    ] as const) {
      expect(queue.emit(context, at).addCallback(record, seen)).toBe(true);
    }
    queue.advanceTo(50);
    expect(seen).toEqual(['2:1@20', '1:1@50', '2:2@50']);
    expect(queue.trace.now).toBe(50);
    queue.advanceTo(1000);
    expect(seen[3]).toBe('1:2@60');
    expect(queue.trace.now).toBe(1000);
  });

  test('a second signal, a callback after the signal: refused, nothing runs twice', () => {
    const queue = new FenceQueue(new TraceBuffer());
    const seen: string[] = [];
    const fence = queue.emit(queue.newContext(0, 0), 5);
    fence.addCallback(record, seen);
    expect(fence.signal(queue.trace)).toBe(true);
    expect(fence.signal(queue.trace)).toBe(false);
    expect(fence.addCallback(record, seen)).toBe(false);
    expect(seen).toHaveLength(1);
    expect(() => fence.setError('EIO')).toThrow(/signalled before/);
  });

  test('snapshot of a queue: the copy signals the same fences', () => {
    const queue = new FenceQueue(new TraceBuffer());
    const seen: string[] = [];
    queue.emit(queue.newContext(0, 0), 7).addCallback(record, seen);
    const copy = restoreSnapshot(takeSnapshot({ queue, seen })) as { queue: FenceQueue; seen: string[] };
    copy.queue.advanceTo(7);
    expect(copy.seen).toEqual(['1:1@7']);
    expect(seen).toEqual([]);
  });
});

describe('reservation', () => {
  function setUp() {
    const queue = new FenceQueue(new TraceBuffer());
    const resv = new DmaResv(1);
    return { queue, resv, context: queue.newContext(0, 0), trace: queue.trace };
  }

  test('add: WRITE replaces an older READ of its context; a later READ may not replace that WRITE', () => {
    const { queue, resv, context, trace } = setUp();
    const [f5, f6, f7] = [1, 2, 3].map(at => queue.emit(context, at));
    resv.tryLock(1);
    resv.reserveFences(3);
    resv.addFence(trace, f5!, USAGE_READ);
    resv.addFence(trace, f6!, USAGE_WRITE);
    expect(resv.list()).toEqual([{ fence: f6, usage: USAGE_WRITE }]);
    resv.addFence(trace, f7!, USAGE_READ);
    expect(resv.list().map(e => [e.fence.seqno, e.usage])).toEqual([
      [2, USAGE_WRITE],
      [3, USAGE_READ],
    ]);
  });

  test('add without a slot or without the lock: a bug', () => {
    const { queue, resv, context, trace } = setUp();
    const fence = queue.emit(context, 1);
    expect(() => resv.addFence(trace, fence, USAGE_READ)).toThrow(/without the lock/);
    resv.tryLock(1);
    expect(() => resv.addFence(trace, fence, USAGE_READ)).toThrow(/without a reserved slot/);
    expect(resv.tryLock(2)).toBe(false);
    resv.unlock();
    expect(resv.tryLock(2)).toBe(true);
  });

  test('a new write waits for readers, a new read only for writers and moves', () => {
    expect(usageToWaitFor(true)).toBe(USAGE_READ);
    expect(usageToWaitFor(false)).toBe(USAGE_WRITE);
    const { queue, resv, context, trace } = setUp();
    resv.tryLock(1);
    resv.reserveFences(1);
    resv.addFence(trace, queue.emit(context, 9), USAGE_READ);
    expect(resv.testSignaled(USAGE_WRITE)).toBe(true);
    expect(resv.lastUnsignaled(USAGE_READ)?.signalAt).toBe(9);
    queue.advanceTo(9);
    expect(resv.lastUnsignaled(USAGE_BOOKKEEP)).toBeNull();
  });

  test('random additions: no unsignalled fence is ever lost and no class gets weaker', () => {
    const step = fc.record({ context: fc.nat(2), usage: fc.nat(3), wait: fc.nat(4), advance: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const queue = new FenceQueue(new TraceBuffer());
        const contexts = [0, 1, 2].map(() => queue.newContext(0, 0));
        const resv = new DmaResv(1);
        const ends = [0, 0, 0];
        const added: { fence: DmaFence; usage: ResvUsage }[] = [];
        for (const s of steps) {
          ends[s.context] = Math.max(ends[s.context]!, queue.trace.now) + s.wait;
          const fence = queue.emit(contexts[s.context]!, ends[s.context]!);
          resv.tryLock(1);
          resv.reserveFences(1);
          resv.addFence(queue.trace, fence, s.usage as ResvUsage);
          resv.unlock();
          added.push({ fence, usage: s.usage as ResvUsage });
          queue.advanceTo(queue.trace.now + s.advance);
          for (const usage of [USAGE_KERNEL, USAGE_WRITE, USAGE_READ, USAGE_BOOKKEEP]) {
            const must = added.filter(e => !e.fence.signalled && e.usage <= usage);
            const end = Math.max(0, ...must.map(e => e.fence.signalAt));
            expect(resv.lastUnsignaled(usage as ResvUsage)?.signalAt ?? 0).toBe(end);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
