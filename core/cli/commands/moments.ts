/** `diff` and `bisect`: two moments of a session compared, and when a condition first held. */

import { type Command, Option } from 'commander';
import { counted } from '../../base/words.ts';
import { bootKernel } from '../../kernel/boot.ts';
import { type BisectWay, bisect } from '../../session/bisect.ts';
import { PredicateError, parsePredicate } from '../../session/predicate.ts';
import { openRecorded } from '../../session/recorded_ports.ts';
import { ReplayError, refuseImported } from '../../session/replay.ts';
import type { Session } from '../../session/session.ts';
import { diffStates } from '../../session/state_diff.ts';
import { summariseState } from '../../session/state_summary.ts';
import { adapterOption, machineOption } from '../machine_options.ts';
import { type AdapterKind, type MachineKind, makeMachine } from '../make_machine.ts';
import { CommandFailed, printJson, printLine, say, UsageError } from '../outcome.ts';
import { startProgress } from '../progress_bar.ts';
import { openSessionFile } from './session.ts';

interface MomentFlags {
  readonly machine: MachineKind;
  readonly adapter: AdapterKind;
  readonly json?: boolean;
}

/** Open a file as a session, do something with it, and close everything. */
async function withSession<Result>(
  path: string,
  flags: MomentFlags,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { session: recorded, source } = await openSessionFile(path);
  const release: (() => void)[] = [];
  try {
    refuseImported(recorded);
    const { description, vram } = recorded.header;
    const createMachine = async () => {
      const made = await makeMachine(description, {
        kind: flags.machine,
        adapter: flags.adapter,
        layout: vram === 'none' ? 'paged' : vram,
        sabotage: null,
      });
      if (made.provider) release.push(() => made.provider!.release());
      return made.machine;
    };
    const session = await openRecorded(recorded, {
      createMachine,
      boot: machine => bootKernel(machine.description),
    });
    for (const problem of recorded.report.problems) say(`problem: ${problem}`);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (error instanceof ReplayError) throw new CommandFailed(`${path}: ${error.message}`);
    throw error;
  } finally {
    for (const each of release) each();
    source.close();
  }
}

const TIME_UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** Go to a moment: so many inputs, `end`, or a virtual time with its unit. @throws UsageError */
async function goTo(session: Session, text: string): Promise<void> {
  const end = session.inputs.length;
  if (text === 'end') return session.seek(end);
  const time = /^(\d+(?:\.\d+)?)(ns|us|ms|s)$/.exec(text);
  if (time) {
    const ns = Math.ceil(Number(time[1]) * TIME_UNITS[time[2]!]!);
    const { position } = await bisect(session, parsePredicate(`time >= ${ns}`));
    if (position === null)
      throw new UsageError(`The session ends after ${session.kernel.trace.now} ns; there is no ${text}.`);
    return;
  }
  const position = Number(text);
  if (!Number.isSafeInteger(position) || position < 0)
    throw new UsageError(`A moment is a number of inputs, a time such as 0.5ms, or end; ${text} is none.`);
  if (position > end)
    throw new UsageError(`The session has ${counted(end, 'input')}; there is no position ${position}.`);
  await session.seek(position);
}

async function diff(path: string, from: string, to: string, flags: MomentFlags): Promise<void> {
  await withSession(path, flags, async session => {
    const at = async (text: string) => {
      await goTo(session, text);
      return summariseState(session.kernel, session.player.names, session.position);
    };
    const before = await at(from);
    const after = await at(to);
    const rows = diffStates(before, after);
    if (flags.json) {
      printJson({ from: before.position, to: after.position, rows });
      return;
    }
    const says = ({ position, time }: typeof before) => `position ${position} (${time} ns)`;
    printLine(`${counted(rows.length, 'difference')} between ${says(before)} and ${says(after)}`);
    for (const { kind, name, what, before: old, after: now } of rows)
      printLine(`  ${kind.padEnd(9)} ${name}, ${what}: ${shown(old)} -> ${shown(now)}`);
  });
}

/** What was not there, and what was there and empty. */
function shown(value: string | number | null): string {
  if (value === null) return '–';
  return value === '' ? '(none)' : String(value);
}

async function bisectFile(
  path: string,
  text: string,
  flags: MomentFlags & { readonly way?: BisectWay },
): Promise<void> {
  const condition = (() => {
    try {
      return parsePredicate(text);
    } catch (error) {
      throw error instanceof PredicateError ? new UsageError(error.message) : error;
    }
  })();
  await withSession(path, flags, async session => {
    const bar = startProgress('bisect', session.inputs.length);
    try {
      const found = await bisect(session, condition, {
        ...(flags.way && { way: flags.way }),
        onProgress: looked => bar.update(Math.min(looked, session.inputs.length)),
      });
      bar.stop();
      const { position, state, way, looked, exact, unknown } = found;
      const input = position ? session.inputs[position - 1] : undefined;
      if (flags.json) {
        const time = state?.time ?? null;
        printJson({
          condition: text,
          position,
          time,
          events: state?.events ?? null,
          input: input ?? null,
          way,
          looked,
          exact,
          unknown,
        });
      } else if (position === null) {
        printLine(
          exact
            ? `It holds at no moment (${looked} looked at, ${way}).`
            : `It holds at no moment looked at (${looked}, ${way}); --way every looks after each input.`,
        );
      } else {
        printLine(
          `It first holds at position ${position}, ${state!.time} ns, ${counted(state!.events, 'event')} (${counted(looked, 'moment')} looked at, ${way}).`,
        );
        if (input) printLine(`  after ${input.task}: ${input.call} ${JSON.stringify(input.args)}`);
        if (!exact)
          printLine(
            '  What held only between two keyframes before is not seen; --way every looks after each input.',
          );
      }
      if (unknown.length > 0) sayUnknown(session, unknown);
      if (position === null) process.exitCode = 1;
    } finally {
      bar.stop();
    }
  });
}

/** At most so many names are listed. */
const MOST_NAMES = 20;

function sayUnknown(session: Session, unknown: readonly string[]): void {
  const { objects } = summariseState(session.kernel, session.player.names, session.position);
  const names = objects.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = objects.length > MOST_NAMES ? ` and ${objects.length - MOST_NAMES} more` : '';
  say(
    `No object was called ${unknown.join(' or ')} at any moment looked at. At position ${session.position} there are ${names.join(', ') || 'none'}${more}.`,
  );
}

export function addMomentCommands(program: Command): void {
  program
    .command('diff')
    .description(
      'compare two moments of a session: objects, memories, page-table entries, LRU order, counters',
    )
    .argument('<file>', 'a .gartlab file')
    .argument('<from>', 'the first moment: inputs executed, a virtual time such as 0.5ms, or end')
    .argument('<to>', 'the second moment')
    .addOption(machineOption('host'))
    .addOption(adapterOption())
    .option('--json', 'print one JSON text')
    .action(diff);
  program
    .command('bisect')
    .description('find the first moment at which a condition holds; exit with 1 when there is none')
    .argument('<file>', 'a .gartlab file')
    .argument(
      '<condition>',
      "such as 'vram.used > 12M', 'object(frame).placement == SYSTEM', 'faults > 100 and not evictions > 3'",
    )
    .addOption(
      new Option('--way <way>', 'which moments to look at; chosen by the condition without it').choices([
        'growing',
        'keyframes',
        'every',
      ]),
    )
    .addOption(machineOption('host'))
    .addOption(adapterOption())
    .option('--json', 'print one JSON text')
    .action(bisectFile);
}
