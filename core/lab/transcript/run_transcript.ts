/**
 * Runs transcripts on the model: boots the machine, plays every step through the session's player and compares all that was
 * recorded. Knows no transcript, no driver and no scenario by name.
 *
 * Ports      files come as text, the machine from the caller: nothing here reads a disk or opens a device
 */
import type { Machine } from '../../hw/machine.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import { bootKernel } from '../../kernel/boot.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import '../../session/calls/all.ts';
import { NameTable } from '../../session/name_table.ts';
import { Player } from '../../session/player.ts';
import { compareStep, type Difference, type ModelStep } from './compare_step.ts';
import { deliveredEvent, eventOfFunction, freedIdentities, kernelCalls } from './kernel_functions.ts';
import { notModelled } from './not_modelled.ts';
import { SymbolTable } from './symbols.ts';
import { parseTranscript, type Transcript, type TranscriptStep } from './transcript_file.ts';

/** A transcript as text. */
export interface TranscriptSource {
  /** Its path, for messages. */
  readonly path: string;
  readonly text: string;
}

export interface RunOptions {
  /** The machine the recordings were made on. */
  readonly description: MachineDescription;
  /** A fresh machine for one transcript; disposed of afterwards. */
  readonly newMachine: (description: MachineDescription) => Machine | Promise<Machine>;
  /** Told after each transcript. */
  readonly onResult?: (result: TranscriptResult) => void;
  /** A planted defect for every kernel that is booted; checks of the checks only. */
  readonly sabotage?: string | null;
}

export interface TranscriptResult {
  readonly name: string;
  readonly group: string;
  /** Every compared field of every step agreed. */
  readonly passed: boolean;
  /** Steps recorded. */
  readonly steps: number;
  readonly firstDifference: Difference | null;
  /** Why it was not run; empty when it was. */
  readonly notModelled: readonly string[];
  /** Traced functions without counterpart in the model; their entries were left out. */
  readonly notCompared: readonly string[];
}

/** The answers of one run, for repeated comparison. */
export interface RecordedRun {
  readonly transcript: Transcript;
  readonly steps: readonly ModelStep[];
  /** Where and why the model stopped answering, or null. */
  readonly stopped: { readonly step: number; readonly says: string } | null;
}

/** Run transcripts one after the other. */
export async function runTranscripts(
  files: readonly TranscriptSource[],
  options: RunOptions,
): Promise<{ transcripts: TranscriptResult[] }> {
  const transcripts: TranscriptResult[] = [];
  for (const file of files) {
    const transcript = parseTranscript(file.text, file.path);
    const result = await runTranscript(transcript, options);
    transcripts.push(result);
    options.onResult?.(result);
  }
  return { transcripts };
}

/** Run one transcript and compare it. */
export async function runTranscript(transcript: Transcript, options: RunOptions): Promise<TranscriptResult> {
  const run = await playTranscript(transcript, options);
  const about = { name: transcript.name, group: transcript.group, steps: transcript.steps.length };
  if ('notModelled' in run) {
    return { ...about, passed: false, firstDifference: null, notModelled: run.notModelled, notCompared: [] };
  }
  const firstDifference = compareRun(run, transcript.steps);
  return {
    ...about,
    passed: firstDifference === null,
    firstDifference,
    notModelled: [],
    notCompared: [...tracedFunctions(transcript)].filter(fn => !eventOfFunction(fn)),
  };
}

/** Play one transcript and keep what the model answered. */
export async function playTranscript(
  transcript: Transcript,
  options: RunOptions,
): Promise<RecordedRun | { readonly notModelled: string[] }> {
  const kernel = bootKernel(options.description);
  const missing = notModelled(transcript, kernel);
  if (missing.length > 0) return { notModelled: missing };
  kernel.context.sabotage = options.sabotage ?? null;
  const machine = await options.newMachine(options.description);
  try {
    return await playOn(kernel, machine, transcript);
  } finally {
    await machine.dispose();
  }
}

async function playOn(kernel: Kernel, machine: Machine, transcript: Transcript): Promise<RecordedRun> {
  const names = new NameTable();
  const player = new Player(kernel, machine, names);
  const steps: ModelStep[] = [];
  let traced: ReadonlySet<string> | null = null;
  for (const recorded of transcript.steps) {
    const { task, call, args } = recorded;
    try {
      const input = recorded.as === undefined ? { task, call, args } : { task, call, args, as: recorded.as };
      const played = await player.step(input);
      const nameOf = (pid: number) => (pid === 0 ? 'K' : (nameOfPid(names, pid) ?? '-'));
      const seen = traced && kernelCalls(kernel.trace, played.firstEvent, played.endEvent, traced, nameOf);
      const { firstEvent, endEvent } = played;
      const event = deliveredEvent(kernel.trace, firstEvent, endEvent);
      steps.push({
        ...played.answer,
        ...(event === undefined ? {} : { event }),
        kernel: seen,
        freed: freedIdentities(kernel.trace, firstEvent, endEvent),
      });
    } catch (error) {
      const says = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { transcript, steps, stopped: { step: steps.length, says } };
    }
    if (call === 'trace.on') traced = new Set(recorded.tracing ?? String(args.fns ?? '').split(','));
    if (call === 'trace.off') traced = null;
  }
  return { transcript, steps, stopped: null };
}

function nameOfPid(names: NameTable, pid: number): string | undefined {
  for (const [name, known] of names.tasks) if (known === pid) return name;
  return undefined;
}

/**
 * Compare the answers of a run with recorded steps (those of its transcript, or a mutation of them).
 *
 * @returns the first difference, or null when everything agrees
 */
export function compareRun(run: RecordedRun, recorded: readonly TranscriptStep[]): Difference | null {
  const symbols = new SymbolTable();
  const modelled = (fn: string) => eventOfFunction(fn) !== undefined;
  let inFrames = false;
  for (let i = 0; i < recorded.length; i++) {
    const step = recorded[i]!;
    const model = run.steps[i];
    const where = { step: i, task: step.task, call: step.call };
    if (!model) return { ...where, field: 'ret', recorded: step.ret, model: null, says: run.stopped!.says };
    const isFrames = step.call === 'frames';
    if (isFrames && !inFrames && step.args.keep !== true) symbols.forget('f');
    inFrames = isFrames;
    const found = compareStep(step, model, symbols, modelled, step.args.keep === true);
    if (found) return { ...where, ...found };
    for (const identity of model.freed) symbols.markGone(identity);
  }
  return null;
}

/** Functions that a transcript traces. */
export function tracedFunctions(transcript: Transcript): Set<string> {
  const functions = new Set<string>();
  for (const step of transcript.steps) for (const fn of step.tracing ?? []) functions.add(fn);
  return functions;
}
