/**
 * The chain of causes that a selection belongs to: access, fault, eviction, shoot-down, copy, and the entry that comes back.
 *
 * Made of the events around one move of an object, which is what every step has in common
 */
import type { FlowStep } from '../../public/timeline_types.ts';
import type { Selection } from '../../public/view_types.ts';
import { allEventTypes } from '../../trace/event.ts';
import { DMA_FENCE_EMIT, DMA_FENCE_SIGNALED } from '../../trace/events/dma_buf.ts';
import {
  BO_MOVE,
  BO_MOVE_FENCE,
  BO_VM_FAULT_RESERVED,
  EVICT_BEGIN,
  EVICT_VICTIM,
} from '../../trace/events/drm.ts';
import { SYS_ENTER, SYS_EXIT } from '../../trace/events/kernel.ts';
import { PAGE_FAULT_USER, UNMAP_MAPPING_PAGES, UNMAP_MAPPING_RANGE } from '../../trace/events/mm.ts';
import { CHUNK_EVENTS, type TraceBuffer } from '../../trace/trace_buffer.ts';
import { objectOfEvent } from '../event_text.ts';
import type { SpanLane } from './span_lane.ts';
import type { TimelineIndex } from './timeline_index.ts';
import { engineTrack, KERNEL_TRACK, taskTrack, UNMAP_ROW, WALK_ROW } from './tracks.ts';

/** Events that are looked at to either side; a chain longer than this is shown without its far ends. */
const FAR = 200_000;
/** Events between a move and its fence, or its shoot-down, at most. */
const NEAR = 2_000;

function taskAt(trace: TraceBuffer, event: number): number {
  const position = event - trace.firstIndex;
  return trace.columns()[Math.floor(position / CHUNK_EVENTS)]!.task[position % CHUNK_EVENTS]!;
}

const MOVES: readonly number[] = [BO_MOVE.id];
const MOVES_AND_FAULTS: readonly number[] = [BO_MOVE.id, BO_VM_FAULT_RESERVED.id, PAGE_FAULT_USER.id];

/** The nearest event in a direction that a test accepts, or -1. @param only types that the test is asked about; null: all */
function scan(
  trace: TraceBuffer,
  from: number,
  step: 1 | -1,
  most: number,
  accepts: (event: number, type: number) => boolean | 'stop',
  only: readonly number[] | null = null,
): number {
  const { firstIndex, count } = trace;
  const chunks = trace.columns();
  let left = most;
  for (let at = from; at >= firstIndex && at < count && left-- > 0; at += step) {
    const position = at - firstIndex;
    const row = position % CHUNK_EVENTS;
    const type = chunks[(position - row) / CHUNK_EVENTS]!.type[row]!;
    if (only !== null && !only.includes(type)) continue;
    const said = accepts(at, type);
    if (said === 'stop') return -1;
    if (said) return at;
  }
  return -1;
}

/** The move that the selection is about, or -1. */
function moveOf(selection: Selection, trace: TraceBuffer, until: number): number {
  const isMoveOf = (object: number) => (event: number, type: number) =>
    type === BO_MOVE.id &&
    trace.argAt(event, 0) === object &&
    trace.argAt(event, 1) !== trace.argAt(event, 2);
  if (selection.kind === 'object') return scan(trace, until - 1, -1, FAR * 4, isMoveOf(selection.id), MOVES);
  if (selection.kind !== 'event') return -1;
  const { index } = selection;
  if (index < trace.firstIndex || index >= trace.count) return -1;
  const type = trace.typeIdAt(index);
  if (type === SYS_ENTER.id || type === SYS_EXIT.id) {
    const task = taskAt(trace, index);
    const [step, other] = type === SYS_ENTER.id ? ([1, SYS_EXIT.id] as const) : ([-1, SYS_ENTER.id] as const);
    return scan(trace, index + step, step, NEAR, (at, each) =>
      each === other && taskAt(trace, at) === task ? 'stop' : each === BO_MOVE.id,
    );
  }
  if (type === DMA_FENCE_EMIT.id || type === DMA_FENCE_SIGNALED.id) {
    const [context, seqno] = [trace.argAt(index, 2), trace.argAt(index, 3)];
    const step = type === DMA_FENCE_EMIT.id ? 1 : -1;
    const fence = scan(
      trace,
      index,
      step,
      FAR,
      (at, each) =>
        each === BO_MOVE_FENCE.id && trace.argAt(at, 1) === context && trace.argAt(at, 2) === seqno,
    );
    return fence < 0 ? -1 : scan(trace, fence, -1, NEAR, isMoveOf(trace.argAt(fence, 0)));
  }
  if (type === EVICT_BEGIN.id || type === UNMAP_MAPPING_RANGE.id) {
    return scan(trace, index, 1, NEAR, (_, each) => each === BO_MOVE.id);
  }
  const reserved =
    type === PAGE_FAULT_USER.id
      ? scan(trace, index, -1, NEAR, (_, each) => each === BO_VM_FAULT_RESERVED.id)
      : index;
  if (reserved < 0) return -1;
  const args = [0, 1, 2, 3, 4].map(column => trace.argAt(reserved, column));
  const object = objectOfEvent(allEventTypes()[trace.typeIdAt(reserved)]!, args);
  if (object === null) return -1;
  const isVictim = type === EVICT_VICTIM.id;
  return scan(trace, reserved, isVictim ? 1 : -1, FAR, isMoveOf(object), MOVES);
}

const stepOf = (
  step: FlowStep['step'],
  track: string,
  row: number,
  lane: SpanLane,
  at: number,
  event: number,
): FlowStep => ({
  step,
  track,
  row,
  start: lane.start[at]!,
  end: lane.end[at]!,
  event,
});

/** Row of the lane that began with, or just before, an event; -1 when there is none. */
const rowAt = (lane: SpanLane, event: number) => lane.firstOfEvent(event + 1) - 1;

/** Who asked for the memory: the call or the fault in whose course the move happened. */
function causeOf(index: TimelineIndex, trace: TraceBuffer, move: number): FlowStep | null {
  const pid = taskAt(trace, move);
  const lanes = index.tasks.get(pid);
  if (!lanes) return null;
  let inFault = false;
  const enter = scan(trace, move - 1, -1, NEAR, (at, type) => {
    if (taskAt(trace, at) !== pid) return false;
    if (type === SYS_EXIT.id || type === PAGE_FAULT_USER.id) {
      inFault = true;
      return 'stop';
    }
    return type === SYS_ENTER.id;
  });
  if (enter >= 0) {
    const row = rowAt(lanes.calls, enter);
    return row < 0 ? null : stepOf('access', taskTrack(pid), 0, lanes.calls, row, enter);
  }
  if (!inFault) return null;
  const fault = scan(
    trace,
    move,
    1,
    NEAR,
    (at, type) => type === PAGE_FAULT_USER.id && taskAt(trace, at) === pid,
  );
  const row = fault < 0 ? -1 : rowAt(lanes.faults, fault);
  return row < 0 ? null : stepOf('fault', taskTrack(pid), 0, lanes.faults, row, fault);
}

/** The chain, in the order of causes; empty when the selection belongs to none. @param until events that have happened at the playhead */
export function flowChain(
  selection: Selection | null,
  index: TimelineIndex,
  trace: TraceBuffer,
  until: number,
): FlowStep[] {
  const move = selection ? moveOf(selection, trace, until) : -1;
  if (move < 0) return [];
  const object = trace.argAt(move, 0);
  const steps: FlowStep[] = [];
  const cause = causeOf(index, trace, move);
  if (cause) steps.push(cause);
  const began = cause?.event ?? move - NEAR;
  const walk = scan(trace, move, -1, Math.max(1, move - began), (_, type) => type === EVICT_BEGIN.id);
  if (walk >= 0 && (trace.argAt(walk, 0) === object || isVictim(trace, walk, move, object))) {
    const row = rowAt(index.walks, walk);
    if (row >= 0) steps.push(stepOf('evict', KERNEL_TRACK, WALK_ROW, index.walks, row, walk));
  }
  const unmap = scan(trace, move - 1, -1, NEAR, (at, type) => {
    if (type === BO_MOVE.id || at < began) return 'stop';
    return type === UNMAP_MAPPING_RANGE.id || type === UNMAP_MAPPING_PAGES.id;
  });
  if (unmap >= 0) {
    const row = rowAt(index.unmaps, unmap);
    if (row >= 0) steps.push(stepOf('unmap', KERNEL_TRACK, UNMAP_ROW, index.unmaps, row, unmap));
  }
  const fence = scan(trace, move + 1, 1, NEAR, (at, type) =>
    type === BO_MOVE.id ? 'stop' : type === BO_MOVE_FENCE.id && trace.argAt(at, 0) === object,
  );
  const context = fence < 0 ? 0 : trace.argAt(fence, 1);
  const work = index.engines.get(context)?.work;
  if (work) {
    const row = rowAt(work, fence);
    if (row >= 0) steps.push(stepOf('copy', engineTrack(context), 0, work, row, fence));
  }
  const back = entryAfter(index, trace, fence < 0 ? move : fence, object);
  if (back) steps.push(back);
  return steps;
}

/** The walk chose the object before this move of it. */
function isVictim(trace: TraceBuffer, walk: number, move: number, object: number): boolean {
  return (
    scan(
      trace,
      move,
      -1,
      move - walk,
      (at, type) => type === EVICT_VICTIM.id && trace.argAt(at, 0) === object,
    ) >= 0
  );
}

/** The first fault that brings entries of the object back, before it moves again. */
function entryAfter(
  index: TimelineIndex,
  trace: TraceBuffer,
  after: number,
  object: number,
): FlowStep | null {
  let pid = -1;
  const back = (at: number, type: number) => {
    if (type === BO_MOVE.id && trace.argAt(at, 0) === object) return 'stop';
    if (type === BO_VM_FAULT_RESERVED.id && trace.argAt(at, 0) === object) pid = taskAt(trace, at);
    return type === PAGE_FAULT_USER.id && pid >= 0 && taskAt(trace, at) === pid && trace.argAt(at, 4) > 0;
  };
  const fault = scan(trace, after + 1, 1, FAR, back, MOVES_AND_FAULTS);
  const faults = index.tasks.get(pid)?.faults;
  const row = fault < 0 || !faults ? -1 : rowAt(faults, fault);
  return row < 0 ? null : stepOf('PTE', taskTrack(pid), 0, faults!, row, fault);
}
