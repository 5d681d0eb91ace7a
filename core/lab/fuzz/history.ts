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
import type { Answer, Input, Json } from '../../session/input.ts';
import { Player } from '../../session/player.ts';
import { ObjectWatch } from '../object_watch.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';
import { traceViolations } from '../trace_violations.ts';
import { verifyFrames } from '../verify_frames.ts';
import { Coverage } from './coverage.ts';
import { GPU_MOVES } from './gpu_moves.ts';
import { LAB_GPU_MOVES } from './lab_gpu_moves.ts';
import { MM_MOVES } from './mm_moves.ts';
import { call, FuzzWorld, type Move, type Plan } from './world.ts';

/** Inputs between two barriers of a history. */
const SLICE = 512;

export interface HistoryOptions {
  readonly seed: number;
  readonly steps: number;
  readonly description: MachineDescription;
  readonly newMachine: (description: MachineDescription) => Machine | Promise<Machine>;
  /** A planted defect, see lab/defects.ts. */
  readonly defect?: string | null;
  /** Steps between two checks of all state invariants. */
  readonly checkEvery?: number;
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

/** What is known about an input before it runs. */
type Expected = NonNullable<Plan['expect']>;
const NOTHING: ReadonlyMap<number, Expected> = new Map();

/** Generate and play one history. */
export async function runHistory(options: HistoryOptions): Promise<HistoryResult> {
  const world = new FuzzWorld(new SeededRandom(options.seed), options.description.devices);
  const expected = new Map<number, Expected>();
  let plan: Plan | undefined;
  let position = 0;
  function* source(): Generator<Input> {
    for (const next of plans(world, options.steps, options.hoards ?? false)) {
      plan = next;
      if (next.expect) expected.set(position, next.expect);
      position++;
      yield next.input;
    }
  }
  return play(options, source(), expected, (refused, ret) => plan?.done?.(refused, ret));
}

/**
 * Play given inputs with the same checks; inputs that name what does not exist are left out.
 * What answers must be is not known here, so failures of that kind do not show.
 */
export async function replayHistory(
  inputs: readonly Input[],
  options: HistoryOptions,
): Promise<HistoryResult> {
  return play(options, inputs, NOTHING, () => undefined);
}

async function play(
  options: HistoryOptions,
  inputs: Iterable<Input>,
  expected: ReadonlyMap<number, Expected>,
  learn: (refused: string | null, ret: Json) => void,
): Promise<HistoryResult> {
  const kernel = bootKernel(options.description);
  kernel.context.sabotage = options.defect ?? null;
  const machine = await options.newMachine(options.description);
  const player = new Player(kernel, machine);
  const coverage = options.coverage ?? new Coverage([]);
  coverage.restartEvents();
  const done: Input[] = [];
  const watch = new ObjectWatch();
  const checkEvery = options.checkEvery ?? 1;
  let failure: HistoryFailure | null = null;
  try {
    await player.play(inputs, {
      slice: SLICE,
      collect: false,
      skipUnknown: expected === NOTHING,
      afterInput: (position, input, ret) => {
        done.push(input);
        learn(coverage.addAnswer(input.call, ret), ret);
        watch.note(kernel, player.names, input);
        if (position % checkEvery === 0) mustHold(kernel, watch);
      },
      afterBarrier: steps => {
        coverage.readEvents(kernel.trace);
        for (const step of steps) mustAnswer(step.answer, expected.get(step.position), step.input);
        return true;
      },
    });
    await finish(player, watch);
  } catch (error) {
    if (!(error instanceof HistoryFailed || error instanceof ModelBug)) throw error;
    failure = { position: player.position, says: error.message };
  } finally {
    await machine.dispose();
  }
  return { inputs: done, failure, digest: kernel.trace.digest() };
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
function* plans(world: FuzzWorld, steps: number, hoards: boolean): Generator<Plan> {
  world.tasks.push('A', 'B');
  yield call('A', 'spawn', {});
  yield call('B', 'spawn', {});
  yield call('A', 'arena', { slot: 1, length: 48 * 4096 }, 'ar');
  if (hoards) yield* hoard();
  const moves: readonly Move[] = [...MM_MOVES, ...GPU_MOVES, ...LAB_GPU_MOVES];
  const total = moves.reduce((sum, move) => sum + move.weight, 0);
  for (let made = 0; made < steps; ) {
    const plan = pick(world, moves, total).make(world);
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

function pick(world: FuzzWorld, moves: readonly Move[], total: number): Move {
  let at = world.random.below(total);
  for (const move of moves) {
    at -= move.weight;
    if (at < 0) return move;
  }
  return moves[0]!;
}
