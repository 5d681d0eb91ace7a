/**
 * Words of the two buffers that the streamer's shaders share.
 *
 *   state   engines (ring/engine_state.ts), the doorbell that is being executed, its counters, its faults. 32-bit words, all
 *           of them atomic in WGSL
 *   work    arguments of the indirect dispatch, then the piece of work that `fetch` prepared: storage for `fetch`, a uniform
 *           for `execute`, so that one buffer can be both at once
 */
import { STREAMER_STATE_WORDS, STREAMER_WORK_BYTES } from '../expected_bytes.ts';
import { MAX_COMMAND_DWORDS } from '../ring/commands.ts';
import { COUNTER_WORDS, ENGINE_WORDS, RING_ENGINES } from '../ring/engine_state.ts';
import { FAULT_LIST_WORDS, FAULT_PAGE_WORDS } from './gart_wgsl.ts';

/** The doorbell: engine, tail, slices, hang slices, PHASE_*. */
export const S_ENGINE = RING_ENGINES * ENGINE_WORDS;
export const S_TAIL = S_ENGINE + 1;
export const S_MAX_SLICES = S_ENGINE + 2;
export const S_HANG_SLICES = S_ENGINE + 3;
export const S_PHASE = S_ENGINE + 4;
/** Counters of the run, in the order of A_SLICES and following. */
export const S_COUNTERS = S_ENGINE + 8;
/** Commands with faults: (command, seqno). */
export const S_FAULT_LIST = S_COUNTERS + COUNTER_WORDS;
/** Words up to here are read back after each submit. */
export const S_HEAD_WORDS = S_FAULT_LIST + FAULT_LIST_WORDS;
/** Faults by page. */
export const S_FAULT_PAGES = STREAMER_STATE_WORDS - FAULT_PAGE_WORDS;

/** Nothing (more) to do. */
export const PHASE_DONE = 0;
/** The doorbell was just rung. */
export const PHASE_BEGIN = 1;
/** Another slice comes. */
export const PHASE_SLICE = 2;
/** The last slice is over; the head must go to the status page. */
export const PHASE_FINISH = 3;

/** Of the work buffer: three arguments of the dispatch, then these. */
export const W_UNITS = 3;
/** First unit of the piece. */
export const W_FROM = 4;
export const W_COMMAND = 5;
export const W_SEQNO = 6;
/** First dword of the command. */
export const W_WORDS = 8;
export const WORK_WORDS = W_WORDS + MAX_COMMAND_DWORDS;

if (S_HEAD_WORDS > S_FAULT_PAGES || WORK_WORDS * 4 !== STREAMER_WORK_BYTES)
  throw new Error('The words of the streamer do not fit its buffers.');
