/**
 * The engines of a machine as the control plane knows them after a barrier, and the table that their TLB holds: what a
 * machine is refilled from after a restore.
 *
 * Invariants I1 changes only at a barrier, in the order of the queue's commands
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import * as Q from '../command_ops.ts';
import type { CommandQueue } from '../command_queue.ts';
import type { MachineDescription } from '../machine_description.ts';
import {
  A_FLUSHES,
  E_ACTHD,
  E_HEAD,
  E_RING_BASE,
  E_RING_BYTES,
  E_STATUS,
  E_STATUS_PAGE,
  ENGINE_WORDS,
  RING_ENGINES,
  type RingRun,
  type RingSetup,
  STATUS_IDLE,
} from './engine_state.ts';

export class EngineTable {
  private readonly words = new Uint32Array(RING_ENGINES * ENGINE_WORDS);
  /** Entries as the streamer's TLB holds them; empty on a machine without one. */
  readonly tlb: Uint32Array;
  /** Bytes of each engine's ring as the last ringStart() said; known at once, for checks of doorbells. */
  private readonly ringBytes: number[] = new Array(RING_ENGINES).fill(0);
  /** Entries written since the last flush, by index. */
  private readonly unflushed = new Map<number, number>();

  constructor(private readonly machine: MachineDescription) {
    this.tlb = new Uint32Array(machine.tlb ? machine.gartEntries : 0);
  }

  /** The queue is told of a ringStart(). @throws ModelBug for registers that no engine can have */
  announce({ engine, base, bytes, head, statusPage }: RingSetup): void {
    invariant(
      engine >= 0 && engine < RING_ENGINES && this.machine.gartEntries > 0,
      () => `The machine ${this.machine.name} has no ring engine ${engine}.`,
    );
    invariant(
      base % PAGE_SIZE === 0 && bytes % PAGE_SIZE === 0 && statusPage % PAGE_SIZE === 0,
      () => `A ring of ${bytes} bytes at ${base} with its status page at ${statusPage} is not whole pages.`,
    );
    invariant(
      head % 4 === 0 && head < bytes,
      () => `The head ${head} does not lie in a ring of ${bytes} bytes.`,
    );
    this.ringBytes[engine] = bytes;
  }

  /** @throws ModelBug for a doorbell that no kernel may ring */
  checkRun({ engine, tail, hangSlices }: RingRun): void {
    const bytes = this.ringBytes[engine] ?? 0;
    invariant(
      tail % 4 === 0 && tail < bytes,
      () => `The tail ${tail} does not lie in the ring of engine ${engine} (${bytes} bytes).`,
    );
    invariant(hangSlices > 0, () => 'A doorbell that calls no slices a hang cannot be rung.');
  }

  /** The state of an engine; a view. */
  stateOf(engine: number): Uint32Array {
    return this.words.subarray(engine * ENGINE_WORDS, (engine + 1) * ENGINE_WORDS);
  }

  /** Follow the commands of a batch that has been executed. */
  settle(queue: CommandQueue): void {
    const { commands, lists } = queue;
    const end = queue.nrCommands * Q.COMMAND_WORDS;
    for (let at = 0; at < end; at += Q.COMMAND_WORDS) {
      switch (commands[at]) {
        case Q.OP_RING_START:
          startEngine(this.stateOf(commands[at + 1]!), lists, commands[at + 2]!);
          break;
        case Q.OP_RING_RUN: {
          const answer = queue.answerSlot(commands[at + 1]!);
          this.stateOf(lists[commands[at + 2]!]!).set(answer.subarray(0, ENGINE_WORDS));
          if (answer[A_FLUSHES]! > 0) this.flush();
          break;
        }
        case Q.OP_GART_FLUSH:
          this.flush();
          break;
        case Q.OP_GART_WRITE:
          if (this.tlb.length > 0) this.write(commands[at + 1]!, lists, commands[at + 2]!, commands[at + 3]!);
      }
    }
  }

  /** The registers of all engines are gone: every one must be started anew. */
  deviceLost(): void {
    this.words.fill(0);
  }

  private write(first: number, lists: Uint32Array, from: number, count: number): void {
    for (let i = 0; i < count; i++) this.unflushed.set(first + i, lists[from + i]!);
  }

  private flush(): void {
    for (const [index, entry] of this.unflushed) this.tlb[index] = entry;
    this.unflushed.clear();
  }
}
snapshotClass(EngineTable, 'hw.EngineTable');

/** Bring an engine's state to what ringStart() says; `setup` holds (base, bytes, head, status page) from word `at` on. */
export function startEngine(state: Uint32Array, setup: Uint32Array, at: number): void {
  state.fill(0);
  state[E_STATUS] = STATUS_IDLE;
  state[E_RING_BASE] = setup[at]!;
  state[E_RING_BYTES] = setup[at + 1]!;
  state[E_HEAD] = setup[at + 2]!;
  state[E_STATUS_PAGE] = setup[at + 3]!;
  state[E_ACTHD] = setup[at]! + setup[at + 2]!;
}
