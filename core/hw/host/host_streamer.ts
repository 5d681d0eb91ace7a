/**
 * The command streamer in plain memory: executes a ring in slices, exactly as ring/engine_state.ts says, so that its answer is the
 * one that the GPU's streamer must give.
 *
 * Models     a legacy ring of i915 with one level of batch buffers (dossier 6.11 to 6.13)
 */
import { isLength, isOpcode, unitsOf, unitsPerSlice } from '../ring/command_check.ts';
import * as C from '../ring/commands.ts';
import * as E from '../ring/engine_state.ts';
import type { RingMemory } from './ring_memory.ts';
import { doUnits } from './ring_work.ts';

/** What a streamer has beside memory. */
export interface StreamerParts {
  readonly memory: RingMemory;
  /** Whether the machine has a TLB; `flush` then brings it up to date. */
  readonly tlb: boolean;
  readonly flush: () => void;
}

/**
 * One doorbell.
 *
 * @param state  the engine's words, changed in place
 * @param answer zeros; state, counters and fault records are written, lanes are left to the caller
 */
export function runRing(
  parts: StreamerParts,
  state: Uint32Array,
  tail: number,
  maxSlices: number,
  hangSlices: number,
  answer: Uint32Array,
): void {
  if (!E.isStopped(state[E.E_STATUS]!)) {
    const run = new Run(parts, state, tail, answer);
    run.slices(maxSlices, hangSlices);
    run.finish();
  }
  answer.set(state, 0);
}

class Run {
  /** Set by whatever is progress in this slice. */
  private progressed = false;
  private readonly memory: RingMemory;

  constructor(
    private readonly parts: StreamerParts,
    private readonly state: Uint32Array,
    private readonly tail: number,
    private readonly answer: Uint32Array,
  ) {
    this.memory = parts.memory;
  }

  slices(maxSlices: number, hangSlices: number): void {
    const { state, answer } = this;
    state[E.E_STATUS] = this.atTail() ? E.STATUS_IDLE : E.STATUS_RUNNING;
    while (this.isRunning() && answer[E.A_SLICES]! < maxSlices) {
      if (answer[E.A_COMMANDS]! + C.SLICE_COMMANDS > C.MAX_RUN_COMMANDS) return;
      answer[E.A_SLICES]!++;
      state[E.E_STATUS] = E.STATUS_RUNNING;
      this.progressed = false;
      for (let i = 0; i < C.SLICE_COMMANDS && this.step(); i++);
      if (this.isRunning() && !this.progressed) {
        state[E.E_STALLED]!++;
        if (state[E.E_STALLED]! >= hangSlices) state[E.E_STATUS] = E.STATUS_HANG;
      } else if (this.progressed) state[E.E_STALLED] = 0;
    }
  }

  /** The head goes to the status page, the records into the answer. */
  finish(): void {
    const { state, answer, memory } = this;
    memory.seqno = state[E.E_SEQNO]!;
    memory.command = answer[E.A_COMMANDS]!;
    memory.store((state[E.E_STATUS_PAGE]! + 4 * E.HWS_HEAD) >>> 0, state[E.E_HEAD]!);
    state[E.E_ACTHD] = this.position();
    answer[E.A_FAULTS] = memory.nrFaults;
    memory.writeRecords(answer, E.A_RECORDS);
  }

  private isRunning(): boolean {
    const status = this.state[E.E_STATUS]!;
    return status === E.STATUS_RUNNING || status === E.STATUS_WAITING;
  }

  private atTail(): boolean {
    const { state } = this;
    return state[E.E_IN_BATCH] === 0 && state[E.E_HEAD] === this.tail;
  }

  /** GART address of the command that comes next. */
  private position(): number {
    const { state } = this;
    return state[E.E_IN_BATCH] ? state[E.E_BATCH]! : (state[E.E_RING_BASE]! + state[E.E_HEAD]!) >>> 0;
  }

  private end(status: number): false {
    this.state[E.E_STATUS] = status;
    return false;
  }

  /** Execute the next command or a piece of it. @returns false when the slice ends with it */
  private step(): boolean {
    const { state, memory, answer } = this;
    const at = this.position();
    memory.seqno = state[E.E_SEQNO]!;
    memory.command = answer[E.A_COMMANDS]!;
    const words = this.fetch(at);
    if (words === undefined) return false;
    const units = unitsOf(words, this.parts.tlb);
    if (units < 0) return this.end(E.STATUS_BAD_COMMAND);
    const done = state[E.E_UNITS_DONE]!;
    if (done < units) return this.doPiece(words, units, done);
    return this.execute(words);
  }

  /** Read and check the command at an address; undefined when the engine stopped there. */
  private fetch(at: number): Uint32Array | undefined {
    const { state, memory } = this;
    if (this.faults(at)) return undefined;
    const header = memory.load(at, E.ACCESS_FETCH);
    if (!isOpcode(C.opcodeOf(header))) {
      this.end(E.STATUS_BAD_OPCODE);
      return undefined;
    }
    const dwords = C.dwordsOf(header);
    let fits = isLength(header);
    if (state[E.E_IN_BATCH] === 0) {
      const head = state[E.E_HEAD]!;
      const end = this.tail > head ? this.tail : state[E.E_RING_BYTES]!;
      fits &&= 4 * dwords <= end - head;
    }
    if (!fits) {
      this.end(E.STATUS_BAD_COMMAND);
      return undefined;
    }
    const words = new Uint32Array(dwords);
    words[0] = header;
    for (let i = 1; i < dwords; i++) {
      const address = (at + 4 * i) >>> 0;
      if (this.faults(address)) return undefined;
      words[i] = memory.load(address, E.ACCESS_FETCH);
    }
    return words;
  }

  /** True when a command cannot be read at an address: the engine stops. */
  private faults(address: number): boolean {
    if (!this.memory.isFault(address)) return false;
    this.memory.load(address, E.ACCESS_FETCH);
    this.end(E.STATUS_FETCH_FAULT);
    return true;
  }

  private doPiece(words: Uint32Array, units: number, done: number): false {
    const { state, answer, parts } = this;
    const flush = C.opcodeOf(words[0]!) === C.CMD_FLUSH;
    const count = Math.min(units - done, unitsPerSlice(words));
    if (flush) {
      parts.flush();
      answer[E.A_FLUSHES]!++;
    } else {
      doUnits(this.memory, words, done, count);
      answer[E.A_BYTES]! += 4 * count;
    }
    if (done + count === units) this.retire(4 * words.length);
    else {
      state[E.E_UNITS_DONE] = done + count;
      this.noteProgress(false);
    }
    return false;
  }

  /** Execute a command without (further) units. @returns false when the slice ends with it */
  private execute(words: Uint32Array): boolean {
    const { state, answer, memory } = this;
    const [header = 0, a = 0, b = 0] = words;
    const inBatch = state[E.E_IN_BATCH] !== 0;
    const bytes = 4 * words.length;
    switch (C.opcodeOf(header)) {
      case C.CMD_STORE_DWORD:
        memory.store(a, b);
        answer[E.A_BYTES]! += 4;
        if (a === (state[E.E_STATUS_PAGE]! + 4 * E.HWS_SEQNO) >>> 0) state[E.E_SEQNO] = b;
        return this.retire(bytes);
      case C.CMD_WAIT:
        if (((memory.load(a) - b) | 0) < 0) return this.end(E.STATUS_WAITING);
        return this.retire(bytes);
      case C.CMD_USER_INTERRUPT:
        answer[E.A_INTERRUPTS]!++;
        return this.retire(bytes);
      case C.CMD_FLUSH:
        answer[E.A_FLUSHES]!++;
        return this.retire(bytes);
      case C.CMD_BATCH_START:
        if (inBatch) return this.end(E.STATUS_BAD_COMMAND);
        this.retire(bytes);
        state[E.E_IN_BATCH] = 1;
        state[E.E_BATCH] = a;
        state[E.E_MAX_ACTHD] = a;
        state[E.E_MAX_UNITS] = 0;
        state[E.E_STATUS] = E.STATUS_RUNNING;
        return true;
      case C.CMD_BATCH_CHAIN:
        if (!inBatch) return this.end(E.STATUS_BAD_COMMAND);
        answer[E.A_COMMANDS]!++;
        state[E.E_UNITS_DONE] = 0;
        state[E.E_BATCH] = a;
        this.noteProgress(false);
        return true;
      case C.CMD_BATCH_END:
        if (!inBatch) return this.end(E.STATUS_BAD_COMMAND);
        return this.leaveBatch();
      default:
        return this.retire(bytes);
    }
  }

  private leaveBatch(): boolean {
    const { state, answer } = this;
    answer[E.A_COMMANDS]!++;
    state.fill(0, E.E_IN_BATCH, E.E_UNITS_DONE + 1);
    state[E.E_MAX_ACTHD] = 0;
    state[E.E_MAX_UNITS] = 0;
    this.noteProgress(true);
    return this.atTail() ? this.end(E.STATUS_IDLE) : true;
  }

  /** The command at the position is over. @returns false when the engine stands at the tail now */
  private retire(bytes: number): boolean {
    const { state, answer } = this;
    answer[E.A_COMMANDS]!++;
    state[E.E_UNITS_DONE] = 0;
    if (state[E.E_IN_BATCH]) state[E.E_BATCH]! += bytes;
    else {
      const head = state[E.E_HEAD]! + bytes;
      state[E.E_HEAD] = head === state[E.E_RING_BYTES] ? 0 : head;
    }
    this.noteProgress(false);
    return this.atTail() ? this.end(E.STATUS_IDLE) : true;
  }

  private noteProgress(leftBatch: boolean): void {
    const { state } = this;
    if (state[E.E_IN_BATCH] === 0 || leftBatch) {
      this.progressed = true;
      return;
    }
    const at = state[E.E_BATCH]!;
    const units = state[E.E_UNITS_DONE]!;
    const most = state[E.E_MAX_ACTHD]!;
    if (at < most || (at === most && units <= state[E.E_MAX_UNITS]!)) return;
    state[E.E_MAX_ACTHD] = at;
    state[E.E_MAX_UNITS] = units;
    this.progressed = true;
  }
}
