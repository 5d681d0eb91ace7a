/**
 * What an engine knows between two doorbells, and what it answers to one: the words of both.
 *
 *   slice      up to SLICE_COMMANDS commands, one after the other. A command with units of work (dwords that FILL,
 *              COPY, BLIT, DRAW_* write; FLUSH: one unit, the whole table, where the machine has a TLB, else none) has at
 *              most SLICE_UNITS of them done, and the slice ends with it; what is
 *              left of it begins the next slice, which reads the command from memory again. A WAIT that is not satisfied
 *              ends the slice, too. A command without units does not end it
 *   run        slices until the engine stands at the tail, is stopped by an error, or `maxSlices` are used. A run of a
 *              stopped engine does nothing
 *   progress   a slice that retired a ring command or did units of one, that left a batch, or in which a batch came further than
 *              ever since its BATCH_START: (address, units done) above (MAX_ACTHD, MAX_UNITS). After `hangSlices` slices in a
 *              row without progress the engine is stopped: STATUS_HANG. Models hangcheck.max_acthd of i915 (3.11 to 4.x)
 *   checks     of the command at ACTHD, in this order: its header can be read, opcode, length, it ends before tail and end of the
 *              ring, its operands can be read, operands are legal. An entry that is valid and names a page that no memory has
 *              faults on every machine
 *   end of run the head goes to dword HWS_HEAD of the status page, whatever the status; not when the engine was stopped before
 *
 * Answer     ENGINE_WORDS state afterwards, COUNTER_WORDS counters of this run, RUN_MAX_FAULTS fault records (unused ones 0),
 *            then (lane a, lane b) of each declared frame (content_hash.ts: lanes of the page) as it is after the run
 * Faults     one record per page and run: the first by (command, address, access); records sorted by (seqno as it counts up,
 *            command, address, access), that is by (command, address, access). Dropped accesses: loads read 0
 */
import type { Bytes, Pfn } from '../../base/units.ts';

/** Engines of a machine. */
export const RING_ENGINES = 4;

/** Words of an engine's state. */
export const ENGINE_WORDS = 16;
/** STATUS_*. */
export const E_STATUS = 0;
/** GART address of the ring. */
export const E_RING_BASE = 1;
export const E_RING_BYTES = 2;
/** Byte offset in the ring of the next command that is read there. */
export const E_HEAD = 3;
/** GART address of the hardware status page. */
export const E_STATUS_PAGE = 4;
/** Value of the last STORE_DWORD that went to dword HWS_SEQNO of the status page. */
export const E_SEQNO = 5;
/** 1 while commands come from a batch. */
export const E_IN_BATCH = 6;
/** GART address of the next command of the batch; 0 outside a batch. */
export const E_BATCH = 7;
/** Units done of the command at E_ACTHD. */
export const E_UNITS_DONE = 8;
/** Slices in a row without progress. */
export const E_STALLED = 9;
/** How far this batch ever came; 0 outside a batch. */
export const E_MAX_ACTHD = 10;
export const E_MAX_UNITS = 11;
/** GART address of the command that comes next, or at which the engine stopped. */
export const E_ACTHD = 12;

/** Never started, or its device was lost. */
export const STATUS_OFF = 0;
/** Stands at the tail. */
export const STATUS_IDLE = 1;
/** The slices were used up. */
export const STATUS_RUNNING = 2;
/** The slices were used up at a WAIT that is not satisfied. */
export const STATUS_WAITING = 3;
/** From here on the engine is stopped until ringStart(). */
export const STATUS_HANG = 4;
export const STATUS_BAD_OPCODE = 5;
/** Known opcode, wrong length, operands, place (nested batch, BATCH_END outside one), or over the tail or end of the ring. */
export const STATUS_BAD_COMMAND = 6;
/** A command was to be read through an unbound entry of a machine where that is invalid. */
export const STATUS_FETCH_FAULT = 7;

/** By STATUS_*; for sentences and views. */
export const STATUS_WORDS: readonly string[] = [
  'off',
  'idle',
  'running',
  'waiting',
  'hang',
  'bad opcode',
  'bad command',
  'fetch fault',
];

/** Words of the counters of a run, behind the engine's state. */
export const COUNTER_WORDS = 8;
export const A_SLICES = ENGINE_WORDS;
/** Commands retired. A fault record's command index is this count when its command was begun. */
export const A_COMMANDS = ENGINE_WORDS + 1;
/** Bytes that commands wrote or meant to write (dropped ones count); modulo 2^32. */
export const A_BYTES = ENGINE_WORDS + 2;
/** USER_INTERRUPTs. */
export const A_INTERRUPTS = ENGINE_WORDS + 3;
/** FLUSHes retired. */
export const A_FLUSHES = ENGINE_WORDS + 4;
/** Pages with a fault; may be more than there are records. */
export const A_FAULTS = ENGINE_WORDS + 5;

/** First fault record of an answer. */
export const A_RECORDS = ENGINE_WORDS + COUNTER_WORDS;
/** Records of an answer; faults beyond them are only counted. */
export const RUN_MAX_FAULTS = 64;
/** Words of a record: [seqno (E_SEQNO when the command was begun), command index, GART address of the dword, access]. */
export const FAULT_WORDS = 4;
export const ACCESS_READ = 0;
export const ACCESS_WRITE = 1;
/** A command was read. */
export const ACCESS_FETCH = 2;
/** First lane of an answer. */
export const A_LANES = A_RECORDS + RUN_MAX_FAULTS * FAULT_WORDS;

/** Words of the answer to a run that may write so many frames. */
export function runAnswerWords(nrFrames: number): number {
  return A_LANES + 2 * nrFrames;
}

/** Dwords of the hardware status page. */
export const HWS_HEAD = 4;
export const HWS_SEQNO = 0x20;

/** Where an engine's ring and status page lie. */
export interface RingSetup {
  /** Below RING_ENGINES. */
  readonly engine: number;
  /** GART address of the ring; whole pages. */
  readonly base: number;
  readonly bytes: Bytes;
  /** Byte offset in the ring at which the engine begins. */
  readonly head: number;
  /** GART address of the hardware status page. */
  readonly statusPage: number;
}

/** One doorbell. */
export interface RingRun {
  readonly engine: number;
  /** Byte offset in the ring behind the last command; below the ring's size. */
  readonly tail: number;
  /** Slices that may be used. */
  readonly maxSlices: number;
  /** Slices in a row without progress that are a hang. */
  readonly hangSlices: number;
  /**
   * Frames of VRAM and MIRROR that the commands may write, each once: the status page's always, the targets of all commands up to
   * the tail. A write to another frame is found when that frame is verified.
   */
  readonly mayWrite: ArrayLike<Pfn>;
}

/** A fault record of an answer. */
export interface FaultRecord {
  readonly seqno: number;
  readonly command: number;
  readonly address: number;
  readonly access: number;
}

/** The fault records of an answer, in its order. */
export function faultRecords(answer: Uint32Array): FaultRecord[] {
  const count = Math.min(answer[A_FAULTS]!, RUN_MAX_FAULTS);
  return Array.from({ length: count }, (_, i) => {
    const at = A_RECORDS + i * FAULT_WORDS;
    return {
      seqno: answer[at]!,
      command: answer[at + 1]!,
      address: answer[at + 2]!,
      access: answer[at + 3]!,
    };
  });
}

/** True for a status that only ringStart() ends. */
export function isStopped(status: number): boolean {
  return status === STATUS_OFF || status >= STATUS_HANG;
}
