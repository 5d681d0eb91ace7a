/**
 * What recording costs, and how fast a large recorded session is gone through: runs with and without a recorder in turn, then seeks
 * to positions all over a file of many events.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHostMachine } from '../hw/host/host_machine.ts';
import type { Machine } from '../hw/machine.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { eventfulInputs } from '../lab/eventful_inputs.ts';
import { medianInterval, quantile } from '../lab/profile/statistics.ts';
import { runScenario } from '../lab/run_scenario.ts';
import { sessionHeader } from '../lab/session_of_scenario.ts';
import '../session/calls/all.ts';
import type { ByteSink } from '../session/file/container_writer.ts';
import { Player } from '../session/player.ts';
import { openRecorded } from '../session/recorded_ports.ts';
import { RecordedSession } from '../session/recorded_session.ts';
import { recordedBy, SessionRecorder } from '../session/recorder.ts';
import { versionOf } from './app_version.ts';
import { loadMachine, loadScenario } from './assets.ts';
import { createFileSink, openFileSource } from './byte_files.ts';

/** Pairs of runs of the scenes, and of eventfulInputs with so many rounds (about 2200 events a round). */
const PAIRS = 31;
const WORST_PAIRS = 15;
const SCENES = ['evict-refault', 'thrash', 'who-holds-this-buffer'];
const ROUNDS = 150;
const EVENTS_PER_ROUND = 2150;
/** Moments gone to, spread over the session by a fixed step that shares no factor with their number. */
const SEEKS = 100;
const SEEK_STEP = 37;

export interface SessionNumbers {
  /** Median of (with recording / without - 1) over whole runs of scenes, and where the true one lies with a chance of 95 %. */
  readonly recordCost: number;
  readonly recordCostInterval: readonly [number, number];
  readonly pairs: number;
  /** The same for inputs that make events as fast as the model can, without the checks of a scene: the worst case. */
  readonly worstCost: number;
  readonly worstCostInterval: readonly [number, number];
  readonly bytesPerEvent: number;
  readonly events: number;
  readonly keyframes: number;
  readonly bigBytesPerEvent: number;
  /** Executing all of it, in ms, and one seek, in ms. */
  readonly executeMs: number;
  readonly seekMedianMs: number;
  readonly seekP95Ms: number;
  readonly seekMostMs: number;
  /** The first one of the process: nothing is compiled yet. It counts in the others as well. */
  readonly seekFirstMs: number;
  /** A seek as a part of executing everything. */
  readonly seekShare: number;
}

const digits = (value: number) => Number(value.toPrecision(3));

const newRecorder = (sink: ByteSink, machine: Machine) =>
  new SessionRecorder(sink, {
    header: sessionHeader({ id: 'bench', title: 'bench', seed: 1 }, machine, versionOf(), []),
    nowMs: () => performance.now(),
    breathe: () => new Promise(resolve => setImmediate(resolve)),
  });

/** One run; with a path it is recorded there. @returns its wall time in ms and its events */
async function runOnce(
  description: MachineDescription,
  rounds: number,
  path: string | null,
): Promise<{ readonly ms: number; readonly events: number }> {
  const machine = createHostMachine(description);
  const sink = path === null ? null : createFileSink(path);
  const recorder = sink && newRecorder(sink, machine);
  const player = new Player(bootKernel(description), machine);
  await recorder?.begin();
  const began = performance.now();
  await player.play(eventfulInputs(rounds), {
    collect: false,
    ...(recorder && recordedBy(recorder, player)),
  });
  const ms = performance.now() - began;
  // What is left to be written after the run is not part of it.
  await recorder?.finish(player);
  sink?.close();
  await machine.dispose();
  return { ms, events: player.kernel.trace.count };
}

/** A scene with its checks; with a path it is recorded there. @returns wall time in ms */
async function sceneOnce(id: string, path: string | null): Promise<number> {
  const scenario = loadScenario(id);
  const machine = createHostMachine(loadMachine(scenario.machine));
  const sink = path === null ? null : createFileSink(path);
  const recorder = sink && newRecorder(sink, machine);
  const began = performance.now();
  await runScenario(scenario, { machine, ...(recorder && { recorder }) });
  const ms = performance.now() - began;
  sink?.close();
  return ms;
}

/**
 * Ratios of pairs, less one: the sum over some runs with recording to the sum over the same without. The two of a run follow each other,
 * so that both have the same machine; which one goes first changes from run to run and from pair to pair, so that neither is favoured.
 */
async function costsOf(
  pairs: number,
  runs: readonly ((recorded: boolean) => Promise<number>)[],
  onStep: () => void,
): Promise<number[]> {
  const costs: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const ms = { with: 0, without: 0 };
    for (const [i, run] of runs.entries()) {
      for (const recorded of (pair + i) % 2 === 0 ? [false, true] : [true, false])
        ms[recorded ? 'with' : 'without'] += await run(recorded);
    }
    costs.push(ms.with / ms.without - 1);
    onStep();
  }
  return costs;
}

async function seeks(
  path: string,
  description: MachineDescription,
): Promise<{ readonly ms: number[]; readonly firstMs: number; readonly keyframes: number }> {
  const source = openFileSource(path);
  const session = await openRecorded(await RecordedSession.open(source), {
    createMachine: async () => createHostMachine(description),
    boot: machine => bootKernel(machine.description),
  });
  const keyframes = session.keyframes.all().length;
  const ms: number[] = [];
  for (let i = 0; i < SEEKS; i++) {
    const part = ((i * SEEK_STEP) % SEEKS) / SEEKS + 0.5 / SEEKS;
    const began = performance.now();
    await session.seek(Math.floor(part * session.inputs.length));
    ms.push(performance.now() - began);
  }
  await session.close();
  source.close();
  return { firstMs: ms[0]!, ms, keyframes };
}

/** @param events of the large session */
export async function benchSession(
  description: MachineDescription,
  events: number,
  onStep: () => void,
): Promise<SessionNumbers> {
  const folder = mkdtempSync(join(tmpdir(), 'gart-lab-bench-'));
  try {
    const path = join(folder, 'bench.gartlab');
    await runOnce(description, ROUNDS, path);
    for (const id of SCENES) await sceneOnce(id, null);
    const costs = await costsOf(
      PAIRS,
      SCENES.map(id => recorded => sceneOnce(id, recorded ? path : null)),
      onStep,
    );
    const worst = await costsOf(
      WORST_PAIRS,
      [async recorded => (await runOnce(description, ROUNDS, recorded ? path : null)).ms],
      onStep,
    );
    const [cost, worstCost] = [medianInterval(costs)!, medianInterval(worst)!];
    const { events: smallEvents } = await runOnce(description, ROUNDS, path);
    const small = statSync(path).size / smallEvents;
    const big = await runOnce(description, Math.ceil(events / EVENTS_PER_ROUND), path);
    onStep();
    const { ms, firstMs, keyframes } = await seeks(path, description);
    onStep();
    return {
      recordCost: digits(cost.value),
      recordCostInterval: [digits(cost.low), digits(cost.high)],
      pairs: PAIRS,
      worstCost: digits(worstCost.value),
      worstCostInterval: [digits(worstCost.low), digits(worstCost.high)],
      bytesPerEvent: digits(small),
      events: big.events,
      keyframes,
      bigBytesPerEvent: digits(statSync(path).size / big.events),
      executeMs: digits(big.ms),
      seekMedianMs: digits(quantile(ms, 0.5)),
      seekP95Ms: digits(quantile(ms, 0.95)),
      seekFirstMs: digits(firstMs),
      seekMostMs: digits(quantile(ms, 1)),
      seekShare: digits(quantile(ms, 0.5) / big.ms),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const SESSION_STEPS = PAIRS + WORST_PAIRS + 2;
