/**
 * Re-executes a recorded session and compares it with what was recorded: digests at every recorded position, and, where one
 * differs, event by event.
 */
import type { Machine } from '../hw/machine.ts';
import { machineHash } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { allEventTypes, EVENT_ARGS } from '../trace/event.ts';
import type { TraceBuffer, TraceEvent } from '../trace/trace_buffer.ts';
import './calls/all.ts';
import type { EventColumns } from './file/event_block.ts';
import { Player } from './player.ts';
import type { RecordedSession } from './recorded_session.ts';
import type { DigestLine } from './recorder.ts';

/** The first place where a replay is not what was recorded. */
export interface Difference {
  /** Inputs executed when it was seen. */
  readonly position: number;
  /** Index of the first event that differs; null when the events are equal and an answer of the machine is not. */
  readonly event: number | null;
  readonly recorded: string;
  readonly replayed: string;
}

export interface ReplayResult {
  readonly ok: boolean;
  readonly inputs: number;
  readonly inputsRecorded: number;
  readonly events: number;
  /** Digests compared and equal. */
  readonly digests: number;
  readonly digest: string;
  readonly difference: Difference | null;
}

export interface ReplayOptions {
  /** A fresh machine of the recorded description; the caller disposes of it. */
  readonly machine: Machine;
  /** Stop behind the last input at or before this virtual time, in ns. */
  readonly until?: number;
  readonly onProgress?: (inputsDone: number) => void;
  /** Asked at every recorded position: stop here. */
  readonly isCancelled?: () => boolean;
}

/** A machine that is not the one of the session. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
}

/** A capture of another system has no inputs. @throws ReplayError */
export function refuseImported({ header, inputs }: RecordedSession): void {
  if (header.machine !== 'none' || inputs.length > 0) return;
  throw new ReplayError(
    'This session was imported from captures of another system; it has no inputs to replay.',
  );
}

/** An event as a line: time, task, name and fields. */
export function eventLine({ time, task, typeId, args }: TraceEvent): string {
  const type = allEventTypes()[typeId];
  const fields = (type?.fields ?? args.map((_, i) => `arg${i}`)).map((name, i) => `${name}=${args[i]}`);
  return `${time} ns, task ${task}: ${type?.name ?? `event type ${typeId}`} ${fields.join(' ')}`;
}

function recordedEvent(columns: EventColumns, i: number): TraceEvent {
  const { first, count, type, task, time, args } = columns;
  return {
    index: first + i,
    typeId: type[i]!,
    task: task[i]!,
    time: time[i]!,
    args: Array.from({ length: EVENT_ARGS }, (_, a) => args[a * count + i]!),
  };
}

/**
 * Replay a session on a machine.
 *
 * @returns also when it differs: the first difference with both sides
 * @throws ReplayError when the machine has another description; InputError when a recorded input is none
 */
export async function replaySession(session: RecordedSession, options: ReplayOptions): Promise<ReplayResult> {
  const { machine } = options;
  refuseImported(session);
  const hash = machineHash(machine.description);
  if (hash !== session.header.machineHash) {
    throw new ReplayError(
      `The session was recorded on a machine with hash ${session.header.machineHash}; this one has ${hash}.`,
    );
  }
  const player = new Player(bootKernel(machine.description), machine);
  let digests = 0;
  let difference: Difference | null = null;
  for (const line of session.digests) {
    if (line.position > session.inputs.length || options.isCancelled?.()) break;
    if (options.until !== undefined && line.time > options.until) break;
    await player.play(session.inputs.slice(player.position, line.position), { collect: false });
    await player.barrier();
    options.onProgress?.(player.position);
    difference = await compareAt(line, session, player);
    if (difference) break;
    digests++;
  }
  if (!difference && !options.isCancelled?.()) await playRest(player, session, options);
  const { trace } = player.kernel;
  return {
    ok: difference === null,
    inputs: player.position,
    inputsRecorded: session.inputs.length,
    events: trace.count,
    digests,
    digest: trace.digest(),
    difference,
  };
}

/** What lies behind the last digest, or up to `until`. */
async function playRest(
  player: Player,
  { inputs }: RecordedSession,
  { until }: ReplayOptions,
): Promise<void> {
  if (until === undefined) {
    await player.play(inputs.slice(player.position), { collect: false });
    return;
  }
  while (player.position < inputs.length && player.kernel.trace.now < until) {
    await player.step(inputs[player.position]!);
  }
}

async function compareAt(
  line: DigestLine,
  session: RecordedSession,
  { kernel: { trace }, position }: Player,
): Promise<Difference | null> {
  if (trace.count === line.events && trace.digest() === line.digest) return null;
  const found = await firstDifference(session, trace, line.events);
  if (found) return { position, ...found };
  const side = (digest: string, events: number) => `digest ${digest} after ${events} events`;
  return {
    position,
    event: null,
    recorded: side(line.digest, line.events),
    replayed: side(trace.digest(), trace.count),
  };
}

/** The first event in which a recording and a trace differ, before event `end`. */
async function firstDifference(
  session: RecordedSession,
  trace: TraceBuffer,
  end: number,
): Promise<Omit<Difference, 'position'> | null> {
  for await (const columns of session.events()) {
    for (let i = 0; i < columns.count; i++) {
      const index = columns.first + i;
      if (index >= end) return null;
      if (index < trace.firstIndex) continue;
      const recorded = eventLine(recordedEvent(columns, i));
      if (index >= trace.count) return { event: index, recorded, replayed: 'no more events' };
      const replayed = eventLine(trace.at(index));
      if (recorded !== replayed) return { event: index, recorded, replayed };
    }
  }
  return trace.count > end
    ? { event: end, recorded: 'no more events', replayed: eventLine(trace.at(end)) }
    : null;
}
