/**
 * `fuzz`: random histories with every invariant checked, on the host machine.
 */

import { type Command, Option } from 'commander';
import { DEFECTS } from '../../lab/defects.ts';
import { type FuzzResult, fuzz } from '../../lab/fuzz/fuzz.ts';
import { formatHeader, formatInput } from '../../session/input_log.ts';
import { loadMachine } from '../assets.ts';
import { newHostMachine } from '../make_machine.ts';
import { wholeNumber, writeWhole } from '../option_values.ts';
import { printJson, printLine } from '../outcome.ts';
import { startProgress } from '../progress_bar.ts';

interface FuzzFlags {
  readonly steps: string;
  readonly seed: string;
  readonly description: string;
  readonly checkEvery: string;
  readonly faults?: boolean;
  readonly defect?: string;
  readonly record?: string;
  readonly shrink: boolean;
  readonly json?: boolean;
}

async function run(flags: FuzzFlags): Promise<void> {
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
  const { failure } = result;
  if (failure && flags.record !== undefined) {
    const header = formatHeader({
      format: 'gart-lab-inputs',
      version: 1,
      machine: failure.machine,
      machineHash: '',
      seed: failure.historySeed,
      title: failure.says,
    });
    writeWhole(flags.record, header + failure.inputs.map(formatInput).join(''));
  }
  if (flags.json) printJson(result);
  else printResult(result, performance.now() - startedAt);
  if (failure) process.exitCode = 1;
}

function printResult({ seed, steps, histories, failure, coverage }: FuzzResult, ms: number): void {
  printLine(
    `seed ${seed}: ${steps} steps in ${histories} histories, ${(ms / 1000).toFixed(1)} s, ${Math.round((steps / ms) * 60_000)} steps a minute`,
  );
  for (const [title, counts] of [
    ['errnos', coverage.errnos],
    ['fault reasons', coverage.faultReasons],
    ['walk reasons', coverage.skipReasons],
  ] as const) {
    printLine(
      `  ${title}: ${Object.entries(counts)
        .map(([word, count]) => `${word} ${count}`)
        .join(', ')}`,
    );
  }
  if (coverage.missed.length > 0) printLine(`  seldom seen: ${coverage.missed.join(', ')}`);
  if (!failure) {
    printLine('  every invariant held');
    return;
  }
  printLine(
    `  FAILED in the history with seed ${failure.historySeed} after ${failure.position} inputs: ${failure.says}`,
  );
  for (const input of failure.inputs.slice(-40)) printLine(`    ${JSON.stringify(input)}`);
}

export function addFuzzCommand(program: Command): void {
  program
    .command('fuzz')
    .description('play random histories and check every invariant')
    .option('--steps <n>', 'steps over all histories', '20000')
    .option('--seed <n>', 'seed; the same one gives the same histories', '1')
    .option('--faults', 'allocations fail, devices are pulled out, modules are unloaded')
    .option(
      '--description <machines>',
      'machine descriptions that histories take in turn',
      'fuzz-systems,fuzz-pc',
    )
    .option('--check-every <n>', 'steps between two checks of all invariants', '1000')
    .addOption(
      new Option('--defect <name>', 'plant a defect, which must be found').choices(
        DEFECTS.map(({ name }) => name),
      ),
    )
    .option('--record <file>', 'write a failing history as an input log')
    .option('--no-shrink', 'do not make a failing history small')
    .option('--json', 'print one JSON text')
    .action(run);
}
