/** A session file as a scene of the window: its inputs and captions, its keyframes, and the digests that a replay must meet. */
import type { Scenario } from '../../lab/scenario.ts';
import type { NoteView, SessionView } from '../../public/session_types.ts';
import type { AdapterView } from '../../public/view_types.ts';
import { memorySource } from '../../session/file/container_reader.ts';
import type { KeyframeStore } from '../../session/keyframe_store.ts';
import { recordedKeyframes } from '../../session/recorded_ports.ts';
import { RecordedSession } from '../../session/recorded_session.ts';
import type { DigestLine } from '../../session/recorder.ts';
import { refuseImported } from '../../session/replay.ts';
import type { TraceBuffer } from '../../trace/trace_buffer.ts';
import type { LabScene } from '../lab_scene.ts';
import { type Slicing, sliceClock } from '../slice_pace.ts';

/** Inputs between two looks at the clock. */
const INPUTS_AT_ONCE = 256;
const SHOW_EVERY_MS = 150;

/** Compares a replay with the digests that were recorded. */
export class DigestCheck {
  equal = 0;
  difference: string | null = null;
  private next = 0;

  constructor(readonly lines: readonly DigestLine[]) {}

  /** Inputs to the next recorded digest behind a position; Infinity: there is none. */
  inputsToNext(position: number): number {
    let at = this.next;
    while (at < this.lines.length && this.lines[at]!.position <= position) at++;
    return (this.lines[at]?.position ?? Number.POSITIVE_INFINITY) - position;
  }

  /** The replay stands behind so many inputs, drained. */
  look(position: number, trace: TraceBuffer): void {
    for (; (this.lines[this.next]?.position ?? Number.POSITIVE_INFINITY) <= position; this.next++) {
      const line = this.lines[this.next]!;
      if (line.position < position || this.difference !== null) continue;
      const digest = trace.digest();
      if (line.events === trace.count && line.digest === digest) this.equal++;
      else
        this.difference = `After ${position} inputs ${line.events} events with digest ${line.digest} were recorded; the replay has ${trace.count} with digest ${digest}.`;
    }
  }
}

export interface OpenedSession {
  readonly name: string;
  readonly recorded: RecordedSession;
  readonly scenario: Scenario;
  readonly keyframes: KeyframeStore;
  readonly notes: readonly NoteView[];
  readonly check: DigestCheck;
}

async function recordedIn(bytes: Uint8Array<ArrayBuffer>): Promise<RecordedSession> {
  const recorded = await RecordedSession.open(memorySource(bytes));
  refuseImported(recorded);
  return recorded;
}

/** Read a file. @throws Error with a sentence: it is none, it has no inputs */
export async function readOpenedSession(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<OpenedSession> {
  const recorded = await recordedIn(bytes).catch((error: Error) => {
    throw new Error(`${name} was not opened: ${error.message}`);
  });
  const { header, inputs } = recorded;
  const notes = recorded.notes.flatMap(({ kind, position, text }): NoteView[] =>
    kind === 'caption' || kind === 'bookmark' ? [{ kind, position, text }] : [],
  );
  const scenario: Scenario = {
    id: header.scene || 'session',
    title: header.title || name,
    summary: `A session opened from ${name}.`,
    machine: header.description.name,
    seed: header.seed,
    needs: {},
    pauseAt: 0,
    inputs,
    captions: notes.filter(({ kind }) => kind === 'caption'),
    expect: {},
  };
  const keyframes = await recordedKeyframes(recorded);
  return { name, recorded, scenario, keyframes, notes, check: new DigestCheck(recorded.digests) };
}

/**
 * Replay it to its end.
 *
 * @param goesOn false: somebody wants something else
 * @param show   called now and then on the way
 */
export async function replayOpened(
  { check }: OpenedSession,
  scene: LabScene,
  { nowMs, breathe }: Slicing,
  goesOn: () => boolean,
  show: () => void,
): Promise<void> {
  let shownAt = nowMs();
  while (!scene.atEnd && goesOn()) {
    const { session } = scene;
    const isOver = sliceClock(nowMs);
    do {
      await scene.advance(Math.min(check.inputsToNext(session.position), INPUTS_AT_ONCE), isOver);
      await session.player.barrier();
      check.look(session.position, session.kernel.trace);
      scene.forgetChanges();
    } while (!scene.atEnd && !isOver());
    if (nowMs() - shownAt >= SHOW_EVERY_MS) {
      show();
      shownAt = nowMs();
    }
    await breathe();
  }
}

/** What the window is told of it. @param adapter of the machine that executes it here */
export function sessionView(
  { name, recorded, check }: OpenedSession,
  adapter: AdapterView | null,
): SessionView {
  const { header } = recorded;
  const says = (machine: string, of: { readonly name: string; readonly software: boolean }) =>
    machine === 'host' ? 'the host machine' : `${of.name}${of.software ? ' (software)' : ''}`;
  return {
    name,
    title: header.title,
    appVersion: header.appVersion,
    recordedOn: says(header.machine, header.adapter),
    replayedOn: adapter ? says(adapter.machine, adapter) : '',
    flags: header.flags,
    digestsEqual: check.equal,
    digests: check.lines.length,
    difference: check.difference,
    problems: recorded.report.problems,
  };
}
