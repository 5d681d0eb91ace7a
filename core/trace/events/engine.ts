/**
 * Tracepoints of rings and engines: doorbells and their answers, faults, hangs, resets, relocations, the console. Linux has none of
 * these names; what i915 calls its events about requests stands beside them.
 */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './i915.ts';

/** Kinds of access of a fault; numbers of hw/ring/engine_state.ts. */
const ACCESS_WORDS = ['read', 'write', 'fetch'] as const;
/** What an engine says it does; numbers of hw/ring/engine_state.ts. */
const STATUS_WORDS = [
  'off',
  'idle',
  'running',
  'waiting',
  'hang',
  'bad opcode',
  'bad command',
  'fetch fault',
] as const;
/** Why an access faulted, as the driver finds out. */
export const FAULT_CAUSES = ['nothing is bound there', 'bad entry', 'stale translation'] as const;
export type FaultCause = (typeof FAULT_CAUSES)[number];

/** An engine begins at a head; addresses and sizes in bytes of the GART. */
export const RING_START = declareEvent('lab_engine:ring_start', [
  'engine',
  'ringAddress',
  'ringBytes',
  'head',
  'statusAddress',
]);
/** The end of the ring did not hold a request: it is filled with NOPs. */
export const RING_WRAP = declareEvent('lab_engine:ring_wrap', ['engine', 'from', 'nops']);
/** A request waits for space. */
export const RING_FULL = declareEvent('lab_engine:ring_full', [
  'engine',
  'neededBytes',
  'spaceBytes',
  'waitSeqno',
]);
/** A doorbell: commands from `start` to `tail` belong to the request. */
export const REQUEST_SUBMIT = declareEvent('lab_engine:request_submit', [
  'engine',
  'seqno',
  'start',
  'tail',
  'nrObjects',
]);
/** The status page says that a request is over. */
export const REQUEST_COMPLETE = declareEvent('lab_engine:request_complete', [
  'engine',
  'seqno',
  'commands',
  'bytes',
  'slices',
]);
/** A request ends with an error: it hung, faulted, or was cancelled with a reset. */
export const REQUEST_FAIL = declareEvent('lab_engine:request_fail', ['engine', 'seqno', 'errno']);
/** The head has passed a request: its part of the ring is free. */
export const REQUEST_RETIRE = declareEvent('lab_engine:request_retire', ['engine', 'seqno', 'head']);
/** User interrupts of a request. */
export const USER_INTERRUPT = declareEvent('lab_engine:user_interrupt', ['engine', 'seqno', 'count']);
/** An access by GART address found no page; one event a page and doorbell. */
export const GPU_FAULT = declareEvent(
  'lab_engine:gpu_fault',
  ['engine', 'seqno', 'address', 'access', 'cause'],
  { access: ACCESS_WORDS, cause: FAULT_CAUSES },
);
/** An entry of the GART was not what its binding says; it is written again. */
export const GART_REPAIR = declareEvent('lab_engine:gart_repair', ['objectId', 'entry', 'was', 'is']);
/** Translations of the engine are read anew because one was stale. */
export const TLB_REPAIR = declareEvent('lab_engine:tlb_repair', ['objectId', 'entry']);
/** An engine stopped; `address` of the command at which it stands. */
export const ENGINE_STOP = declareEvent(
  'lab_engine:engine_stop',
  ['engine', 'seqno', 'address', 'status', 'slices'],
  { status: STATUS_WORDS },
);
/** An engine was reset; requests behind the guilty one run again or are cancelled. */
export const ENGINE_RESET = declareEvent('lab_engine:engine_reset', [
  'engine',
  'guiltySeqno',
  'replayed',
  'cancelled',
  'resets',
]);
/** A request that did nothing wrong runs again after a reset. */
export const REQUEST_REPLAY = declareEvent('lab_engine:request_replay', ['engine', 'seqno']);
/** Contents of VRAM are lost; requests of older generations end with ECANCELED. */
export const VRAM_LOST = declareEvent('lab_engine:vram_lost', [
  'device',
  'generation',
  'nrObjects',
  'nrPages',
]);
/** The engine is given up: every request ends with EIO. */
export const ENGINE_WEDGED = declareEvent('lab_engine:engine_wedged', ['engine', 'cancelled']);
/** An address was written into a batch. */
export const RELOCATION = declareEvent('lab_engine:relocation', [
  'objectId',
  'offset',
  'targetId',
  'address',
  'presumed',
]);
/** A line of text went to the console. */
export const CONSOLE_LINE = declareEvent('lab_console:line', ['objectId', 'row', 'characters']);
/** The cursor shows an object at a place; objectId 0: it is hidden. */
export const CURSOR = declareEvent('lab_console:cursor', ['device', 'objectId', 'x', 'y']);
