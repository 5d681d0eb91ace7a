/**
 * The engines of the host machine: their registers, the TLB that they share, and the doorbell.
 */
import type { CommandQueue } from '../command_queue.ts';
import type { MachineDescription } from '../machine_description.ts';
import { type BatchRequest, generateSlot, SLOT_BYTES } from '../ring/batch_generator.ts';
import { A_FAULTS, A_LANES, ENGINE_WORDS, RING_ENGINES } from '../ring/engine_state.ts';
import { type EngineTable, startEngine } from '../ring/engine_table.ts';
import { learnOnHost, type Memories } from './host_executor.ts';
import { runRing } from './host_streamer.ts';
import { RingMemory } from './ring_memory.ts';

export class HostEngines {
  private readonly words = new Uint32Array(RING_ENGINES * ENGINE_WORDS);
  private readonly tlb: Uint32Array | undefined;

  /** @param gart the machine's table; read at every access of a machine without a TLB */
  constructor(
    private readonly machine: MachineDescription,
    private readonly memories: Memories,
    private readonly gart: Uint32Array,
  ) {
    this.tlb = machine.tlb ? new Uint32Array(gart.length) : undefined;
  }

  private stateOf(engine: number): Uint32Array {
    return this.words.subarray(engine * ENGINE_WORDS, (engine + 1) * ENGINE_WORDS);
  }

  /** OP_RING_START */
  start(queue: CommandQueue, engine: number, setup: number): void {
    startEngine(this.stateOf(engine), queue.lists, setup);
  }

  /** OP_RING_RUN */
  run(queue: CommandQueue, ticket: number, list: number, nrFrames: number): void {
    const { machine, memories, tlb, gart } = this;
    const [engine = 0, tail = 0, maxSlices = 0, hangSlices = 0] = queue.lists.subarray(list, list + 4);
    const answer = queue.answerSlot(ticket);
    const parts = {
      memory: new RingMemory(machine, memories, tlb ?? gart),
      tlb: tlb !== undefined,
      flush: () => this.flush(),
    };
    runRing(parts, this.stateOf(engine), tail, maxSlices, hangSlices, answer);
    queue.faultsSinceMark += answer[A_FAULTS]!;
    for (let i = 0; i < nrFrames; i++)
      learnOnHost(memories, queue.lists[list + 4 + i]!, answer.subarray(A_LANES + 2 * i));
  }

  /** Machine.generateBatch() */
  generate(request: BatchRequest): void {
    const memory = new RingMemory(this.machine, this.memories, this.gart);
    for (let slot = 0; slot < request.slots; slot++) {
      generateSlot(request, slot).forEach((word, i) => {
        memory.store(request.address + slot * SLOT_BYTES + 4 * i, word);
      });
    }
  }

  /** OP_GART_FLUSH */
  flush(): void {
    this.tlb?.set(this.gart);
  }

  /** Registers and TLB become those of a restored queue. */
  restore(table: EngineTable): void {
    for (let engine = 0; engine < RING_ENGINES; engine++) this.stateOf(engine).set(table.stateOf(engine));
    this.tlb?.set(table.tlb);
  }
}
