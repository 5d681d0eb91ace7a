/**
 * What the timeline shows, made from the events and from nothing else: spans of tasks, of the kernel and of engines, fences, and sums
 * for statistics. It grows with the trace and goes back with it.
 *
 * Units      virtual nanoseconds, pages
 * Rule       everything that reading goes on from stands in the lanes, so cutting the lanes is all that going back takes
 * Time       a call's cost is spent before its first event; so a call that waits for nothing takes no time here
 */
import { copyTimeNs, type MachineDescription } from '../../hw/machine_description.ts';
import { REGION_RAM, REGION_VRAM } from '../../hw/region.ts';
import type { Placement } from '../../public/view_types.ts';
import { EVENT_ARGS } from '../../trace/event.ts';
import { DMA_FENCE_EMIT, DMA_FENCE_SIGNALED } from '../../trace/events/dma_buf.ts';
import {
  BO_MOVE,
  BO_MOVE_FENCE,
  BO_SWAPIN,
  BO_SWAPOUT,
  EVICT_BEGIN,
  EVICT_END,
  EVICT_VICTIM,
  GEM_OBJECT_FREE,
  JOB_SUBMIT,
  PLACEMENT_WORDS,
} from '../../trace/events/drm.ts';
import { I915_GEM_EVICT, I915_GEM_OBJECT_BIND, I915_GEM_OBJECT_UNBIND } from '../../trace/events/i915.ts';
import {
  SCHED_PROCESS_EXIT,
  SCHED_PROCESS_FORK,
  SYS_ENTER,
  SYS_EXIT,
  TASK_BLOCKED,
} from '../../trace/events/kernel.ts';
import { PAGE_FAULT_USER, UNMAP_MAPPING_PAGES, UNMAP_MAPPING_RANGE } from '../../trace/events/mm.ts';
import { CHUNK_EVENTS, type TraceBuffer, type TraceChunk } from '../../trace/trace_buffer.ts';
import { PlacementSums } from './placement_sums.ts';
import { SpanLane } from './span_lane.ts';
import { SumLane } from './sum_lane.ts';

/** RETRY among the reasons of exceptions:page_fault_user: the task waits and faults again. */
const RETRY = PAGE_FAULT_USER.words.reason!.indexOf('RETRY');
const VRAM_WORDS = new Set(['VRAM', 'PRIV']);

/** Spans of one task. */
export class TaskLanes {
  readonly calls = new SpanLane();
  readonly faults = new SpanLane();
  readonly waits = new SpanLane();

  constructor(
    readonly pid: number,
    /** The event that first named it. */
    readonly bornEvent: number,
  ) {}

  get lanes(): readonly SpanLane[] {
    return [this.calls, this.faults, this.waits];
  }
}

/** Work of one fence timeline: from submission to the signal, one after the other. */
export class EngineLane {
  readonly work = new SpanLane();
  /** Pages that it had copied, when the fence signalled. */
  readonly copied = new SumLane();

  constructor(
    readonly context: number,
    /** Indexes of FENCE_DRIVERS and FENCE_TIMELINES. */
    readonly driver: number,
    readonly timeline: number,
    readonly bornEvent: number,
  ) {}
}

export class TimelineIndex {
  /** Index of the next event to read. */
  next = 0;
  readonly tasks = new Map<number, TaskLanes>();
  readonly engines = new Map<number, EngineLane>();
  readonly walks = new SpanLane();
  readonly unmaps = new SpanLane();
  readonly emits = new SpanLane();
  readonly signals = new SpanLane();
  readonly faults = new SumLane();
  readonly evictions = new SumLane();
  /** Pages that left one kind of memory for another, when their move began. */
  readonly moved = new SumLane();
  readonly placements = new PlacementSums();
  private lastEmit: EngineLane | null = null;
  private waiting = 0;

  /** @param machine tells clears from copies by the time they take; null when nothing is known of it */
  constructor(private readonly machine: MachineDescription | null = null) {}

  /** Read what is new. About 10 ns an event. */
  read(trace: TraceBuffer): void {
    const chunks = trace.columns();
    this.next = Math.max(this.next, trace.firstIndex);
    while (this.next < trace.count) {
      const position = this.next - trace.firstIndex;
      const chunk = chunks[Math.floor(position / CHUNK_EVENTS)]!;
      const first = position % CHUNK_EVENTS;
      const end = Math.min(CHUNK_EVENTS, first + trace.count - this.next);
      const { type } = chunk;
      for (let row = first; row < end; row++) {
        if (this.waiting > 0 && chunk.task[row] !== 0)
          this.endWait(chunk.task[row]!, chunk.time[row]!, this.next);
        const handler = HANDLERS[type[row]!];
        if (handler) handler(this, chunk, row, this.next, trace);
        this.next++;
      }
    }
    for (const lane of this.allLanes()) lane.forgetBefore(trace.firstIndex);
  }

  /** Events from `count` on did not happen; `trace` still holds those before. */
  truncate(count: number, trace: TraceBuffer): void {
    if (this.next <= count) return;
    this.next = count;
    const startOf = (event: number) => (event >= trace.firstIndex ? timeAt(trace, event) : 0);
    for (const [pid, task] of this.tasks) if (task.bornEvent >= count) this.tasks.delete(pid);
    for (const [context, engine] of this.engines) if (engine.bornEvent >= count) this.engines.delete(context);
    for (const lane of this.allLanes()) lane.truncate(count, startOf);
    this.placements.truncate(count);
    this.lastEmit = null;
    this.waiting = 0;
    for (const task of this.tasks.values()) if (task.waits.openRow >= 0) this.waiting++;
  }

  private *allLanes(): Iterable<SpanLane | SumLane> {
    for (const task of this.tasks.values()) yield* task.lanes;
    for (const engine of this.engines.values()) yield* [engine.work, engine.copied];
    yield* [this.walks, this.unmaps, this.emits, this.signals];
    yield* [this.faults, this.evictions, this.moved];
  }

  /** @internal */
  task(pid: number, event: number): TaskLanes {
    let task = this.tasks.get(pid);
    if (!task) {
      task = new TaskLanes(pid, event);
      this.tasks.set(pid, task);
    }
    return task;
  }

  /** @internal a call begins, or goes on after a wait */
  enter(pid: number, time: number, event: number): void {
    const { calls } = this.task(pid, event);
    const open = calls.openRow;
    if (open >= 0) {
      const began = calls.start[open]!;
      if (calls.about[open] !== 0) {
        calls.about[open] = 0;
        return;
      }
      calls.close(open, began, began, event);
    }
    calls.open(time, event);
  }

  /** @internal */
  exit(pid: number, time: number, event: number): void {
    const { calls } = this.task(pid, event);
    const open = calls.openRow;
    if (open < 0) return;
    calls.close(open, calls.start[open]!, time, event);
    calls.about[open] = event;
  }

  /** @internal a call waits and will be entered again */
  block(pid: number, time: number, event: number): void {
    const { calls, waits } = this.task(pid, event);
    if (calls.openRow >= 0) calls.about[calls.openRow] = event;
    if (waits.openRow >= 0) return;
    waits.open(time, event);
    this.waiting++;
  }

  private endWait(pid: number, time: number, event: number): void {
    const waits = this.tasks.get(pid)?.waits;
    const open = waits?.openRow ?? -1;
    if (!waits || open < 0 || waits.event[open] === event) return;
    waits.close(open, waits.start[open]!, time, event);
    this.waiting--;
  }

  /** @internal */
  fault(pid: number, time: number, event: number, reason: number): void {
    const { faults, waits } = this.task(pid, event);
    const open = faults.openRow;
    if (reason === RETRY) {
      if (open < 0) faults.open(time, event);
      if (waits.openRow < 0) {
        waits.open(time, event);
        this.waiting++;
      }
      return;
    }
    this.faults.add(time, event);
    if (open >= 0) faults.close(open, faults.start[open]!, time, event);
    else faults.instant(time, event);
  }

  /** @internal */
  endTask(pid: number, time: number, event: number): void {
    const task = this.tasks.get(pid);
    if (!task) return;
    this.endWait(pid, time, event);
    for (const lane of task.lanes) {
      const open = lane.openRow;
      if (open >= 0) lane.close(open, lane.start[open]!, time, event);
    }
  }

  /** @internal */
  emitted(driver: number, timeline: number, context: number, time: number, event: number): void {
    let engine = this.engines.get(context);
    if (!engine) {
      engine = new EngineLane(context, driver, timeline, event);
      this.engines.set(context, engine);
    }
    engine.work.open(time, event);
    this.lastEmit = engine;
    this.emits.instant(time, event);
  }

  /** @internal what the newest work of a timeline is */
  describe(context: number | null, event: number): void {
    const engine = context === null ? this.lastEmit : this.engines.get(context);
    const open = engine?.work.openRow ?? -1;
    if (engine && open >= 0) engine.work.about[open] = event;
  }

  /** @internal */
  signalled(context: number, seqno: number, time: number, event: number, trace: TraceBuffer): void {
    const engine = this.engines.get(context);
    if (!engine) {
      this.signals.instant(time, event);
      return;
    }
    const { work, copied } = engine;
    for (let row = work.nrClosed; row < work.length; row++) {
      const emit = work.event[row]!;
      if (emit >= trace.firstIndex && trace.argAt(emit, 3) !== seqno) continue;
      const about = work.about[row]!;
      const { took, pages } = workOf(trace, about, this.machine);
      work.close(row, Math.max(work.start[row]!, time - took), time, event);
      if (pages > 0) copied.add(time, event, pages);
      this.signals.instant(time, event, emit);
      return;
    }
    this.signals.instant(time, event);
  }
}

/** Time of an event that is held. */
export function timeAt(trace: TraceBuffer, event: number): number {
  const position = event - trace.firstIndex;
  return trace.columns()[Math.floor(position / CHUNK_EVENTS)]!.time[position % CHUNK_EVENTS]!;
}

/** How long an engine works on what this event describes (Infinity: unknown), and the pages that it copies. */
function workOf(
  trace: TraceBuffer,
  about: number,
  machine: MachineDescription | null,
): { readonly took: number; readonly pages: number } {
  const type = about > 0 && about >= trace.firstIndex ? trace.typeIdAt(about) : -1;
  if (type === JOB_SUBMIT.id) return { took: trace.argAt(about, 4), pages: 0 };
  if (type !== BO_MOVE_FENCE.id) return { took: Number.POSITIVE_INFINITY, pages: 0 };
  const took = trace.argAt(about, 3);
  const move = moveBefore(trace, about);
  return { took, pages: move < 0 || isClear(trace, move, took, machine) ? 0 : trace.argAt(move, 3) };
}

/**
 * Nothing is copied into VRAM for an object that was nowhere, nor for one in system memory that has no pages yet: the engine clears
 * its place, inside VRAM, in less time than a way over the bus takes.
 */
function isClear(
  trace: TraceBuffer,
  move: number,
  took: number,
  machine: MachineDescription | null,
): boolean {
  const from = PLACEMENT_WORDS[trace.argAt(move, 1)]!;
  if (from === 'none') return true;
  if (machine === null || VRAM_WORDS.has(from) || !VRAM_WORDS.has(PLACEMENT_WORDS[trace.argAt(move, 2)]!))
    return false;
  const pages = trace.argAt(move, 3);
  const inside = copyTimeNs(machine, REGION_VRAM, REGION_VRAM, pages);
  return took === inside && inside < copyTimeNs(machine, REGION_RAM, REGION_VRAM, pages);
}

/** Between a move and the event with its fence lie a few of the fence itself. */
const NEAR_EVENTS = 16;

/** The lab_ttm:bo_move that a lab_ttm:bo_move_fence belongs to, or -1. */
export function moveBefore(trace: TraceBuffer, moveFence: number): number {
  const object = trace.argAt(moveFence, 0);
  for (let event = moveFence - 1; event >= Math.max(trace.firstIndex, moveFence - NEAR_EVENTS); event--) {
    if (trace.typeIdAt(event) === BO_MOVE.id && trace.argAt(event, 0) === object) return event;
  }
  return -1;
}

/** The placement of a word of PLACEMENT_WORDS, as views name it; null for none. */
export function placementOfWord(word: number): Placement | null {
  const name = PLACEMENT_WORDS[word];
  if (name === undefined || name === 'none') return null;
  return name === 'PRIV' ? 'VRAM' : name;
}

type Handler = (
  index: TimelineIndex,
  chunk: TraceChunk,
  row: number,
  event: number,
  trace: TraceBuffer,
) => void;

const arg = (chunk: TraceChunk, row: number, column: number) => chunk.args[row * EVENT_ARGS + column]!;
/** By event type. */
const HANDLERS: (Handler | undefined)[] = [];

HANDLERS[SYS_ENTER.id] = (index, chunk, row, event) => index.enter(chunk.task[row]!, chunk.time[row]!, event);
HANDLERS[SYS_EXIT.id] = (index, chunk, row, event) => index.exit(chunk.task[row]!, chunk.time[row]!, event);
HANDLERS[TASK_BLOCKED.id] = (index, chunk, row, event) =>
  index.block(arg(chunk, row, 0), chunk.time[row]!, event);
HANDLERS[SCHED_PROCESS_FORK.id] = (index, chunk, row, event) => index.task(arg(chunk, row, 1), event);
HANDLERS[SCHED_PROCESS_EXIT.id] = (index, chunk, row, event) =>
  index.endTask(arg(chunk, row, 0), chunk.time[row]!, event);
HANDLERS[PAGE_FAULT_USER.id] = (index, chunk, row, event) =>
  index.fault(chunk.task[row]!, chunk.time[row]!, event, arg(chunk, row, 3));
HANDLERS[EVICT_BEGIN.id] = (index, chunk, row, event) => index.walks.open(chunk.time[row]!, event);
HANDLERS[EVICT_END.id] = ({ walks }, chunk, row, event) => {
  for (let open = walks.nrClosed; open < walks.length; open = walks.nrClosed) {
    walks.close(open, walks.start[open]!, chunk.time[row]!, event);
  }
};
HANDLERS[EVICT_VICTIM.id] = (index, chunk, row, event) => index.evictions.add(chunk.time[row]!, event);
HANDLERS[I915_GEM_EVICT.id] = (index, chunk, row, event) => {
  index.walks.instant(chunk.time[row]!, event);
  if (arg(chunk, row, 0) !== 0) index.evictions.add(chunk.time[row]!, event);
};
const unmapped: Handler = (index, chunk, row, event) => index.unmaps.instant(chunk.time[row]!, event);
HANDLERS[UNMAP_MAPPING_RANGE.id] = unmapped;
HANDLERS[UNMAP_MAPPING_PAGES.id] = unmapped;
HANDLERS[DMA_FENCE_EMIT.id] = (index, chunk, row, event) =>
  index.emitted(arg(chunk, row, 0), arg(chunk, row, 1), arg(chunk, row, 2), chunk.time[row]!, event);
HANDLERS[DMA_FENCE_SIGNALED.id] = (index, chunk, row, event, trace) =>
  index.signalled(arg(chunk, row, 2), arg(chunk, row, 3), chunk.time[row]!, event, trace);
HANDLERS[BO_MOVE_FENCE.id] = (index, chunk, row, event) => index.describe(arg(chunk, row, 1), event);
HANDLERS[JOB_SUBMIT.id] = (index, _chunk, _row, event) => index.describe(null, event);
HANDLERS[BO_MOVE.id] = (index, chunk, row, event) => {
  const [from, to, pages] = [arg(chunk, row, 1), arg(chunk, row, 2), arg(chunk, row, 3)];
  const time = chunk.time[row]!;
  const source = placementOfWord(from);
  // System pages that get entries in the GART stay where they are.
  const crosses = VRAM_WORDS.has(PLACEMENT_WORDS[from]!) !== VRAM_WORDS.has(PLACEMENT_WORDS[to]!);
  if (source !== null && crosses) index.moved.add(time, event, pages);
  index.placements.place(time, event, arg(chunk, row, 0), placementOfWord(to), pages);
};
const swapped =
  (to: Placement): Handler =>
  (index, chunk, row, event) => {
    const [object, pages] = [arg(chunk, row, 0), arg(chunk, row, 1)];
    index.moved.add(chunk.time[row]!, event, pages);
    index.placements.place(chunk.time[row]!, event, object, to, pages);
  };
HANDLERS[BO_SWAPOUT.id] = swapped('SWAP');
HANDLERS[BO_SWAPIN.id] = swapped('SYSTEM');
/** The GTT leads to its pages, or does not any more; they stay where they are. */
const bound =
  (to: Placement): Handler =>
  (index, chunk, row, event) =>
    index.placements.place(chunk.time[row]!, event, arg(chunk, row, 0), to, arg(chunk, row, 2));
HANDLERS[I915_GEM_OBJECT_BIND.id] = bound('TT');
HANDLERS[I915_GEM_OBJECT_UNBIND.id] = bound('SYSTEM');
HANDLERS[GEM_OBJECT_FREE.id] = (index, chunk, row, event) =>
  index.placements.place(chunk.time[row]!, event, arg(chunk, row, 0), null, 0);
