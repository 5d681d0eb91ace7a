import { describe, expect, it } from 'vitest';
import { copyTimeNs } from '../../hw/machine_description.ts';
import { REGION_RAM, REGION_VRAM } from '../../hw/region.ts';
import { labMachine } from '../../testing/lab_fixture.ts';
import { DMA_FENCE_EMIT, DMA_FENCE_SIGNALED } from '../../trace/events/dma_buf.ts';
import { BO_MOVE, BO_MOVE_FENCE } from '../../trace/events/drm.ts';
import { TraceBuffer } from '../../trace/trace_buffer.ts';
import { generateTrace, ROUND_NS, ROUND_PAGES } from './generated_trace.ts';
import { rangeStatistics } from './range_statistics.ts';
import { TimelineIndex } from './timeline_index.ts';

const [COPY, RENDER] = [0, 1];

/** Moves of 100 pages each that take 1000 ns, all submitted at the beginning: the engine of each context makes one after the other. */
function burst(contexts: readonly number[], moves: number, timeline = COPY) {
  const trace = new TraceBuffer();
  for (let move = 1; move <= moves; move++) {
    for (const context of contexts) {
      const object = 10 * move + context;
      trace.emit(BO_MOVE, object, 2, 0, 100, 0);
      trace.emit(DMA_FENCE_EMIT, 0, timeline, context, move);
      trace.emit(BO_MOVE_FENCE, object, context, move, 1_000);
    }
  }
  for (let move = 1; move <= moves; move++) {
    trace.now = 1_000 * move;
    for (const context of contexts) trace.emit(DMA_FENCE_SIGNALED, 0, timeline, context, move);
  }
  const index = new TimelineIndex();
  index.read(trace);
  return { trace, index, in: (from: number, to: number) => rangeStatistics(index, trace, from, to) };
}

describe('rangeStatistics', () => {
  it('counts the parts of copies that lie in the range, wherever it cuts them', () => {
    const { in: sums } = burst([1], 5);
    const of = (from: number, to: number) => sums(from, to).copiedPages;
    expect(of(0, 5_000)).toBe(500);
    expect(of(0, 6_000)).toBe(500);
    expect(of(1_000, 3_000)).toBe(200);
    expect(of(500, 1_000)).toBe(50);
    expect(of(1_000, 1_250)).toBe(25);
    expect(of(250, 750)).toBe(50);
    expect(of(750, 3_500)).toBe(275);
    expect(of(4_900, 9_000)).toBe(10);
    expect(of(5_000, 9_000)).toBe(0);
  });

  it('moves that all began at once are as fast as the engine, never faster', () => {
    const { in: sums } = burst([1], 50);
    const fastest = (100 * 4096 * 1e9) / 1_000;
    expect(sums(0, 100)).toMatchObject({ movedPages: 5_000, copiedPages: 10, bytesPerSecond: fastest });
    expect(sums(0, 50_000).bytesPerSecond).toBe(fastest);
    expect(sums(0, 100_000).bytesPerSecond).toBe(fastest / 2);
    for (let from = 0; from < 50_000; from += 730)
      for (const length of [1, 10, 999, 1_000, 1_001, 7_777])
        expect(sums(from, from + length).bytesPerSecond! / fastest).toBeLessThan(1 + 1e-9);
  });

  it('engines work side by side, and work that copies nothing counts nothing', () => {
    expect(burst([1, 2, 3], 4).in(500, 2_500).copiedPages).toBe(600);
    const { trace, index, in: sums } = burst([1], 2);
    trace.emit(DMA_FENCE_EMIT, 1, RENDER, 9, 1);
    trace.now = 9_000;
    trace.emit(DMA_FENCE_SIGNALED, 1, RENDER, 9, 1);
    index.read(trace);
    expect(sums(2_000, 9_000)).toMatchObject({ copiedPages: 0, bytesPerSecond: 0 });
    expect(sums(3_000, 3_000).bytesPerSecond).toBeNull();
  });

  it('a first placement copies nothing; a copy that is not over does not count yet', () => {
    const trace = new TraceBuffer();
    trace.emit(BO_MOVE, 1, 4, 2, 100, 0);
    trace.emit(DMA_FENCE_EMIT, 0, COPY, 1, 1);
    trace.emit(BO_MOVE_FENCE, 1, 1, 1, 1_000);
    trace.emit(BO_MOVE, 2, 2, 0, 100, 0);
    trace.emit(DMA_FENCE_EMIT, 0, COPY, 1, 2);
    trace.emit(BO_MOVE_FENCE, 2, 1, 2, 1_000);
    trace.now = 1_000;
    trace.emit(DMA_FENCE_SIGNALED, 0, COPY, 1, 1);
    const index = new TimelineIndex();
    index.read(trace);
    expect(rangeStatistics(index, trace, 0, 1_500)).toMatchObject({ movedPages: 100, copiedPages: 0 });
    trace.now = 2_000;
    trace.emit(DMA_FENCE_SIGNALED, 0, COPY, 1, 2);
    index.read(trace);
    expect(rangeStatistics(index, trace, 0, 1_500).copiedPages).toBe(50);
    index.truncate(7, trace);
    expect(rangeStatistics(index, trace, 0, 1_500).copiedPages).toBe(0);
  });

  it('what is cleared is not copied, also for an object that had a place without pages', () => {
    const machine = labMachine();
    const trace = new TraceBuffer();
    const into = (seqno: number, from: typeof REGION_RAM | typeof REGION_VRAM) => {
      const took = copyTimeNs(machine, from, REGION_VRAM, 512);
      trace.emit(BO_MOVE, seqno, 0, 2, 512, 0);
      trace.emit(DMA_FENCE_EMIT, 0, COPY, 1, seqno);
      trace.emit(BO_MOVE_FENCE, seqno, 1, seqno, took);
      trace.now += took;
      trace.emit(DMA_FENCE_SIGNALED, 0, COPY, 1, seqno);
      return trace.now;
    };
    const cleared = into(1, REGION_VRAM);
    const copied = into(2, REGION_RAM);
    const index = new TimelineIndex(machine);
    index.read(trace);
    expect(rangeStatistics(index, trace, 0, cleared)).toMatchObject({ movedPages: 512, copiedPages: 0 });
    const { copiedPages, bytesPerSecond } = rangeStatistics(index, trace, cleared, copied);
    expect(copiedPages).toBe(512);
    expect(bytesPerSecond).toBe((512 * 4096 * 1e9) / (copied - cleared));
    expect(bytesPerSecond).toBeLessThan(machine.timing.ramToVramBytesPerUs * 1e6);
  });

  it('parts of neighbouring ranges add up to the whole', () => {
    const rounds = 40;
    const trace = generateTrace(rounds);
    const index = new TimelineIndex();
    index.read(trace);
    const end = rounds * ROUND_NS;
    for (const pieces of [1, 7, 33, 1_000]) {
      let sum = 0;
      for (let i = 0; i < pieces; i++)
        sum += rangeStatistics(index, trace, (end * i) / pieces, (end * (i + 1)) / pieces).copiedPages;
      expect(sum).toBeCloseTo(rounds * ROUND_PAGES, 6);
    }
  });
});
