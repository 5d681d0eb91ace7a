/**
 * Many random histories, one after the other, until the steps are done or one fails; the failing one is made small.
 *
 * Reproduces   history i of a run with seed s has seed historySeed(s, i); the failure says it
 */
import type { Errno } from '../../base/errno.ts';
import { SeededRandom } from '../../base/random.ts';
import type { Machine } from '../../hw/machine.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import type { Input } from '../../session/input.ts';
import { Coverage, type CoverageReport } from './coverage.ts';
import { type HistoryFailure, type HistoryOptions, replayHistory, runHistory } from './history.ts';
import { shrinkHistory } from './shrink.ts';

/** Errnos that the calls of these histories can be refused with. ENOSYS needs a driver that cannot share buffers. */
export const FUZZ_ERRNOS: readonly Errno[] = [
  'EACCES',
  'EAGAIN',
  'EBADF',
  'EBUSY',
  'EEXIST',
  'EFAULT',
  'EFBIG',
  'EINVAL',
  'EIO',
  'EISDIR',
  'EMFILE',
  'ENODEV',
  'ENOENT',
  'ENOMEM',
  'ENOSPC',
  'ENOTDIR',
  'ENOTTY',
  'ENXIO',
  'EOPNOTSUPP',
  'EOVERFLOW',
  'EPERM',
  'ESPIPE',
];

/** Every so many histories begin with a task that takes all descriptors it can get. */
const HOARD_EVERY = 16;

export interface FuzzOptions {
  readonly seed: number;
  /** Steps over all histories. */
  readonly steps: number;
  /** Steps of one history. */
  readonly historySteps?: number;
  /** Machines that histories take in turn. */
  readonly descriptions: readonly MachineDescription[];
  /** Allocations fail, devices and modules come and go. */
  readonly faults?: boolean;
  readonly newMachine: (description: MachineDescription) => Machine | Promise<Machine>;
  readonly defect?: string | null;
  readonly checkEvery?: number;
  /** Do not make a failing history small. */
  readonly noShrink?: boolean;
  readonly onProgress?: (stepsDone: number) => void;
}

export interface FuzzFailure {
  /** Seed of the history that failed, and its machine. */
  readonly historySeed: number;
  readonly machine: string;
  /** Inputs of that history before it failed. */
  readonly position: number;
  readonly says: string;
  /** A small list of inputs that still fails; the whole history when it was not made small. */
  readonly inputs: readonly Input[];
}

export interface FuzzResult {
  readonly seed: number;
  readonly steps: number;
  readonly histories: number;
  readonly failure: FuzzFailure | null;
  readonly coverage: CoverageReport;
  /** Digest of the last history. */
  readonly digest: string;
}

/** Seed of the i-th history of a run. */
export function historySeed(seed: number, index: number): number {
  return new SeededRandom((seed ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0).next();
}

/** Run histories. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const coverage = new Coverage(FUZZ_ERRNOS);
  const historySteps = options.historySteps ?? 2_000;
  let steps = 0;
  let histories = 0;
  let digest = '';
  let failure: FuzzFailure | null = null;
  while (steps < options.steps && !failure) {
    const description = options.descriptions[histories % options.descriptions.length]!;
    const seed = historySeed(options.seed, histories++);
    const history: HistoryOptions = {
      seed,
      steps: Math.min(historySteps, options.steps - steps),
      description,
      newMachine: options.newMachine,
      defect: options.defect ?? null,
      checkEvery: options.checkEvery ?? 1000,
      faults: options.faults ?? false,
      coverage,
      hoards: histories % HOARD_EVERY === 1,
    };
    const result = await runHistory(history);
    steps += result.inputs.length;
    digest = result.digest;
    options.onProgress?.(steps);
    if (!result.failure) continue;
    const inputs = options.noShrink ? result.inputs : await shrink(result.inputs, result.failure, history);
    failure = { historySeed: seed, machine: description.name, ...result.failure, inputs };
  }
  return { seed: options.seed, steps, histories, failure, coverage: coverage.report(), digest };
}

/** What kind of failure it is: its words without the numbers. */
function kindOf(says: string): string {
  return says.replace(/\d+/g, '').slice(0, 60);
}

async function shrink(
  inputs: readonly Input[],
  { says }: HistoryFailure,
  history: HistoryOptions,
): Promise<readonly Input[]> {
  const { coverage: _coverage, ...rest } = history;
  const kind = kindOf(says);
  // Most failures show without full checks; the others show as early as they can with one after every input.
  for (const checkEvery of [Number.MAX_SAFE_INTEGER, 1]) {
    const quiet: HistoryOptions = { ...rest, checkEvery };
    const replay = async (some: readonly Input[]) => {
      const { failure, inputs: played } = await replayHistory(some, quiet);
      return failure !== null && kindOf(failure.says) === kind ? played : null;
    };
    const first = await replay(inputs);
    if (first) return shrinkHistory(first, async some => (await replay(some)) !== null);
  }
  return inputs;
}
