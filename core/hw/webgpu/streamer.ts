/**
 * The command streamer on the GPU: pairs of `fetch` (one thread decodes a slice) and `execute` (the slice's units of work),
 * recorded by the number; what they leave in the state buffer is read back and says whether the run is over.
 *
 * Units      slices; words of streamer_layout.ts
 * Invariants I1 the words up to S_HEAD_WORDS are all that a run without faults must be asked for
 *            I2 the words of faults by page are zeros when a run begins
 */
import { invariant } from '../../base/invariant.ts';
import { PAGE_SIZE, type Pages } from '../../base/units.ts';
import {
  STREAMER_STATE_WORDS,
  STREAMER_WORK_BYTES,
  streamerBytes,
  vramHeapSizes,
} from '../expected_bytes.ts';
import type { MachineDescription } from '../machine_description.ts';
import * as E from '../ring/engine_state.ts';
import { startEngine } from '../ring/engine_table.ts';
import type { BatchRecorder } from './batch_recorder.ts';
import { faultKeyOf, type GartShape } from './gart_wgsl.ts';
import { type GpuDeviceProxy, USAGE } from './gpu_device_proxy.ts';
import type { GpuMemory } from './gpu_memory.ts';
import { executeShader } from './streamer_execute_wgsl.ts';
import { fetchShader } from './streamer_fetch_wgsl.ts';
import * as S from './streamer_layout.ts';

/** Bytes of the words that are read back after each submit of slices. */
export const RUN_READ_BYTES = S.S_HEAD_WORDS * 4;
/** Bytes of the words of faults by page. */
export const FAULT_PAGES_BYTES = (STREAMER_STATE_WORDS - S.S_FAULT_PAGES) * 4;

/** Memory of a machine as its display and other readers of the table itself see it. */
export function gartShape(machine: MachineDescription): GartShape {
  return {
    heapBytes: vramHeapSizes(machine),
    mirrorBytes: machine.ttBytes,
    nrEntries: machine.gartEntries,
    firstEntry: 0,
    data: 'read',
    table: 'read',
    unbound: machine.unboundEntry,
    faultLog: undefined,
  };
}

/** Its buffers in binding order. */
export function gartBuffers(memory: GpuMemory, table: GPUBuffer): GPUBuffer[] {
  return memory.mirrorHeap === undefined
    ? [...memory.heaps, table]
    : [...memory.heaps, memory.mirrorHeap, table];
}

interface Stage {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
}

export class Streamer {
  readonly state: GPUBuffer;
  private readonly work: GPUBuffer;
  private stages: Promise<[Stage, Stage]> | undefined;
  /** Pages had faults in the last run: their words must be cleared before the next. */
  private hadFaults = false;

  constructor(
    private readonly machine: MachineDescription,
    private readonly proxy: GpuDeviceProxy,
    private readonly memory: GpuMemory,
    private readonly table: GPUBuffer,
  ) {
    const usage = USAGE.STORAGE | USAGE.COPY_DST | USAGE.COPY_SRC;
    this.state = proxy.createBuffer('engine', STREAMER_STATE_WORDS * 4, usage, 'engine state');
    const workUsage = USAGE.STORAGE | USAGE.UNIFORM | USAGE.INDIRECT;
    this.work = proxy.createBuffer('engine', STREAMER_WORK_BYTES, workUsage, 'streamer work');
  }

  /** Compile the shaders, at the first run of a device. */
  prepare(): Promise<[Stage, Stage]> {
    this.stages ??= this.createStages();
    return this.stages;
  }

  private async createStages(): Promise<[Stage, Stage]> {
    const { machine, memory } = this;
    const { device } = this.proxy;
    const tlb = machine.tlb === true;
    const shape: GartShape = {
      ...gartShape(machine),
      firstEntry: tlb ? machine.gartEntries : 0,
      data: 'read_write',
      faultLog: {
        array: 'state',
        countWord: S.S_COUNTERS + E.A_FAULTS - E.ENGINE_WORDS,
        listWord: S.S_FAULT_LIST,
        pagesWord: S.S_FAULT_PAGES,
      },
    };
    const entries = [...gartBuffers(memory, this.table), this.state, this.work].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    }));
    const create = async (label: string, code: string): Promise<Stage> => {
      const pipeline = await device.createComputePipelineAsync({
        label,
        layout: 'auto',
        compute: { module: device.createShaderModule({ label, code }), entryPoint: 'main' },
      });
      return { pipeline, group: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }) };
    };
    return Promise.all([
      create('streamer fetch', fetchShader(shape, tlb)),
      create('streamer execute', executeShader({ ...shape, table: tlb ? 'read_write' : 'read' }, tlb)),
    ]);
  }

  /** Record ringStart(): base, bytes, head and status page are the words from `at` on. */
  start(recorder: BatchRecorder, engine: number, setup: Uint32Array, at: number): void {
    const state = new Uint32Array(E.ENGINE_WORDS);
    startEngine(state, setup, at);
    this.writeEngine(recorder, engine, state);
  }

  /** Record an engine's registers. */
  writeEngine(recorder: BatchRecorder, engine: number, state: Uint32Array): void {
    recorder.writeTable(this.state, engine * E.ENGINE_WORDS, state);
  }

  /** Record the bell: engine, tail, slices, slices of a hang; the slices follow. */
  begin(recorder: BatchRecorder, doorbell: Uint32Array): void {
    const words = new Uint32Array(S.S_HEAD_WORDS - S.S_ENGINE);
    words.set(doorbell.subarray(0, 4));
    words[S.S_PHASE - S.S_ENGINE] = S.PHASE_BEGIN;
    recorder.writeTable(this.state, S.S_ENGINE, words);
    if (this.hadFaults) recorder.clearRange(this.state, S.S_FAULT_PAGES * 4, FAULT_PAGES_BYTES);
    this.hadFaults = false;
  }

  /** Record slices; prepare() has been awaited. */
  slices(recorder: BatchRecorder, [fetch, execute]: readonly [Stage, Stage], count: number): void {
    recorder.compute(pass => {
      for (let i = 0; i < count; i++) {
        pass.setPipeline(fetch.pipeline);
        pass.setBindGroup(0, fetch.group);
        pass.dispatchWorkgroups(1);
        pass.setPipeline(execute.pipeline);
        pass.setBindGroup(0, execute.group);
        pass.dispatchWorkgroupsIndirect(this.work, 0);
      }
    });
  }

  /** True when the run whose head words these are is over. */
  isOver(head: Uint32Array): boolean {
    return head[S.S_PHASE] === S.PHASE_DONE;
  }

  /** Pages with a fault in the run so far. */
  nrFaults(head: Uint32Array): Pages {
    const faults = head[S.S_COUNTERS + E.A_FAULTS - E.ENGINE_WORDS]!;
    this.hadFaults ||= faults > 0;
    return faults;
  }

  /** The answer's state and counters. */
  fillAnswer(head: Uint32Array, answer: Uint32Array): void {
    const engine = head[S.S_ENGINE]! * E.ENGINE_WORDS;
    answer.set(head.subarray(engine, engine + E.ENGINE_WORDS), 0);
    answer.set(head.subarray(S.S_COUNTERS, S.S_COUNTERS + E.COUNTER_WORDS), E.ENGINE_WORDS);
  }

  dispose(): void {
    this.proxy.destroyBuffer(this.state);
    this.proxy.destroyBuffer(this.work);
  }
}

/** The streamer of a machine; undefined where it can have none. */
export function createStreamer(
  machine: MachineDescription,
  proxy: GpuDeviceProxy,
  memory: GpuMemory,
  table: GPUBuffer | undefined,
): Streamer | undefined {
  if (streamerBytes(machine, memory.layout) === 0 || table === undefined) return undefined;
  return new Streamer(machine, proxy, memory, table);
}

/**
 * The answer's fault records, sorted by (command, address, access).
 *
 * @param pages the words of faults by page
 */
export function writeFaultRecords(head: Uint32Array, pages: Uint32Array, answer: Uint32Array): void {
  const records: { seqno: number; command: number; address: number; access: number }[] = [];
  pages.forEach((word, page) => {
    if (word === 0) return;
    const { command, byte, access } = faultKeyOf(word);
    records.push({ seqno: 0, command, address: page * PAGE_SIZE + byte, access });
  });
  records.sort((a, b) => a.command - b.command || a.address - b.address || a.access - b.access);
  const seqnos = new Map<number, number>();
  for (let i = 0; i < Math.min(records.length, E.RUN_MAX_FAULTS); i++)
    seqnos.set(head[S.S_FAULT_LIST + 2 * i]!, head[S.S_FAULT_LIST + 2 * i + 1]!);
  records.slice(0, E.RUN_MAX_FAULTS).forEach(({ command, address, access }, i) => {
    const seqno = seqnos.get(command);
    invariant(
      seqno !== undefined,
      () => `The command ${command} faulted, but its sequence number is unknown.`,
    );
    answer.set([seqno, command, address, access], E.A_RECORDS + i * E.FAULT_WORDS);
  });
}
