import { describe, expect, it } from 'vitest';
import {
  countSpans,
  type TimelineSpan,
  type TimelineSpans,
  unpackSpan,
} from '../../public/timeline_types.ts';
import { BO_MOVE, BO_SWAPIN, BO_SWAPOUT, GEM_OBJECT_FREE } from '../../trace/events/drm.ts';
import { SYS_ENTER, SYS_EXIT, TASK_BLOCKED } from '../../trace/events/kernel.ts';
import { PAGE_FAULT_USER } from '../../trace/events/mm.ts';
import { TraceBuffer } from '../../trace/trace_buffer.ts';
import { flowChain } from './flow_chain.ts';
import { generateTrace, ROUND_EVENTS, ROUND_FAULTS, ROUND_NS, ROUND_PAGES } from './generated_trace.ts';
import { rangeStatistics } from './range_statistics.ts';
import { series } from './series.ts';
import { SpanLane } from './span_lane.ts';
import { TimelineIndex } from './timeline_index.ts';
import { trackSpans } from './track_spans.ts';
import { allTracks } from './tracks.ts';

const NAMES = { object: (id: number) => `bo ${id}`, task: (pid: number) => `task ${pid}`, vmaAt: () => null };

function spansOf(spans: TimelineSpans): TimelineSpan[] {
  return Array.from({ length: countSpans(spans) }, (_, i) => unpackSpan(spans, i));
}

function draw(index: TimelineIndex, trace: TraceBuffer, from: number, to: number, pixels: number) {
  const picture = { from, to, pixels, selection: null };
  return new Map(
    allTracks(index, NAMES).map(each => [each.track.id, spansOf(trackSpans(each, picture, trace, NAMES))]),
  );
}

/** Everything that an index shows of a range, as one text. */
function textOf(index: TimelineIndex, trace: TraceBuffer, to: number): string {
  return JSON.stringify([
    [...draw(index, trace, 0, to, 500)],
    rangeStatistics(index, trace, 0, to),
    Array.from({ length: 10 }, (_, i) => index.placements.pagesAt((to * i) / 10)),
  ]);
}

describe('TimelineIndex', () => {
  it('makes spans of calls, waits, faults and engines from the events alone', () => {
    const trace = generateTrace(3);
    const index = new TimelineIndex();
    index.read(trace);
    const drawn = draw(index, trace, 0, 3 * ROUND_NS, 3 * ROUND_NS);
    const copies = drawn.get('engine 1')!;
    expect(copies.map(each => [each.start, each.end, each.objectId, each.from, each.to])).toEqual([
      [2_000, 10_000, 1, 'VRAM', 'SYSTEM'],
      [22_000, 30_000, 2, 'VRAM', 'SYSTEM'],
      [42_000, 50_000, 3, 'VRAM', 'SYSTEM'],
    ]);
    expect(drawn.get('engine 2')!.map(each => each.end - each.start)).toEqual([4_000, 4_000, 4_000]);
    const task = drawn.get('task 1')!;
    expect(task.filter(each => each.kind === 'call')).toHaveLength(1);
    expect(task.filter(each => each.kind === 'fault')).toHaveLength(ROUND_FAULTS);
    expect(drawn.get('kernel')!.map(each => each.kind)).toEqual([
      'walk',
      'walk',
      'walk',
      'unmap',
      'unmap',
      'unmap',
    ]);
  });

  it('shows a call that waits as one span with its wait inside, and one whose fault waits too', () => {
    const trace = new TraceBuffer();
    trace.currentTask = 3;
    const at = (time: number, emit: () => void) => {
      trace.now = time;
      emit();
    };
    at(100, () => trace.emit(SYS_ENTER, 16));
    at(100, () => trace.emit(TASK_BLOCKED, 3, 16));
    at(400, () => trace.emit(SYS_ENTER, 16));
    at(400, () => trace.emit(TASK_BLOCKED, 3, 16));
    at(900, () => trace.emit(SYS_ENTER, 16));
    at(900, () => trace.emit(SYS_EXIT, 16, 2 ** 32 - 16));
    at(1000, () => trace.emit(PAGE_FAULT_USER, 1, 5, 1, 2, 0));
    at(1600, () => trace.emit(PAGE_FAULT_USER, 1, 5, 1, 0, 16));
    const index = new TimelineIndex();
    index.read(trace);
    const task = draw(index, trace, 0, 2000, 2000).get('task 3')!;
    expect(task.map(each => [each.kind, each.start, each.end, each.failed])).toEqual([
      ['call', 100, 900, true],
      ['fault', 1000, 1600, false],
      ['wait', 100, 400, false],
      ['wait', 400, 900, false],
      ['wait', 1000, 1600, false],
    ]);
    expect(rangeStatistics(index, trace, 0, 2000)).toMatchObject({
      faults: 1,
      waiting: 1400 / 2000,
      events: 8,
    });
    expect(rangeStatistics(index, trace, 500, 1100).waiting).toBeCloseTo(500 / 600);
  });

  it('work that has not signalled is open, and begins where the work before it ended', () => {
    const trace = generateTrace(1);
    const index = new TimelineIndex();
    index.read(trace);
    index.truncate(ROUND_EVENTS - 1, trace);
    const [job] = draw(index, trace, 0, ROUND_NS, 100).get('engine 2')!;
    expect([job!.start, job!.end]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it('cut anywhere and read again is what it was; cut is what a shorter trace gives', () => {
    const rounds = 40;
    const whole = generateTrace(rounds);
    const index = new TimelineIndex();
    index.read(whole);
    const before = textOf(index, whole, rounds * ROUND_NS);
    for (const cut of [rounds - 1, 17, 1]) {
      const short = generateTrace(cut);
      const fresh = new TimelineIndex();
      fresh.read(short);
      index.truncate(short.count, whole);
      expect(textOf(index, short, cut * ROUND_NS)).toBe(textOf(fresh, short, cut * ROUND_NS));
    }
    for (const events of [rounds * ROUND_EVENTS - 1, 333, 7]) {
      index.read(whole);
      index.truncate(events, whole);
      index.read(whole);
      expect(textOf(index, whole, rounds * ROUND_NS)).toBe(before);
    }
  });

  it('counts pages in each placement through moves, swaps and the end of an object', () => {
    const trace = new TraceBuffer();
    const at = (time: number, emit: () => void) => {
      trace.now = time;
      emit();
    };
    at(10, () => trace.emit(BO_MOVE, 1, 4, 0, 100, 0));
    at(20, () => trace.emit(BO_MOVE, 1, 0, 2, 100, 0));
    at(30, () => trace.emit(BO_MOVE, 2, 4, 2, 50, 0));
    at(40, () => trace.emit(BO_MOVE, 1, 2, 0, 100, 0));
    at(50, () => trace.emit(BO_SWAPOUT, 1, 100));
    at(60, () => trace.emit(BO_SWAPIN, 1, 100));
    at(70, () => trace.emit(GEM_OBJECT_FREE, 2));
    const index = new TimelineIndex();
    index.read(trace);
    const { placements } = index;
    expect([15, 20, 35, 45, 55, 65, 75].map(time => placements.pagesAt(time))).toEqual([
      [0, 0, 100, 0],
      [100, 0, 0, 0],
      [150, 0, 0, 0],
      [50, 0, 100, 0],
      [50, 0, 0, 100],
      [50, 0, 100, 0],
      [0, 0, 100, 0],
    ]);
    index.truncate(4, trace);
    expect(placements.pagesAt(99)).toEqual([50, 0, 100, 0]);
    expect(rangeStatistics(index, trace, 0, 45).movedPages).toBe(200);
  });

  it('leads from a call over the eviction and the shoot-down to the copy', () => {
    const trace = generateTrace(4);
    const index = new TimelineIndex();
    index.read(trace);
    const chain = flowChain({ kind: 'object', id: 2 }, index, trace, trace.count);
    expect(chain.map(each => [each.step, each.track, each.event - ROUND_EVENTS])).toEqual([
      ['access', 'task 2', 0],
      ['evict', 'kernel', 1],
      ['unmap', 'kernel', 4],
      ['copy', 'engine 1', 7],
    ]);
    for (const event of [0, 1, 2, 4, 5, 6, 7, 20]) {
      expect(flowChain({ kind: 'event', index: ROUND_EVENTS + event }, index, trace, trace.count)).toEqual(
        chain,
      );
    }
    expect(flowChain({ kind: 'task', pid: 1 }, index, trace, trace.count)).toEqual([]);
  });
});

describe('ten million events', () => {
  const rounds = Math.ceil(10_000_000 / ROUND_EVENTS);
  const end = rounds * ROUND_NS;
  const pixels = 900;

  it('are a few spans per pixel with exact counts, whatever part is looked at', () => {
    const trace = generateTrace(rounds);
    expect(trace.count).toBeGreaterThanOrEqual(10_000_000);
    const index = new TimelineIndex();
    index.read(trace);
    for (const [from, to] of [
      [0, end],
      [end * 0.31, end * 0.33],
      [end / 2, end / 2 + 40 * ROUND_NS],
    ] as const) {
      const drawn = draw(index, trace, from, to, pixels);
      for (const spans of drawn.values()) expect(spans.length).toBeLessThanOrEqual(7 * pixels);
      // Column by column the picture holds every span that begins in the range, once.
      for (const [track, kind, lane] of [
        ['engine 1', 'copy', index.engines.get(1)!.work],
        ['task 2', 'fault', index.tasks.get(2)!.faults],
        ['kernel', 'unmap', index.unmaps],
      ] as const) {
        const shown = drawn.get(track)!.filter(each => each.kind === kind && each.start >= from);
        const count = shown.reduce((sum, each) => sum + each.count, 0);
        expect(count - lane.countStarting(from, to)).toBeOneOf([0, 1]);
      }
      const statistics = rangeStatistics(index, trace, from, to);
      const share = (to - from) / ROUND_NS;
      expect(Math.abs(statistics.faults - share * ROUND_FAULTS)).toBeLessThanOrEqual(ROUND_FAULTS);
      expect(Math.abs(statistics.movedPages - share * ROUND_PAGES)).toBeLessThanOrEqual(ROUND_PAGES);
    }
    const { faults, copyRate } = series(
      index,
      { from: 0, dropped: 0, now: end, nowEvents: 0, newest: end, newestEvents: 0, newestPosition: 0 },
      0,
      end,
      200,
    );
    expect(faults.reduce((sum, each) => sum + each, 0)).toBe(rounds * ROUND_FAULTS);
    // 256 pages in 8 microseconds.
    for (const rate of copyRate) expect(rate / 131.072e9).toBeCloseTo(1, 2);
  });
});

describe('SpanLane', () => {
  it('finds the same row from every guess', () => {
    const lane = new SpanLane();
    for (let i = 0; i < 500; i++) lane.instant(10 * Math.floor(i / 3), i + 1);
    for (const time of [0, 5, 10, 777, 1000, 1660, 9999]) {
      for (const low of [0, 7, 250, 499]) {
        const found = lane.firstStartingAt(time, low);
        for (const guess of [0, 1, 10, 100, 400, 1000]) {
          expect(lane.firstStartingNear(time, low, guess)).toBe(found);
        }
      }
    }
  });
});
