/** Why an object moved, as the events around its move say. */
import {
  BO_MOVE,
  BO_PIN,
  BO_VM_FAULT_RESERVED,
  CRTC_SHOW,
  EVICT_BEGIN,
  EVICT_VICTIM,
  JOB_OBJECT,
  PLACEMENT_WORDS,
  POLICY_WORDS,
  SET_BUDGET,
} from '../trace/events/drm.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';

/** Rows of the same instant that are looked at before and behind a move. */
const MOST_ROWS = 400;
const NONE = PLACEMENT_WORDS.indexOf('none');

/** What was before the move at this instant, newest first: an eviction, or a fault of the processor. */
function causeBefore(trace: TraceBuffer, index: number, name: (id: number) => string): string | null {
  const { time, args } = trace.at(index);
  let victimOf: number | null = null;
  for (let at = index - 1; at >= Math.max(trace.firstIndex, index - MOST_ROWS); at--) {
    const event = trace.at(at);
    if (event.time !== time) break;
    const [first, second] = event.args;
    if (event.typeId === BO_MOVE.id && first === args[0]) break;
    if (event.typeId === EVICT_VICTIM.id && first === args[0]) victimOf = second!;
    else if (event.typeId === EVICT_BEGIN.id && first === victimOf && victimOf > 0)
      return `evicted for ${name(victimOf)} (${POLICY_WORDS[event.args[4]!] ?? 'policy'})`;
    else if (event.typeId === SET_BUDGET.id) return 'the budget shrank';
    else if (event.typeId === BO_VM_FAULT_RESERVED.id && first === args[0])
      return 'a task touched it where the processor cannot reach';
  }
  if (victimOf === null) return null;
  return victimOf > 0 ? `evicted for ${name(victimOf)}` : 'evicted';
}

/** What the move was made for, in the rows behind it. */
function causeBehind(trace: TraceBuffer, index: number): string | null {
  const { time, args } = trace.at(index);
  for (let at = index + 1; at < Math.min(trace.count, index + MOST_ROWS); at++) {
    const event = trace.at(at);
    if (event.time !== time) break;
    const [first, second] = event.args;
    if (event.typeId === BO_MOVE.id && first === args[0]) break;
    if (event.typeId === JOB_OBJECT.id && second === args[0]) return `job ${first} uses it`;
    if (event.typeId === BO_PIN.id && first === args[0]) return 'pinned there';
    if (event.typeId === CRTC_SHOW.id && second === args[0]) return 'to be shown';
  }
  return null;
}

/**
 * The line of a move in an object's history.
 *
 * @param index an event of the type BO_MOVE
 * @param name  of an object
 */
export function moveText(trace: TraceBuffer, index: number, name: (id: number) => string): string {
  const [, from = NONE, to = NONE] = trace.at(index).args;
  if (from === NONE) return `created in ${PLACEMENT_WORDS[to]}`;
  const why = causeBefore(trace, index, name) ?? causeBehind(trace, index);
  return `${PLACEMENT_WORDS[from]} to ${PLACEMENT_WORDS[to]}${why ? `: ${why}` : ''}`;
}
