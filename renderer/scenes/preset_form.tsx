/** The form "my GPU has N GiB, my program allocates this list". */
import { signal } from '@preact/signals';
import { openScene } from '../state/opened_scenes.ts';
import { parseItems, presetScenario } from './preset.ts';

const GPUS = [2, 4, 6, 8, 12, 16, 24, 32, 48, 80];

const gibibytes = signal(8);
const frames = signal(3);
const list = signal(
  'colour buffers 32 MiB x 3\nshadow maps 64 MiB x 4\ntextures 256 MiB x 30\nmeshes 128 MiB x 6',
);
const refusal = signal('');

function make(then: (text: string) => unknown): void {
  try {
    refusal.value = '';
    then(presetScenario({ gibibytes: gibibytes.value, items: parseItems(list.value), frames: frames.value }));
  } catch (error) {
    refusal.value = error instanceof Error ? error.message : String(error);
  }
}

/** @param onText given the scenario to be edited */
export function PresetForm({ onText }: { readonly onText: (text: string) => void }) {
  return (
    <>
      <h2 class="scene-title">My GPU, my program</h2>
      <p class="mid question">
        Say what your GPU has and what your program allocates: a line per object with its size. Each frame
        uses every object once. The machine is smaller than your GPU; all sizes keep their share.
      </p>
      <div class="preset">
        <label>
          <span class="mid">My GPU has</span>
          <select
            class="field"
            value={gibibytes.value}
            onChange={event => {
              gibibytes.value = Number(event.currentTarget.value);
            }}
          >
            {GPUS.map(size => (
              <option key={size} value={size}>
                {size} GiB
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="mid">Frames</span>
          <input
            class="field"
            type="number"
            min={1}
            max={20}
            value={frames.value}
            onInput={event => {
              frames.value = Math.max(1, Math.min(20, Math.round(Number(event.currentTarget.value)) || 1));
            }}
          />
        </label>
        <label class="preset-list">
          <span class="mid">My program allocates (name, MiB, x count)</span>
          <textarea
            rows={6}
            spellcheck={false}
            value={list.value}
            onInput={event => {
              list.value = event.currentTarget.value;
            }}
          />
        </label>
      </div>
      {refusal.value !== '' && (
        <p class="problem" role="alert">
          {refusal.value}
        </p>
      )}
      <div class="job-tools">
        <button
          type="button"
          class="button"
          onClick={() => make(text => void openScene('my-program.json', text))}
        >
          Open as a scene
        </button>
        <button type="button" class="button" onClick={() => make(onText)}>
          Edit the scenario
        </button>
      </div>
    </>
  );
}
