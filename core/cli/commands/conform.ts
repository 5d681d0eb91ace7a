/**
 * `conform`: plays recorded transcripts of a real kernel on the model and compares every step.
 *
 * Without paths it takes the transcripts that come with the program.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import {
  runTranscripts,
  type TranscriptResult,
  type TranscriptSource,
} from '../../lab/transcript/run_transcript.ts';
import { TranscriptError } from '../../lab/transcript/transcript_file.ts';
import { loadMachine, packageRoot } from '../assets.ts';
import { newHostMachine } from '../make_machine.ts';
import { printJson, printLine, UsageError } from '../outcome.ts';
import { startProgress } from '../progress_bar.ts';

/** The machine that the transcripts were recorded on. */
const RECORDED_ON = 'transcripts-pc';

interface ConformOptions {
  readonly json?: boolean;
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
  if (result.passed) return `pass  ${name} ${result.steps} steps`;
  if (result.notModelled.length > 0) return `skip  ${name} not modelled: ${result.notModelled.join('; ')}`;
  const at = result.firstDifference!;
  const says = at.says ? `\n      ${at.says}` : '';
  return (
    `FAIL  ${name} step ${at.step} (${at.task} ${at.call}) ${at.field}: ` +
    `recorded ${JSON.stringify(at.recorded)}, model ${JSON.stringify(at.model)}${says}`
  );
}

async function conform(paths: readonly string[], options: ConformOptions): Promise<void> {
  const files = readTranscripts(paths);
  const bar = startProgress('conform', files.length);
  let done = 0;
  let transcripts: TranscriptResult[];
  try {
    ({ transcripts } = await runTranscripts(files, {
      description: loadMachine(options.machineDescription),
      newMachine: newHostMachine,
      onResult: () => bar.update(++done),
    }));
  } catch (error) {
    if (error instanceof TranscriptError) throw new UsageError(error.message);
    throw error;
  } finally {
    bar.stop();
  }
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
    .option('--machine-description <id>', 'machine they were recorded on', RECORDED_ON)
    .action(conform);
}
