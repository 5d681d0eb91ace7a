/** Rings and engines: numbers 60, 61, 66 and 67 of chapter 8 of the dossier. */
import { ERRNO } from '../../base/errno.ts';
import type { InvariantEntry } from '../../base/invariant_entry.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import type { CommandQueue } from '../../hw/command_queue.ts';
import { DEV_UNPLUG } from '../../trace/events/drm.ts';
import {
  ENGINE_RESET,
  REQUEST_COMPLETE,
  REQUEST_FAIL,
  REQUEST_RETIRE,
  REQUEST_SUBMIT,
  VRAM_LOST,
} from '../../trace/events/engine.ts';
import { engineNumberOf } from '../drivers/lab_gpu_state.ts';
import { enginesOf } from '../engine/engine_answers.ts';
import type { RingBuffer } from '../engine/ring_buffer.ts';
import type { RingEngine } from '../engine/ring_engine.ts';
import { CACHE_LINE } from '../engine/ring_space.ts';
import { type DrmSubject, drmEntry } from './subject.ts';

/** Bytes of the ring that differ from what was written there, from `from` to `to`; -1 for none. */
function changedAt({ bo, words }: RingBuffer, queue: CommandQueue, from: number, to: number): number {
  const page = new Uint8Array(PAGE_SIZE);
  const dwords = new Uint32Array(page.buffer);
  for (let at = from; at < to; ) {
    const base = at - (at % PAGE_SIZE);
    const id = queue.contents.idOf(bo.pfnOfPage(base / PAGE_SIZE));
    if (queue.contents.isOpaque(id)) return base;
    queue.contents.materialise(id, page);
    for (const end = Math.min(to, base + PAGE_SIZE); at < end; at += 4)
      if (dwords[(at - base) / 4] !== words[at / 4]) return at;
  }
  return -1;
}

/** The parts of the ring between head and tail: one, or two when it wraps. */
function inFlight({ head, emit, size }: RingBuffer): (readonly [number, number])[] {
  if (head === emit) return [];
  return head < emit ? [[head, emit]] : [[head, size] as const, [0, emit] as const];
}

function checkRing({ ring, requests, number }: RingEngine, queue: CommandQueue): string[] {
  const says: string[] = [];
  const { size, space, emit, head } = ring;
  const what = `The ring of engine ${number}`;
  if ((size & (size - 1)) !== 0 || space < 0 || space >= size)
    says.push(`${what} has ${space} of ${size} bytes of space.`);
  if (emit % 8 !== 0 || emit >= size || head >= size)
    says.push(`${what} has its head at ${head}, its tail at ${emit}.`);
  if (head !== emit && ((head - emit) & (size - 1)) < CACHE_LINE)
    says.push(`${what}: the tail ${emit} is in the cache line of the head ${head}.`);
  let end = head;
  for (const request of requests) {
    const skipped = (request.start - end) & (size - 1);
    if (skipped !== 0) {
      // The end of the ring: nothing but NOPs.
      if (request.start !== 0)
        says.push(`${what}: request ${request.seqno} begins at ${request.start}, not at ${end}.`);
      if (ring.words.subarray(end / 4).some(word => word !== 0))
        says.push(`${what} wraps at ${end} with other than NOPs.`);
    }
    end = request.end;
  }
  if (requests.length > 0 && end !== emit)
    says.push(`${what}: its last request ends at ${end}, its tail is ${emit}.`);
  for (const [from, to] of inFlight(ring)) {
    const changed = changedAt(ring, queue, from, to);
    if (changed >= 0) says.push(`${what}: the bytes at ${changed} are not those that were written there.`);
  }
  return says;
}

/** Requests `engine:seqno` of an engine are no longer of interest. */
function forgetEngine(requests: Set<string>, number: number): void {
  for (const key of requests) if (key.startsWith(`${number}:`)) requests.delete(key);
}

export const ENGINE_INVARIANTS: readonly InvariantEntry<DrmSubject>[] = [
  drmEntry(60, 'Seqno of rings', 'trace', ({ drm: { mm, machine } }) => {
    const says: string[] = [];
    const given = new Map<number, number>();
    const retired = new Map<number, number>();
    mm.trace.forEachOf(
      [REQUEST_SUBMIT, REQUEST_RETIRE, DEV_UNPLUG],
      ({ typeId, args: [engine = 0, seqno = 0], index }) => {
        if (typeId === DEV_UNPLUG.id) {
          // The engine of a device that comes back counts from the beginning.
          const gone = engineNumberOf(machine, engine);
          given.delete(gone);
          retired.delete(gone);
          return;
        }
        const counts = typeId === REQUEST_SUBMIT.id ? given : retired;
        const verb = counts === given ? 'given' : 'retired';
        if (seqno === 0) says.push(`Engine ${engine}: seqno 0 is ${verb} (event ${index}).`);
        const before = counts.get(engine);
        if (before !== undefined && ((seqno - before) | 0) !== 1)
          says.push(`Engine ${engine}: ${seqno} is ${verb} behind ${before} (event ${index}).`);
        counts.set(engine, seqno);
      },
    );
    return says;
  }),

  drmEntry(61, 'Ring safe', 'state', ({ drm, queue }) =>
    [...enginesOf(drm)].filter(({ started }) => started).flatMap(engine => checkRing(engine, queue)),
  ),

  drmEntry(66, 'Reset', 'trace', ({ drm }) => {
    const { trace } = drm.mm;
    if (trace.firstIndex > 0) return [];
    const says: string[] = [];
    const open = new Set<string>();
    let resets = 0;
    trace.forEachOf(
      [REQUEST_SUBMIT, REQUEST_COMPLETE, REQUEST_FAIL, ENGINE_RESET, DEV_UNPLUG],
      ({ typeId, args, index }) => {
        const key = `${args[0]}:${args[1]}`;
        if (typeId === REQUEST_SUBMIT.id) open.add(key);
        // A device that is gone takes its requests with it; their fences say ENODEV.
        else if (typeId === DEV_UNPLUG.id) forgetEngine(open, engineNumberOf(drm.machine, args[0]!));
        else if (typeId === ENGINE_RESET.id) {
          resets++;
          if (!open.has(key)) says.push(`The reset of event ${index} blames request ${key}, which is over.`);
        } else open.delete(key);
      },
    );
    if (resets === 0) return says;
    for (const engine of enginesOf(drm))
      for (const { seqno } of engine.requests) open.delete(`${engine.number}:${seqno}`);
    for (const key of open) says.push(`Request ${key} was neither completed, cancelled nor given again.`);
    return says;
  }),

  drmEntry(67, 'VRAM lost', 'trace', ({ drm }) => {
    const says: string[] = [];
    const generations = new Map<number, number>();
    /** Requests of older generations that must end with ECANCELED. */
    const must = new Set<string>();
    const open = new Set<string>();
    const types = [REQUEST_SUBMIT, REQUEST_COMPLETE, REQUEST_FAIL, VRAM_LOST, DEV_UNPLUG];
    drm.mm.trace.forEachOf(types, ({ typeId, args: [first = 0, second = 0, third = 0], index }) => {
      const key = `${first}:${second}`;
      if (typeId === REQUEST_SUBMIT.id) open.add(key);
      else if (typeId === DEV_UNPLUG.id) {
        generations.delete(first);
        for (const requests of [open, must]) forgetEngine(requests, engineNumberOf(drm.machine, first));
      } else if (typeId === VRAM_LOST.id) {
        if (second <= (generations.get(first) ?? 0))
          says.push(`Device ${first} is of generation ${second} again (event ${index}).`);
        generations.set(first, second);
        const engine = `${engineNumberOf(drm.machine, first)}:`;
        for (const request of open) if (request.startsWith(engine)) must.add(request);
      } else {
        open.delete(key);
        const cancelled = typeId === REQUEST_FAIL.id && third === ERRNO.ECANCELED;
        if (must.delete(key) && !cancelled)
          says.push(`Request ${key} of an older generation did not end with ECANCELED (event ${index}).`);
      }
    });
    for (const key of must) says.push(`Request ${key} of an older generation has not ended.`);
    return says;
  }),
];
