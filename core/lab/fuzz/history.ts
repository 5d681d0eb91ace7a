/**
 * One random history: a seed becomes inputs, played on a freshly booted kernel, with every invariant checked on the way.
 *
 * Fails when   an invariant is violated, the model contradicts itself (ModelBug), an answer differs from what the history
 *              wrote before, the machine's bytes differ from the recipes, or shutdown leaves something behind
 */
import { ModelBug } from '../../base/invariant.ts';
import { SeededRandom } from '../../base/random.ts';
import { MAX_DESCRIPTORS } from '../../fs/fd_table.ts';
import type { Machine } from '../../hw/machine.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import { bootKernel } from '../../kernel/boot.ts';
import { invariantEntries } from '../../kernel/invariants.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import '../../session/calls/all.ts';
import type { Answer, Input } from '../../session/input.ts';
import { InputError } from '../../session/input_error.ts';
import { Player } from '../../session/player.ts';
import { ObjectWatch } from '../object_watch.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';
import { traceViolations } from '../trace_violations.ts';
import { verifyFrames } from '../verify_frames.ts';
import { ByteOracle, type Expected } from './byte_oracle.ts';
import { Coverage } from './coverage.ts';
import { MoveTable } from './move_table.ts';
import { call, FuzzWorld, type Plan } from './world.ts';

/** Inputs between two barriers of a history. */
const SLICE = 512;

export interface HistoryOptions {
  readonly seed: number;
  readonly steps: number;
  readonly description: MachineDescription;
  readonly newMachine: (description: MachineDescription) => Machine | Promise<Machine>;
  /** A planted defect, see lab/defects.ts. */
  readonly defect?: string | null;
  /** Steps between two checks of all state invariants; what a step touched is checked after every one. */
  readonly checkEvery?: number;
  /** Allocations fail, devices and modules come and go. */
  readonly faults?: boolean;
  readonly coverage?: Coverage;
  /** Begin with a task that takes all descriptors it can get. */
  readonly hoards?: boolean;
}

/** What went wrong, and where. */
export interface HistoryFailure {
  /** Inputs executed before it showed. */
  readonly position: number;
  readonly says: string;
}

export interface HistoryResult {
  readonly inputs: readonly Input[];
  readonly failure: HistoryFailure | null;
  readonly digest: string;
}

/** Raised inside a run; carries the sentence. */
class HistoryFailed extends Error {
  override readonly name = 'HistoryFailed';
}

/** Generate and play one history. */
export async function runHistory(options: HistoryOptions): Promise<HistoryResult> {
  const { description } = options;
  const world = new FuzzWorld(new SeededRandom(options.seed), description.devices, {
    exporters: (description.dmaBufExporters ?? []).length > 0,
    pmem: (description.pmem ?? []).map(({ name }) => name),
  });
  let plan: Plan | undefined;
  function* source(): Generator<Input> {
    for (plan of plans(world, options)) yield plan.input;
  }
  return play(options, source(), refused => plan?.done?.(refused));
}

/** Play given inputs with the same checks; inputs that name what does not exist are left out. */
export async function replayHistory(
  inputs: readonly Input[],
  options: HistoryOptions,
): Promise<HistoryResult> {
  return play(options, inputs, null);
}

/** Devices whose aperture, caches and memory may differ. */
function incoherentDevices({ devices }: MachineDescription): ReadonlySet<string> {
  return new Set(devices.filter(({ driver }) => driver === 'i915_2008').map(({ name }) => name));
}

async function play(
  options: HistoryOptions,
  inputs: Iterable<Input>,
  learn: ((refused: string | null) => void) | null,
): Promise<HistoryResult> {
  const kernel = bootKernel(options.description);
  const { trace } = kernel;
  kernel.context.sabotage = options.defect ?? null;
  const machine = await options.newMachine(options.description);
  const player = new Player(kernel, machine);
  const coverage = options.coverage ?? new Coverage([]);
  coverage.restartEvents();
  const done: Input[] = [];
  const watch = new ObjectWatch();
  const oracle = new ByteOracle(incoherentDevices(options.description));
  const expected = new Map<number, Expected>();
  const checkEvery = options.checkEvery ?? 1000;
  let failure: HistoryFailure | null = null;
  let firstEvent = trace.count;
  let current: Input | undefined;
  function* watched(): Generator<Input> {
    for (current of inputs) yield current;
  }
  try {
    await player.play(watched(), {
      slice: SLICE,
      collect: false,
      skipUnknown: learn === null,
      afterInput: (position, input, ret) => {
        done.push(input);
        const refused = coverage.addAnswer(input.call, ret);
        learn?.(refused);
        const must = oracle.note(input, refused, ret);
        if (must) expected.set(position, must);
        watch.note(kernel, player.names, input);
        coverage.readEvents(trace);
        stepMustHold(kernel, firstEvent);
        if ((position + 1) % checkEvery === 0) mustHold(kernel, watch);
        firstEvent = trace.count;
      },
      afterBarrier: steps => {
        for (const step of steps) mustAnswer(step.answer, expected.get(step.position), step.input);
        expected.clear();
        return true;
      },
    });
    await finish(player, watch);
  } catch (error) {
    // Whatever breaks inside a call is a finding; an input that no kernel could understand is a mistake of the moves.
    if (error instanceof InputError) throw error;
    if (current !== undefined && done.at(-1) !== current) done.push(current);
    failure = { position: player.position, says: saysOf(error) };
  } finally {
    await machine.dispose();
  }
  return { inputs: done, failure, digest: trace.digest() };
}

/** A failure in words; of a crash also where. */
function saysOf(error: unknown): string {
  if (error instanceof HistoryFailed || error instanceof ModelBug) return error.message;
  if (!(error instanceof Error)) return String(error);
  return `${error.name}: ${error.message} ${
    error.stack
      ?.split('\n')
      .find(line => /^\s+at /.test(line))
      ?.trim() ?? ''
  }`;
}

/** Everything holds, the bytes are right, and shutdown gives everything back. */
async function finish(player: Player, watch: ObjectWatch): Promise<void> {
  mustHold(player.kernel, watch);
  const told = traceViolations(player.kernel);
  if (told.length > 0) throw new HistoryFailed(told.join(' '));
  const wrong = await verifyFrames(player);
  if (wrong.length > 0) throw new HistoryFailed(wrong.join(' '));
  const left = shutdownAndFindLeaks(player.kernel);
  if (left.length > 0) throw new HistoryFailed(left.join(' '));
  await player.barrier();
}

const ENTRIES = invariantEntries();

function stepMustHold(kernel: Kernel, firstEvent: number): void {
  const broken = kernel.checkStep(firstEvent);
  if (broken.length > 0) throw new HistoryFailed(broken.join(' '));
}

function mustHold(kernel: Kernel, watch: ObjectWatch): void {
  const broken = [...kernel.check(ENTRIES), ...watch.check(kernel)];
  if (broken.length > 0) throw new HistoryFailed(broken.join(' '));
}

function mustAnswer(answer: Answer, expected: Expected | undefined, input: Input): void {
  const says = expected?.(answer.ret);
  if (says)
    throw new HistoryFailed(`${says} (${JSON.stringify(input)} answered ${JSON.stringify(answer.ret)})`);
}

/** The plans of a history: a beginning that every history has, then moves by weight. */
function* plans(world: FuzzWorld, { steps, hoards, faults }: HistoryOptions): Generator<Plan> {
  world.tasks.push('A', 'B');
  yield call('A', 'spawn', {});
  yield call('B', 'spawn', {});
  yield call('A', 'arena', { slot: 1, length: 48 * 4096 }, 'ar');
  const table = new MoveTable(world, 'A', faults ?? false);
  yield* table.beginning;
  if (hoards) yield* hoard();
  for (let made = 0; made < steps; ) {
    const plan = table.pick(world).make(world);
    if (!plan) continue;
    made++;
    yield plan;
  }
}

/** A task that runs into the limit of descriptors, and ends. */
function* hoard(): Generator<Plan> {
  yield call('H', 'spawn', {});
  yield call('H', 'memfd', { name: 'hoard' }, 'hoard');
  for (let i = 0; i < MAX_DESCRIPTORS + 10; i++) yield call('H', 'dup', { fd: 'hoard' });
  yield call('H', 'exit', {});
}
