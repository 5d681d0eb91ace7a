/**
 * The flight recorder of a scene: whatever is executed for the first time is written, packed and stored by another thread. Going back
 * and forth within what is known writes nothing; another future takes the place of the one that was written.
 */
import type { Machine } from '../../hw/machine.ts';
import type { Scenario } from '../../lab/scenario.ts';
import { sessionHeader } from '../../lab/session_of_scenario.ts';
import type { NoteView } from '../../public/session_types.ts';
import type { Keyframe } from '../../session/keyframe_store.ts';
import { SessionRecorder } from '../../session/recorder.ts';
import type { Session } from '../../session/session.ts';
import type { RemoteRecording } from './remote_recording.ts';

/** With what the recording worker takes until all is on the disk, less than a second. */
const WRITE_EVERY_MS = 250;

export class SceneRecording {
  private readonly recorder: SessionRecorder;
  /** Inputs that were taken, and those that went to the writer. */
  private taken = 0;
  private written = 0;
  /** Keyframes up to here were looked at. */
  private keyframesTo = 0;

  constructor(
    private readonly remote: RemoteRecording,
    scenario: Scenario,
    machine: Machine,
    appVersion: string,
    nowMs: () => number,
  ) {
    remote.open(scenario.title);
    this.recorder = new SessionRecorder(remote, {
      header: sessionHeader(scenario, machine, appVersion, []),
      nowMs,
      everyMs: WRITE_EVERY_MS,
      keyframes: false,
      parts: remote,
    });
  }

  /** The session stands behind a barrier, perhaps further than ever. */
  async follow(session: Session): Promise<void> {
    const { position, inputs, player } = session;
    if (position <= this.taken || this.remote.stopped) return;
    while (this.taken < position) this.recorder.took(inputs[this.taken++]!);
    await this.recorder.boundary(player);
    await this.recorder.keyframesOf(this.newKeyframes(session), player);
    this.keyframesTo = position;
    this.written = this.recorder.inputsWritten;
    await this.remote.flush();
  }

  /** Those that the session made, not those of a file that it was opened from. */
  private newKeyframes({ keyframes, position }: Session): Keyframe[] {
    return keyframes
      .all()
      .filter(each => each.digest && each.position > this.keyframesTo && each.position <= position);
  }

  /** The session rests: what is left is written. */
  rest({ position, player }: Session): void {
    if (position !== this.taken || this.written === this.taken || this.remote.stopped) return;
    this.recorder.writeNow(player);
    this.written = this.taken;
  }

  /** What was executed behind this moment is another future now. */
  diverge(position: number, events: number): void {
    if (position >= this.taken) return;
    this.taken = this.recorder.rewind(position, events);
    this.written = this.taken;
    this.keyframesTo = Math.min(this.keyframesTo, this.taken);
  }

  tellNotes(notes: readonly NoteView[]): void {
    this.remote.tellNotes(notes);
  }
}
