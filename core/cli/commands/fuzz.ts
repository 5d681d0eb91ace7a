/**
 * `fuzz`: random histories with every invariant checked, on the host machine. A failure is made small and saved as an input log,
 * which `fuzz --replay` plays with the same checks.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { counted } from '../../base/words.ts';
import { machineHash } from '../../hw/machine_description.ts';
import { DEFECTS } from '../../lab/defects.ts';
import { type FuzzFailure, type FuzzResult, fuzz } from '../../lab/fuzz/fuzz.ts';
import { replayHistory } from '../../lab/fuzz/history.ts';
import { formatHeader, formatInput, parseInputLog } from '../../session/input_log.ts';
import { loadMachine } from '../assets.ts';
import { newHostMachine } from '../make_machine.ts';
import { wholeNumber, writeWhole } from '../option_values.ts';
import { CommandFailed, printJson, printLine } from '../outcome.ts';
import { startProgress } from '../progress_bar.ts';

interface FuzzFlags {
  readonly steps: string;
  readonly seed: string;
  readonly description: string;
  readonly checkEvery: string;
  readonly faults?: boolean;
  readonly defect?: string;
  readonly record?: string;
  readonly replay?: string;
  readonly shrink: boolean;
  readonly json?: boolean;
}

async function run(flags: FuzzFlags): Promise<void> {
  if (flags.replay !== undefined) return replay(flags.replay, flags);
  // Calls are refused all the time; nobody looks at where.
  Error.stackTraceLimit = 1;
  const steps = wholeNumber(flags.steps, '--steps', 1);
  const seed = wholeNumber(flags.seed, '--seed', 0);
  const descriptions = flags.description.split(',').map(id => loadMachine(id));
  const startedAt = performance.now();
  const bar = startProgress('fuzz', steps);
  let result: FuzzResult;
  try {
    result = await fuzz({
      seed,
      steps,
      descriptions,
      faults: flags.faults ?? false,
      newMachine: newHostMachine,
      defect: flags.defect ?? null,
      checkEvery: wholeNumber(flags.checkEvery, '--check-every', 1),
      noShrink: !flags.shrink,
      onProgress: done => bar.update(done),
    });
  } finally {
    bar.stop();
  }
  const ms = performance.now() - startedAt;
  const { failure } = result;
  const saved = failure ? save(failure, flags.record) : null;
  if (flags.json) printJson({ ...result, seconds: ms / 1000, saved });
  else printResult(result, ms);
  if (!failure) return;
  if (!flags.json) {
    for (const input of failure.inputs.slice(-40)) printLine(`    ${JSON.stringify(input)}`);
    const defect = flags.defect === undefined ? '' : ` --defect ${flags.defect}`;
    printLine(`  saved as ${saved}; play it again with: npm run lab -- fuzz --replay ${saved}${defect}`);
  }
  process.exitCode = 1;
}

/** Write a failing history as an input log. @returns the path */
function save(failure: FuzzFailure, path = join('out', `fuzz-${failure.historySeed}.jsonl`)): string {
  const header = formatHeader({
    format: 'gart-lab-inputs',
    version: 1,
    machine: failure.machine,
    machineHash: machineHash(loadMachine(failure.machine)),
    seed: failure.historySeed,
    title: failure.says,
  });
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, header + failure.inputs.map(formatInput).join(''));
  return path;
}

/** Play a saved log with every invariant checked after every input. */
async function replay(path: string, flags: FuzzFlags): Promise<void> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandFailed(`${path} cannot be read (${(error as Error).message}).`);
  }
  const { header, inputs } = parseInputLog(text);
  const { failure, digest } = await replayHistory(inputs, {
    seed: header.seed,
    steps: inputs.length,
    description: loadMachine(header.machine),
    newMachine: newHostMachine,
    defect: flags.defect ?? null,
    checkEvery: 1,
  });
  if (flags.json) printJson({ machine: header.machine, inputs: inputs.length, failure, digest });
  else if (failure)
    printLine(`FAILED after ${failure.position} of ${counted(inputs.length, 'input')}: ${failure.says}`);
  else
    printLine(
      `${counted(inputs.length, 'input')} on ${header.machine}: every invariant held (digest ${digest})`,
    );
  if (failure) process.exitCode = 1;
}

function printResult({ seed, steps, histories, failure, coverage }: FuzzResult, ms: number): void {
  const rate = Math.round((steps / ms) * 60_000);
  printLine(
    `seed ${seed}: ${counted(steps, 'step')} in ${counted(histories, 'history', 'histories')}, ${(ms / 1000).toFixed(1)} s, ${counted(rate, 'step')} a minute`,
  );
  const calls = Object.entries(coverage.calls);
  printLine(
    `  ${counted(calls.length, 'call')} (done/refused): ${calls.map(([name, { ok, refused }]) => `${name} ${ok}/${refused}`).join(', ')}`,
  );
  for (const [title, counts] of [
    ['errnos', coverage.errnos],
    ['fault reasons', coverage.faultReasons],
    ['walk reasons', coverage.skipReasons],
  ] as const) {
    const words = Object.entries(counts).map(([word, count]) => `${word} ${count}`);
    printLine(`  ${title}: ${words.join(', ')}`);
  }
  if (coverage.neverCalled.length > 0) printLine(`  never called: ${coverage.neverCalled.join(', ')}`);
  if (coverage.missed.length > 0) printLine(`  seldom seen: ${coverage.missed.join(', ')}`);
  if (!failure) {
    printLine(`  0 violations, 0 leaks in ${counted(histories, 'shutdown')}`);
    return;
  }
  printLine(
    `  FAILED in the history with seed ${failure.historySeed} on ${failure.machine} after ${counted(failure.position, 'input')}: ${failure.says}`,
  );
}

export function addFuzzCommand(program: Command): void {
  program
    .command('fuzz')
    .description('play random histories and check every invariant')
    .option('--steps <n>', 'steps over all histories; what begins a history comes on top', '20000')
    .option('--seed <n>', 'seed; the same one gives the same histories', '1')
    .option('--faults', 'allocations fail, devices are pulled out, modules are unloaded')
    .option(
      '--description <machines>',
      'machine descriptions that histories take in turn',
      'fuzz-systems,fuzz-pc,fuzz-i915',
    )
    .option('--check-every <n>', 'steps between two checks of all invariants', '1000')
    .addOption(
      new Option('--defect <name>', 'plant a defect, which must be found').choices(
        DEFECTS.map(({ name }) => name),
      ),
    )
    .option('--record <file>', 'where a failing history is saved (out/fuzz-<its seed>.jsonl)')
    .option('--replay <file>', 'play a saved history instead')
    .option('--no-shrink', 'do not make a failing history small')
    .option('--json', 'print one JSON text')
    .action(run);
}
