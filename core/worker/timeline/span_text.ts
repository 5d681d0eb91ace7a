/** What a span is about: its object, placements, whether it failed, and its text; read from the events at its ends. */
import { ERRNO } from '../../base/errno.ts';
import { syscallName } from '../../kernel/syscall_numbers.ts';
import type { Placement } from '../../public/view_types.ts';
import { valueOfField } from '../../trace/event.ts';
import { FENCE_TIMELINES } from '../../trace/events/dma_buf.ts';
import {
  BO_MOVE_FENCE,
  BO_UNMAP_VIRTUAL,
  BO_VM_FAULT_RESERVED,
  EVICT_BEGIN,
  JOB_SUBMIT,
} from '../../trace/events/drm.ts';
import { I915_GEM_OBJECT_FAULT } from '../../trace/events/i915.ts';
import { SYS_ENTER, SYS_EXIT } from '../../trace/events/kernel.ts';
import { PAGE_FAULT_USER } from '../../trace/events/mm.ts';
import type { TraceBuffer } from '../../trace/trace_buffer.ts';
import type { IdNames } from '../../views/trace_reader.ts';
import type { SpanLane } from './span_lane.ts';
import { moveBefore, placementOfWord } from './timeline_index.ts';

/** Facts of one span. */
export interface SpanFacts {
  /** What a press on it selects. */
  readonly event: number;
  readonly objectId: number;
  readonly from: Placement | null;
  readonly to: Placement | null;
  readonly failed: boolean;
  readonly text: string;
}

/** How much of a row is wanted: what its look needs, its object too, or its text too. Each costs more than the one before. */
export const LOOK = 0;
export const OBJECT = 1;
export const TEXT = 2;
export type Depth = typeof LOOK | typeof OBJECT | typeof TEXT;

/** Tells the facts of a row; what is not wanted is 0 or empty. */
export type Teller = (
  lane: SpanLane,
  row: number,
  trace: TraceBuffer,
  names: IdNames,
  depth: Depth,
) => SpanFacts;

/** Events of one fault or one shoot-down at most. */
const NEAR = 600;
const BAD_FAULTS = new Set(['SIGBUS', 'SIGSEGV', 'OOM']);
const ERRNO_NAMES = new Map(Object.entries(ERRNO).map(([name, value]) => [value as number, name]));

const facts = (event: number, text: string, more: Partial<SpanFacts> = {}): SpanFacts => ({
  event,
  objectId: 0,
  from: null,
  to: null,
  failed: false,
  text,
  ...more,
});

const nameOf = (names: IdNames, id: number) => (id === 0 ? '' : names.object(id));

/** Pages in the unit that suits them. */
function size(pages: number): string {
  return pages < 128 ? `${pages * 4} KiB` : `${(pages / 256).toFixed(pages < 2560 ? 2 : 1)} MiB`;
}

/** The newest event of a type before `event`, at most NEAR back and not across the start of the task's call; -1: none. */
export function eventBefore(trace: TraceBuffer, event: number, types: readonly number[]): number {
  for (let at = event - 1; at >= Math.max(trace.firstIndex, event - NEAR); at--) {
    const type = trace.typeIdAt(at);
    if (types.includes(type)) return at;
    if (type === SYS_ENTER.id || type === PAGE_FAULT_USER.id) return -1;
  }
  return -1;
}

export const tellCall: Teller = (lane, row, trace, _names, depth) => {
  const enter = lane.event[row]!;
  const exit = lane.about[row]!;
  const ret =
    exit > enter && trace.typeIdAt(exit) === SYS_EXIT.id ? valueOfField('ret', trace.argAt(exit, 1)) : 0;
  const name = depth === TEXT ? syscallName(trace.argAt(enter, 0)) : '';
  if (ret >= 0) return facts(enter, name);
  const errno = ERRNO_NAMES.get(-ret) ?? `errno ${-ret}`;
  return facts(enter, `${name} ${errno}`, { failed: true });
};

export const tellWait: Teller = (lane, row, trace) => {
  const event = lane.event[row]!;
  const inFault = trace.typeIdAt(event) === PAGE_FAULT_USER.id;
  return facts(event, inFault ? 'fault waits for fence' : 'waits for fence');
};

export const tellFault: Teller = (lane, row, trace, names, depth) => {
  const began = lane.event[row]!;
  const ended = Math.max(lane.endEvent[row]!, began);
  const reason = PAGE_FAULT_USER.words.reason![trace.argAt(ended, 3)] ?? '';
  const failed = BAD_FAULTS.has(reason);
  if (depth === LOOK) return facts(ended, '', { failed });
  const reserved = eventBefore(trace, began, [BO_VM_FAULT_RESERVED.id, I915_GEM_OBJECT_FAULT.id]);
  const objectId = reserved < 0 ? 0 : trace.argAt(reserved, 0);
  if (depth === OBJECT) return facts(ended, '', { objectId, failed });
  const page = reserved < 0 ? trace.argAt(began, 1) : trace.argAt(reserved, 1);
  const access = trace.argAt(began, 2) === 1 ? 'w' : 'r';
  const where =
    objectId === 0 ? `page 0x${page.toString(16)}` : `${nameOf(names, objectId)} +0x${page.toString(16)}`;
  return facts(ended, `fault ${where} ${access}${failed ? ` ${reason}` : ''}`, { objectId, failed });
};

export const tellWalk: Teller = (lane, row, trace, names) => {
  const event = lane.event[row]!;
  if (trace.typeIdAt(event) !== EVICT_BEGIN.id)
    return facts(event, 'evict', { objectId: trace.argAt(event, 0) });
  const objectId = trace.argAt(event, 0);
  return facts(event, objectId === 0 ? 'evict for the budget' : `evict for ${nameOf(names, objectId)}`, {
    objectId,
  });
};

export const tellUnmap: Teller = (lane, row, trace, names, depth) => {
  const event = lane.event[row]!;
  if (depth === LOOK) return facts(event, '');
  const virtual = eventBefore(trace, event, [BO_UNMAP_VIRTUAL.id]);
  const objectId = virtual < 0 ? 0 : trace.argAt(virtual, 0);
  if (depth === OBJECT) return facts(event, '', { objectId });
  const ptes = trace.argAt(event, 4);
  const of = objectId === 0 ? '' : ` of ${nameOf(names, objectId)}`;
  const text = ptes === 0 ? `no PTE${of}` : `${ptes} ${ptes === 1 ? 'PTE' : 'PTEs'}${of} zapped`;
  return facts(event, text, { objectId });
};

export const tellWork: Teller = (lane, row, trace, names, depth) => {
  const emit = lane.event[row]!;
  const about = lane.about[row]!;
  const type = about > 0 ? trace.typeIdAt(about) : -1;
  if (type === JOB_SUBMIT.id) return facts(about, depth === TEXT ? `job ${trace.argAt(about, 0)}` : '');
  if (type !== BO_MOVE_FENCE.id) return facts(emit, `seqno ${trace.argAt(emit, 3)}`);
  const objectId = trace.argAt(about, 0);
  const move = moveBefore(trace, about);
  const name = nameOf(names, objectId);
  if (move < 0) return facts(about, name, { objectId });
  const from = placementOfWord(trace.argAt(move, 1));
  const to = placementOfWord(trace.argAt(move, 2));
  if (depth !== TEXT) return facts(about, '', { objectId, from, to });
  const pages = size(trace.argAt(move, 3));
  return facts(about, from === null ? `clear ${name} ${pages}` : `${name} ${pages}`, { objectId, from, to });
};

export const tellFence: Teller = (lane, row, trace, _names, depth) => {
  const event = lane.event[row]!;
  if (depth !== TEXT) return facts(event, '');
  const timeline = FENCE_TIMELINES[trace.argAt(event, 1)] ?? 'fence';
  return facts(event, `${timeline} ${trace.argAt(event, 3)}`);
};
