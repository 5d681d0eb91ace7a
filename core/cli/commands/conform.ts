/**
 * `conform`: plays recorded transcripts of a real kernel on the model and compares every step.
 *
 * Without paths it takes the transcripts that come with the program.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { counted } from '../../base/words.ts';
import type { Machine } from '../../hw/machine.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import type { GpuProvider } from '../../hw/ports.ts';
import { buildBoard, countStates } from '../../lab/conformance/board.ts';
import { boardHtml } from '../../lab/conformance/board_html.ts';
import { mutateTranscripts } from '../../lab/transcript/mutate_transcripts.ts';
import {
  runTranscripts,
  type TranscriptResult,
  type TranscriptSource,
} from '../../lab/transcript/run_transcript.ts';
import { parseTranscript, TranscriptError } from '../../lab/transcript/transcript_file.ts';
import { loadMachine, packageRoot } from '../assets.ts';
import { machineOption } from '../machine_options.ts';
import { type MachineKind, makeMachine, newHostMachine } from '../make_machine.ts';
import { wholeNumber } from '../option_values.ts';
import { printJson, printLine, say, UsageError } from '../outcome.ts';
import { startProgress } from '../progress_bar.ts';

/** The machine that the transcripts were recorded on. */
const RECORDED_ON = 'transcripts-pc';

/** Fields that --mutate changes when no number is given. */
const MUTATIONS = 2_000;
/** The share of mutations that must be noticed. */
const NOTICED_SHARE = 0.99;

interface ConformOptions {
  readonly json?: boolean;
  readonly machine: MachineKind;
  readonly mutate?: boolean;
  readonly board?: string;
  readonly mutations: string;
  readonly seed: string;
  readonly machineDescription: string;
}

function* jsonFiles(path: string): Generator<string> {
  if (!existsSync(path))
    throw new UsageError(`${path} does not exist; a transcript or a folder of them is wanted.`);
  if (statSync(path).isFile()) {
    yield path;
    return;
  }
  const names = readdirSync(path).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (const name of names) {
    const inside = join(path, name);
    if (statSync(inside).isDirectory()) yield* jsonFiles(inside);
    else if (name.endsWith('.json')) yield inside;
  }
}

/** Transcripts below these paths, as text. @throws UsageError when there is none */
export function readTranscripts(paths: readonly string[]): TranscriptSource[] {
  const roots = paths.length > 0 ? paths : [join(packageRoot(), 'assets', 'transcripts')];
  const files = roots.flatMap(root => [...jsonFiles(root)]);
  if (files.length === 0) throw new UsageError(`There is no transcript below ${roots.join(', ')}.`);
  return files.map(path => ({ path: relative('.', path), text: readFileSync(path, 'utf8') }));
}

function resultLine(result: TranscriptResult): string {
  const name = `${result.group}/${result.name}`.padEnd(36);
  if (result.passed) return `pass  ${name} ${counted(result.steps, 'step')}`;
  if (result.notModelled.length > 0) return `skip  ${name} not modelled: ${result.notModelled.join('; ')}`;
  const at = result.firstDifference!;
  const says = at.says ? `\n      ${at.says}` : '';
  return (
    `FAIL  ${name} step ${at.step} (${at.task} ${at.call}) ${at.field}: ` +
    `recorded ${JSON.stringify(at.recorded)}, model ${JSON.stringify(at.model)}${says}`
  );
}

/** Makes the machine of one transcript after the other, and lets go of the GPU at the end. */
function machineMaker(kind: MachineKind): {
  readonly newMachine: (description: MachineDescription) => Promise<Machine>;
  readonly release: () => void;
} {
  let provider: GpuProvider | null = null;
  let said = false;
  return {
    newMachine: async description => {
      const made = await makeMachine(description, { kind, layout: 'paged' });
      if (made.because !== '' && !said) say(made.because);
      said = true;
      provider = made.provider ?? provider;
      return made.machine;
    },
    release: () => provider?.release(),
  };
}

/** Change recorded fields one at a time and see whether the comparison notices. */
async function mutate(files: readonly TranscriptSource[], options: ConformOptions): Promise<void> {
  const result = await mutateTranscripts(files, {
    description: loadMachine(options.machineDescription),
    newMachine: newHostMachine,
    seed: wholeNumber(options.seed, '--seed', 0),
    mutations: wholeNumber(options.mutations, '--mutations', 1),
  });
  if (options.json) {
    printJson(result);
  } else {
    for (const { transcript, step, call, field, from, to, reason } of result.missed) {
      const change = `${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
      printLine(`not noticed: ${transcript} step ${step} (${call}) ${field}: ${change}: ${reason}`);
    }
    const percent = ((100 * result.noticed) / Math.max(1, result.mutations)).toFixed(2);
    printLine(
      `${result.noticed} of ${result.mutations} changed fields noticed (${percent} %), in ${result.transcripts} transcripts, seed ${result.seed}`,
    );
  }
  if (result.mutations === 0 || result.noticed < NOTICED_SHARE * result.mutations) process.exitCode = 1;
}

/** Write the board as HTML, and as JSON beside it. @throws UsageError when the file is no .html */
function writeBoard(path: string, files: readonly TranscriptSource[], results: readonly TranscriptResult[]) {
  const inputs = files.map(({ text, path: from }, index) => ({
    transcript: parseTranscript(text, from),
    result: results[index]!,
  }));
  const board = buildBoard(inputs);
  const kernels = [...new Set(inputs.map(({ transcript }) => transcript.kernel))].join(', ');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, boardHtml(board, `Recorded on Linux ${kernels}`));
  writeFileSync(path.replace(/\.html$/, '.json'), `${JSON.stringify(board, null, 1)}\n`);
  const counts = Object.entries(countStates(board)).map(([state, n]) => `${n} ${state}`);
  say(`board: ${counted(board.rows.length, 'row')} (${counts.join(', ')}), ${path}`);
}

async function conform(paths: readonly string[], options: ConformOptions): Promise<void> {
  const files = readTranscripts(paths);
  if (options.mutate) return mutate(files, options);
  if (options.board !== undefined && !options.board.endsWith('.html'))
    throw new UsageError(`--board wants a name that ends in .html (it is ${options.board}).`);
  const bar = startProgress('conform', files.length);
  let done = 0;
  let transcripts: TranscriptResult[];
  const { newMachine, release } = machineMaker(options.machine);
  try {
    ({ transcripts } = await runTranscripts(files, {
      description: loadMachine(options.machineDescription),
      newMachine,
      onResult: () => bar.update(++done),
    }));
  } catch (error) {
    if (error instanceof TranscriptError) throw new UsageError(error.message);
    throw error;
  } finally {
    bar.stop();
    release();
  }
  if (options.board !== undefined) writeBoard(options.board, files, transcripts);
  const failed = transcripts.filter(result => !result.passed && result.notModelled.length === 0);
  if (options.json) {
    printJson({
      transcripts: transcripts.map(({ name, group, passed, steps, firstDifference, notModelled }) => ({
        name,
        group,
        passed,
        steps,
        firstDifference,
        notModelled,
      })),
    });
  } else {
    for (const result of transcripts) printLine(resultLine(result));
    const passed = transcripts.filter(result => result.passed).length;
    const skipped = transcripts.length - passed - failed.length;
    printLine(
      `${passed} of ${transcripts.length} passed, ${failed.length} failed, ${skipped} not modelled yet`,
    );
  }
  if (failed.length > 0) process.exitCode = 1;
}

export function addConformCommand(program: Command): void {
  program
    .command('conform')
    .description('play recorded transcripts of a real kernel and compare every step')
    .argument('[paths...]', 'transcripts or folders of them (default: those that come with the program)')
    .option('--json', 'print one JSON text')
    .option('--board <file>', 'write the conformance board: HTML here, JSON beside it')
    .option('--mutate', 'change recorded fields one at a time and check that each change is noticed')
    .option('--mutations <n>', 'how many fields --mutate changes', String(MUTATIONS))
    .option('--seed <n>', 'which fields --mutate changes', '1')
    .addOption(machineOption('host'))
    .option('--machine-description <id>', 'machine they were recorded on', RECORDED_ON)
    .action(conform);
}
