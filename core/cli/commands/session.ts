/** `info` and `replay`: what a session file holds, and whether it happens again. */

import { type Command, Option } from 'commander';
import { counted } from '../../base/words.ts';
import { VRAM_LAYOUTS, type VramLayout } from '../../hw/expected_bytes.ts';
import { ContainerError } from '../../session/file/container_reader.ts';
import { SessionHeaderError } from '../../session/file/session_header.ts';
import { RecordedSession, SessionOpenError } from '../../session/recorded_session.ts';
import { ReplayError, refuseImported, replaySession } from '../../session/replay.ts';
import { sessionInfo } from '../../session/session_info.ts';
import { type FileSource, openFileSource } from '../byte_files.ts';
import { adapterOption, machineOption } from '../machine_options.ts';
import { type AdapterKind, type MachineKind, makeMachine } from '../make_machine.ts';
import { CommandFailed, printJson, printLine, say, UsageError } from '../outcome.ts';
import { startProgress } from '../progress_bar.ts';

/** Open a session file. @throws UsageError it cannot be read; CommandFailed it is none */
export async function openSessionFile(
  path: string,
): Promise<{ readonly session: RecordedSession; readonly source: FileSource }> {
  const source = openFileSource(path);
  try {
    return { session: await RecordedSession.open(source), source };
  } catch (error) {
    source.close();
    const refused =
      error instanceof ContainerError ||
      error instanceof SessionHeaderError ||
      error instanceof SessionOpenError;
    if (refused) throw new CommandFailed(`${path}: ${error.message}`);
    throw error;
  }
}

async function info(path: string, flags: { readonly json?: boolean }): Promise<void> {
  const { session, source } = await openSessionFile(path);
  const found = await sessionInfo(session, source.size);
  source.close();
  if (flags.json) {
    printJson(found);
    return;
  }
  printLine(`${found.title || path}`);
  printLine(`  recorded on ${found.machine} (${found.adapter}${found.softwareAdapter ? ', software' : ''})`);
  printLine(
    `  ${counted(found.inputs, 'input')}, ${counted(found.events, 'event')} in ${found.lastTime - found.firstTime} ns of virtual time, ${counted(found.keyframes, 'keyframe')}, ${counted(found.notes, 'note')}`,
  );
  printLine(
    `  ${counted(source.size, 'byte')}, ${counted(found.bytesPerEvent, 'byte')} an event; digest ${found.lastDigest}`,
  );
  for (const [name, count] of Object.entries(found.eventCounts))
    printLine(`  ${String(count).padStart(9)} ${name}`);
  for (const problem of found.problems) say(`problem: ${problem}`);
}

interface ReplayFlags {
  readonly machine: MachineKind;
  readonly adapter: AdapterKind;
  readonly vram?: VramLayout;
  readonly verify?: boolean;
  readonly until?: string;
  readonly json?: boolean;
}

async function replay(path: string, flags: ReplayFlags): Promise<void> {
  const until = flags.until === undefined ? undefined : Number(flags.until);
  if (until !== undefined && !(until >= 0))
    throw new UsageError(`--until takes virtual nanoseconds, not ${flags.until}.`);
  const { session, source } = await openSessionFile(path);
  const { header } = session;
  try {
    refuseImported(session);
  } catch (error) {
    source.close();
    throw error instanceof ReplayError ? new CommandFailed(`${path}: ${error.message}`) : error;
  }
  const { machine, provider, because } = await makeMachine(header.description, {
    kind: flags.machine,
    adapter: flags.adapter,
    layout: flags.vram ?? (header.vram === 'none' ? 'paged' : header.vram),
    sabotage: null,
  });
  if (because !== '') say(because);
  const bar = startProgress('replay', session.inputs.length);
  try {
    const result = await replaySession(session, {
      machine,
      ...(until === undefined ? {} : { until }),
      onProgress: done => bar.update(done),
    });
    bar.stop();
    const { problems } = session.report;
    const told = { ...result, machine: machine.kind, adapter: machine.adapter.name, problems };
    if (flags.json) printJson(told);
    else printReplay(told);
    for (const problem of problems) say(`problem: ${problem}`);
    if (flags.verify && (!result.ok || problems.length > 0)) process.exitCode = 1;
  } finally {
    bar.stop();
    await machine.dispose();
    provider?.release();
    source.close();
  }
}

function printReplay(
  result: Awaited<ReturnType<typeof replaySession>> & { machine: string; adapter: string },
) {
  printLine(
    `Replayed ${result.inputs} of ${counted(result.inputsRecorded, 'input')} on ${result.machine} (${result.adapter}).`,
  );
  printLine(
    `  ${counted(result.events, 'event')}, digest ${result.digest}; ${result.digests} recorded digests compared`,
  );
  const { difference } = result;
  if (!difference)
    printLine(result.digests > 0 ? '  equal' : '  no recorded digest was there to compare with');
  else {
    printLine(
      `  differs after input ${difference.position}${difference.event === null ? '' : `, first in event ${difference.event}`}:`,
    );
    printLine(`    recorded: ${difference.recorded}`);
    printLine(`    replayed: ${difference.replayed}`);
  }
}

export function addSessionCommands(program: Command): void {
  program
    .command('info')
    .description('say what a session file holds: header, events by type, digests')
    .argument('<file>', 'a .gartlab file')
    .option('--json', 'print one JSON text')
    .action(info);
  program
    .command('replay')
    .description('execute the inputs of a session again and compare every digest')
    .argument('<file>', 'a .gartlab file')
    .addOption(machineOption())
    .addOption(adapterOption())
    .addOption(new Option('--vram <layout>', 'layout of VRAM; as recorded without it').choices(VRAM_LAYOUTS))
    .option('--verify', 'exit with 1 when something differs or could not be read')
    .option('--until <ns>', 'stop at this virtual time')
    .option('--json', 'print one JSON text')
    .action(replay);
}
