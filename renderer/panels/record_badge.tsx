/** The record dot of the toolbar: starts a recording; while one runs it shows its time, and a press saves it. */
import { runCommand } from '../commands/command.ts';
import { scene } from '../state/lab_store.ts';
import { recordedSeconds, recording } from '../state/sessions.ts';

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

export function RecordBadge() {
  const on = recording.value !== null;
  return (
    <button
      type="button"
      class={`button rec ${on ? 'on' : ''}`}
      aria-label={on ? 'Stop recording and save' : 'Record'}
      aria-pressed={on}
      title={on ? 'Stop and save as .gartlab' : 'Record from here on'}
      disabled={scene.value === null}
      onClick={() => void runCommand('session.record')}
    >
      <span class="rec-dot" aria-hidden="true" />
      <span>{on ? clock(recordedSeconds.value) : 'Rec'}</span>
    </button>
  );
}
