/**
 * `run`: plays a scenario or an input log from boot to shutdown and prints what happened.
 */

import type { Command } from 'commander';
import { counted } from '../../base/words.ts';
import type { VramLayout } from '../../hw/expected_bytes.ts';
import { type MachineDescription, machineHash } from '../../hw/machine_description.ts';
import { type RunResult, runScenario } from '../../lab/run_scenario.ts';
import { isSabotage, SABOTAGES } from '../../lab/sabotage.ts';
import { checkNeeds, type Scenario } from '../../lab/scenario.ts';
import { sessionHeader } from '../../lab/session_of_scenario.ts';
import { formatHeader, formatInput } from '../../session/input_log.ts';
import { SessionRecorder } from '../../session/recorder.ts';
import { versionOf } from '../app_version.ts';
import { loadMachine, loadScenario } from '../assets.ts';
import { createFileSink } from '../byte_files.ts';
import { adapterOption, machineOption, vramOption } from '../machine_options.ts';
import { type AdapterKind, type MachineKind, makeMachine } from '../make_machine.ts';
import { wholeNumber, writeWhole } from '../option_values.ts';
import { printJson, printLine, say, UsageError } from '../outcome.ts';
import { startProgress } from '../progress_bar.ts';
import { writeScreenshot } from '../screenshot_file.ts';

interface RunFlags {
  readonly machine: MachineKind;
  readonly adapter: AdapterKind;
  readonly vram: VramLayout;
  readonly description?: string;
  readonly sabotage?: string;
  readonly slice?: string;
  readonly seed?: string;
  readonly record?: string;
  readonly screenshot?: string;
  readonly json?: boolean;
}

function sabotageOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (isSabotage(text)) return text;
  throw new UsageError(
    `There is no sabotage ${JSON.stringify(text)}; there are ${SABOTAGES.join(', ')}, and the planted defects of the model.`,
  );
}

function logOf(scenario: Scenario, description: MachineDescription): string {
  const header = formatHeader({
    format: 'gart-lab-inputs',
    version: 1,
    machine: description.name,
    machineHash: machineHash(description),
    seed: scenario.seed,
    title: scenario.title,
  });
  return header + scenario.inputs.map(formatInput).join('');
}

async function run(name: string, flags: RunFlags): Promise<void> {
  const sabotage = sabotageOf(flags.sabotage);
  const { screenshot } = flags;
  const slice = flags.slice === undefined ? undefined : wholeNumber(flags.slice, '--slice', 1);
  const loaded = loadScenario(name);
  const scenario =
    flags.seed === undefined ? loaded : { ...loaded, seed: wholeNumber(flags.seed, '--seed', 0) };
  const description = loadMachine(flags.description ?? scenario.machine);
  checkNeeds(scenario, description);
  if (scenario.needs.layout !== undefined && flags.vram !== scenario.needs.layout) {
    throw new UsageError(
      `The scenario ${scenario.id} rings doorbells and needs --vram ${scenario.needs.layout} (asked: ${flags.vram}).`,
    );
  }
  const session = flags.record?.endsWith('.gartlab') ? createFileSink(flags.record) : undefined;
  if (flags.record !== undefined && !session) writeWhole(flags.record, logOf(scenario, description));
  const { machine, provider, because } = await makeMachine(description, {
    kind: flags.machine,
    adapter: flags.adapter,
    layout: flags.vram,
    sabotage,
  });
  if (because !== '') say(because);
  const bar = startProgress(scenario.id, scenario.inputs.length);
  let result: RunResult;
  try {
    result = await runScenario(scenario, {
      machine,
      sabotage,
      ...(slice === undefined ? {} : { slice }),
      ...(session && {
        recorder: new SessionRecorder(session, {
          header: sessionHeader(
            scenario,
            machine,
            versionOf(),
            sabotage === null ? [] : [`sabotage ${sabotage}`],
          ),
          nowMs: () => performance.now(),
          breathe: () => new Promise(resolve => setImmediate(resolve)),
        }),
      }),
      ...(screenshot !== undefined && { atEnd: player => writeScreenshot(player, screenshot) }),
      onProgress: done => bar.update(done),
    });
  } finally {
    bar.stop();
    session?.close();
    provider?.release();
  }
  if (flags.json) printJson(result);
  else printResult(result);
  for (const problem of result.problems) say(`problem: ${problem}`);
  if (!result.ok) process.exitCode = 1;
}

function printResult(result: RunResult): void {
  const { gpu, model } = result;
  printLine(
    `${result.scenario} on ${result.machine} (${gpu.adapter}${gpu.software && result.machine !== 'host' ? ', software' : ''}), VRAM ${result.vram}`,
  );
  printLine(
    `  ${counted(result.inputs, 'input')}, ${counted(result.events, 'event')} with those of the shutdown`,
  );
  printLine(
    `  ${counted(result.evictions, 'eviction')}, ${counted(result.ptesCleared, 'page-table entry', 'page-table entries')} cleared, up to ${counted(result.tasksHit, 'task')} hit at once`,
  );
  printLine(
    `  ${counted(result.refaultsInPlace, 'refault')} in place, ${result.refaultsMoved} after a move, ${counted(result.validatesBack, 'object')} validated back, ${counted(result.bytesMoved, 'byte')} moved`,
  );
  printLine(
    `  GPU: ${counted(gpu.liveBytes, 'byte')} live, ${model.expectedBytes} expected, ${model.residentBytes} resident; ` +
      `${counted(gpu.buffersCreated, 'buffer')} created, ${gpu.buffersDestroyed} destroyed, ${counted(gpu.submits, 'submit')}, ${counted(gpu.maps, 'map')}; ` +
      `${counted(gpu.liveBytesAfterShutdown, 'byte')} after shutdown`,
  );
  if (result.staleReads > 0)
    printLine(`  ${result.staleReads} pages were read that held somebody else's bytes`);
  printLine(`  events ${result.eventDigest}, contents ${result.contentDigest}`);
  printLine(`  contents verified: ${result.contentsVerified} of ${counted(result.objects, 'object')}`);
}

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('play a scenario, or an input log, and print what happened')
    .argument('<scenario>', 'id of a scenario, or the path of a scenario or input log')
    .addOption(machineOption())
    .addOption(adapterOption())
    .addOption(vramOption())
    .option('--description <machine>', 'machine description instead of that of the scenario')
    .option('--slice <n>', 'inputs between two barriers; never changes a digest')
    .option('--seed <n>', 'seed instead of that of the scenario')
    .option('--record <file>', 'write the session (*.gartlab), or only its inputs as JSON lines')
    .option('--screenshot <file>', 'write what the display shows at the end, as PNG')
    .option('--sabotage <name>', `plant a defect that must be found: ${SABOTAGES.join(', ')}`)
    .option('--json', 'print one JSON text')
    .action(run);
}
