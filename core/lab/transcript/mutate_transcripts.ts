/**
 * Checks the runner itself: one recorded field at a time is changed, and the comparison has to notice.
 *
 * The model runs once for each transcript, because nothing it does depends on what was recorded as an answer; its answers are
 * then compared with every mutation.
 */
import { SeededRandom } from '../../base/random.ts';
import type { Json } from '../../session/input.ts';
import { eventOfFunction } from './kernel_functions.ts';
import { mutateStep, type SitePath, sitesOf } from './mutation_sites.ts';
import {
  compareRun,
  playTranscript,
  type RecordedRun,
  type RunOptions,
  type TranscriptSource,
} from './run_transcript.ts';
import { symbolClass } from './symbols.ts';
import { parseTranscript } from './transcript_file.ts';

export interface MutationOptions extends RunOptions {
  readonly seed: number;
  /** How many fields are changed, one at a time; fewer when there are not as many. */
  readonly mutations: number;
}

/** A mutation that the comparison did not notice, and why that is so. */
export interface MissedMutation {
  readonly transcript: string;
  readonly step: number;
  readonly call: string;
  readonly field: string;
  readonly from: Json;
  readonly to: Json;
  readonly reason: string;
}

export interface MutationResult {
  readonly seed: number;
  /** Transcripts that agree and so could be mutated. */
  readonly transcripts: number;
  /** Fields that could be changed. */
  readonly sites: number;
  readonly mutations: number;
  readonly noticed: number;
  readonly missed: readonly MissedMutation[];
}

/** Change fields of all transcripts that the model agrees with. */
export async function mutateTranscripts(
  files: readonly TranscriptSource[],
  options: MutationOptions,
): Promise<MutationResult> {
  const runs: RecordedRun[] = [];
  for (const file of files) {
    const run = await playTranscript(parseTranscript(file.text, file.path), options);
    if (!('notModelled' in run) && compareRun(run, run.transcript.steps) === null) runs.push(run);
  }
  const sites: Site[] = [];
  const isCompared = (fn: string) => eventOfFunction(fn) !== undefined;
  for (const run of runs) {
    run.transcript.steps.forEach((step, index) => {
      for (const path of sitesOf(step, isCompared)) sites.push({ run, step: index, path });
    });
  }
  const random = new SeededRandom(options.seed);
  const chosen = sample(sites, options.mutations, random);
  const missed: MissedMutation[] = [];
  for (const site of chosen) {
    const miss = tryMutation(site, random);
    if (miss) missed.push(miss);
  }
  return {
    seed: options.seed,
    transcripts: runs.length,
    sites: sites.length,
    mutations: chosen.length,
    noticed: chosen.length - missed.length,
    missed,
  };
}

interface Site {
  readonly run: RecordedRun;
  readonly step: number;
  readonly path: SitePath;
}

/** `count` different ones, in random order. */
function sample<T>(list: readonly T[], count: number, random: SeededRandom): T[] {
  const rest = [...list];
  const wanted = Math.min(count, rest.length);
  for (let i = 0; i < wanted; i++) {
    const j = i + random.below(rest.length - i);
    [rest[i], rest[j]] = [rest[j]!, rest[i]!];
  }
  return rest.slice(0, wanted);
}

function tryMutation({ run, step, path }: Site, random: SeededRandom): MissedMutation | null {
  const original = run.transcript.steps[step]!;
  const { step: mutated, from, to } = mutateStep(original, path, random);
  const steps = run.transcript.steps.map((recorded, i) => (i === step ? mutated : recorded));
  if (compareRun(run, steps)) return null;
  return {
    transcript: run.transcript.name,
    step,
    call: original.call,
    field: path.join('.'),
    from,
    to,
    reason: reasonOf(from),
  };
}

/** Why a change can go unnoticed: only names are not compared for what they are. */
function reasonOf(from: Json): string {
  if (typeof from === 'string' && symbolClass(from)) {
    return 'The symbol is used once where it counts, so another name for it means the same.';
  }
  if (typeof from === 'string' && from.includes('[N]')) return 'The number in brackets was not recorded.';
  return 'The comparison does not look at this.';
}
