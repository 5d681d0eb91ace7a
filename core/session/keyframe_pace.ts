/**
 * Where keyframes pay: told from what was executed, never from a clock, so that the same run has them at the same inputs on every
 * computer.
 *
 * Unit       work: what one plain event costs to execute, about a third of a microsecond on the computer this was fitted on
 * Rule       a keyframe stands where executing again from the one before takes GAP_WORK, or, where keyframes are large, COST_RATIO
 *            times what the keyframe takes itself
 */
import type { Kernel } from '../kernel/kernel.ts';
import { BO_MOVE, BO_MOVE_MEMCPY, BO_SWAPIN, BO_SWAPOUT, GEM_OBJECT_INIT } from '../trace/events/drm.ts';
import { REQUEST_COMPLETE } from '../trace/events/engine.ts';
import { CHUNK_EVENTS, type TraceBuffer } from '../trace/trace_buffer.ts';
import type { Player } from './player.ts';

/** About 16 ms. */
const GAP_WORK = 48_000;
/** A keyframe takes this part of executing at most: one in so many. */
const COST_RATIO = 8;
/** Where somebody watches the run, a keyframe that would hold it up for longer (about 80 ms) is not made. */
export const WATCHED_COST = 240_000;
/** An image of more (about 100,000 objects) would not fit into a block of a file. */
export const RECORDED_COST = 6_000_000;

const INPUT_WORK = 8;
/** Keyframe of a kernel just booted, and what each object and mapping adds: about 13 nodes of the graph. */
const KEYFRAME_WORK = 5_000;
const KEYFRAME_WORK_EACH = 60;

/** Events that stand for more work than others: the argument that says how much, and what one of it costs. */
const HEAVY = new Map<number, { readonly argument: number; readonly work: number }>([
  // Pages copied.
  [BO_MOVE.id, { argument: 3, work: 4 }],
  [BO_MOVE_MEMCPY.id, { argument: 3, work: 4 }],
  [BO_SWAPOUT.id, { argument: 1, work: 8 }],
  [BO_SWAPIN.id, { argument: 1, work: 8 }],
  // Pages that will be filled.
  [GEM_OBJECT_INIT.id, { argument: 1, work: 2 }],
  // Bytes that ring commands wrote.
  [REQUEST_COMPLETE.id, { argument: 3, work: 0.04 }],
]);
const IS_HEAVY = new Uint8Array(1 << 16);
for (const id of HEAVY.keys()) IS_HEAVY[id] = 1;

/** Work that events [first, end) stand for; those that are no longer held count as plain ones. */
export function workOfEvents(trace: TraceBuffer, first: number, end: number): number {
  let work = end - first;
  const chunks = trace.columns();
  for (let index = Math.max(first, trace.firstIndex); index < end; ) {
    const at = index - trace.firstIndex;
    const types = chunks[Math.floor(at / CHUNK_EVENTS)]!.type;
    const stop = Math.min(end - index, CHUNK_EVENTS - (at % CHUNK_EVENTS));
    for (let i = 0; i < stop; i++) {
      const type = types[(at % CHUNK_EVENTS) + i]!;
      if (IS_HEAVY[type] === 0) continue;
      const { argument, work: each } = HEAVY.get(type)!;
      work += each * trace.argAt(index + i, argument);
    }
    index += stop;
  }
  return work;
}

/** Work that a keyframe of this kernel takes. */
export function keyframeWork({ devices, tasks }: Kernel): number {
  let things = 0;
  for (const { device } of devices.values())
    things += (device as { objects?: { size: number } }).objects?.size ?? 0;
  for (const { mm } of tasks.values()) things += mm.vmas.length;
  return KEYFRAME_WORK + KEYFRAME_WORK_EACH * things;
}

/** Adds up what a player executes, from one keyframe to the next. */
export class KeyframePace {
  private events = 0;
  private position = 0;
  private work = 0;

  /** @param mostCost a keyframe that takes more work is not made */
  constructor(private readonly mostCost: number) {}

  /** A keyframe stands where the player does. */
  restart({ kernel, position }: Player): void {
    this.events = kernel.trace.count;
    this.position = position;
    this.work = 0;
  }

  /** A keyframe pays here; asked after every input. */
  isDue({ kernel, position }: Player): boolean {
    const { trace } = kernel;
    this.work += workOfEvents(trace, this.events, trace.count) + INPUT_WORK * (position - this.position);
    this.events = trace.count;
    this.position = position;
    if (this.work < GAP_WORK) return false;
    const cost = keyframeWork(kernel);
    return cost <= this.mostCost && this.work >= COST_RATIO * cost;
  }
}
