/**
 * The hot paths of the model on this machine's CPU, measured in this process; `bench` runs it in several fresh ones.
 *
 * Units      nanoseconds per operation; the minimum over ROUNDS, after rounds that only warm the compiler
 */
import { SeededRandom } from '../base/random.ts';
import { CommandQueue } from '../hw/command_queue.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import {
  faultAroundWorkload,
  firstWriteWorkload,
  type MmWorkload,
  mmapMunmapWorkload,
  shootDownWorkload,
} from '../mm/bench_workloads.ts';
import { ZAP_VMA } from '../trace/events/mm.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';

/** Names in the order of the output. */
export const CPU_METRICS = [
  'faultNs',
  'faultAroundNsPerPte',
  'zapNsPerPte',
  'mmapMunmapDistinctNs',
  'mmapMunmapEqualNs',
  'eventNs',
  'calibrationNs',
] as const;
export type CpuMetric = (typeof CPU_METRICS)[number];
export type CpuNumbers = Record<CpuMetric, number>;

const WARM_UP = 5;
const ROUNDS = 30;
const EVENTS = 200_000;
const STEPS = 1_000_000;

/** Nanoseconds of one operation: the fastest of all rounds. */
function measure(workload: MmWorkload): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    workload.reset();
    const begin = process.hrtime.bigint();
    workload.run();
    const taken = Number(process.hrtime.bigint() - begin) / workload.operations;
    if (round >= WARM_UP) best = Math.min(best, taken);
  }
  return best;
}

/** An event with its digest. */
function eventWorkload(): MmWorkload {
  const trace = new TraceBuffer(131_072);
  return {
    name: 'one event with its digest',
    operations: EVENTS,
    unit: 'event',
    reset: () => undefined,
    run: () => {
      for (let i = 0; i < EVENTS; i++) trace.emit(ZAP_VMA, i, 2, 3, 4, 5);
    },
  };
}

/** One step of the model's random generator: how fast this machine is at integer work, to compare machines. */
function calibrationWorkload(): MmWorkload {
  const random = new SeededRandom(1);
  return {
    name: 'one random number',
    operations: STEPS,
    unit: 'step',
    reset: () => undefined,
    run: () => {
      for (let i = 0; i < STEPS; i++) random.next();
    },
  };
}

/** Measure everything once. */
export function benchCpu(description: MachineDescription): CpuNumbers {
  const plane = () => new CommandQueue(description);
  return {
    calibrationNs: measure(calibrationWorkload()),
    faultNs: measure(firstWriteWorkload(plane())),
    faultAroundNsPerPte: measure(faultAroundWorkload(plane())),
    zapNsPerPte: measure(shootDownWorkload(plane())),
    mmapMunmapDistinctNs: measure(mmapMunmapWorkload(plane(), false)),
    mmapMunmapEqualNs: measure(mmapMunmapWorkload(plane(), true)),
    eventNs: measure(eventWorkload()),
  };
}
