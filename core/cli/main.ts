/**
 * The command line: `run`, `info`, `replay`, `diff`, `bisect`, `import`, `export`, `sql`, `scenarios`, `machines`, `conform`, `fuzz`, `fuzz-files`, `experiment`, `bench`, `profile`, `doctor`. Each has --help and --json.
 *
 * Exit code  0 ok, 1 the thing failed, 2 bad usage
 * Output     the result on stdout (one JSON text with --json), everything else on stderr
 */
import { Command, CommanderError } from 'commander';
import { KernelError } from '../base/errno.ts';
import { GpuError } from '../hw/gpu_error.ts';
import { ScenarioError } from '../lab/scenario.ts';
import { InputError } from '../session/input_error.ts';
import { InputLogError } from '../session/input_log.ts';
import { addBenchCommands } from './commands/bench.ts';
import { addConformCommand } from './commands/conform.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExperimentCommand } from './commands/experiment.ts';
import { addExportCommand } from './commands/export.ts';
import { addFuzzCommand } from './commands/fuzz.ts';
import { addFuzzFilesCommand } from './commands/fuzz_files.ts';
import { addImportCommand } from './commands/import.ts';
import { addListCommands } from './commands/lists.ts';
import { addMomentCommands } from './commands/moments.ts';
import { addProfileCommand } from './commands/profile.ts';
import { addRunCommand } from './commands/run.ts';
import { addSessionCommands } from './commands/session.ts';
import { addSqlCommand } from './commands/sql.ts';
import { CommandFailed, say, UsageError } from './outcome.ts';

function program(): Command {
  const command = new Command('lab')
    .description('GART Lab on the command line: a modelled kernel that owns real GPU memory.')
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) });
  addRunCommand(command);
  addConformCommand(command);
  addFuzzCommand(command);
  addFuzzFilesCommand(command);
  addExperimentCommand(command);
  addBenchCommands(command);
  addProfileCommand(command);
  addSessionCommands(command);
  addMomentCommands(command);
  addImportCommand(command);
  addExportCommand(command);
  addSqlCommand(command);
  addDoctorCommand(command);
  addListCommands(command);
  for (const sub of command.commands) sub.exitOverride().showHelpAfterError('(--help shows what there is)');
  return command;
}

/** Sentence and exit code of whatever ended a command. */
function explain(error: unknown): { code: number; sentence: string } {
  if (error instanceof UsageError || error instanceof ScenarioError || error instanceof InputLogError) {
    return { code: 2, sentence: error.message };
  }
  if (error instanceof KernelError && error.op === 'machine') return { code: 2, sentence: error.detail };
  if (error instanceof GpuError) return { code: 1, sentence: error.detail };
  if (error instanceof CommandFailed || error instanceof InputError) {
    return { code: 1, sentence: error.message };
  }
  return { code: 1, sentence: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

async function main(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { code, sentence } = explain(error);
    say(`lab: ${sentence}`);
    return code;
  }
}

const code = await main(process.argv.slice(2));
// A device with a pending map keeps Node alive; everything is drained and written by now.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
