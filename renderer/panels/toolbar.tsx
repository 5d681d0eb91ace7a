/** The toolbar: scene, back, run, step, reset, speed, budget, adapter and checksum badges. */
import { runCommand } from '../commands/command.ts';
import { keyText } from '../commands/keys.ts';
import { togglePalette } from '../commands/palette.tsx';
import { adapter, isGoing, scene, scenes, speed, view, wayProgress } from '../state/lab_store.ts';
import { BudgetBar } from './budget_bar.tsx';
import { LookMenu } from './look_menu.tsx';
import { Brand, Chevron, Icon } from './marks.tsx';
import { RecordBadge } from './record_badge.tsx';
import { WayBadge } from './way_badge.tsx';

function ScenePicker() {
  return (
    <label class="pick scene-pick">
      <span class="narrow">Scene</span>
      <select
        aria-label="Scene"
        value={scene.value?.id ?? ''}
        disabled={scenes.value.length === 0}
        onChange={event => void runCommand(`scene.${event.currentTarget.value}`)}
      >
        {scene.value === null && <option value="">none</option>}
        {scenes.value.map(each => (
          <option key={each.id} value={each.id} title={each.summary}>
            {each.title}
          </option>
        ))}
      </select>
      <Chevron />
    </label>
  );
}

function Transport() {
  const { status } = view.value;
  const loaded = scene.value !== null;
  const atEnd = status.inputsDone >= status.inputs;
  const going = isGoing.value;
  return (
    <>
      <button
        type="button"
        class="button square"
        aria-label="Step back"
        title="Step back (,)"
        disabled={!loaded || going || status.inputsDone === 0}
        onClick={() => void runCommand('lab.stepBack')}
      >
        <Icon name="back" />
      </button>
      <button
        type="button"
        class="button run"
        title={going ? 'Pause (r)' : 'Run to the end of the scene (r)'}
        disabled={!loaded || (atEnd && !going)}
        onClick={() => void runCommand('lab.toggleRun')}
      >
        <Icon name={going ? 'pause' : 'play'} />
        {going ? 'Pause' : 'Run'}
      </button>
      <button
        type="button"
        class="button square"
        aria-label="Step"
        title="Step (.)"
        disabled={!loaded || going || atEnd}
        onClick={() => void runCommand('lab.step')}
      >
        <Icon name="step" />
      </button>
      <button
        type="button"
        class="button square"
        aria-label="Reset"
        title="Start the scene again; it pauses where it opened"
        disabled={!loaded || going || status.inputsDone === 0}
        onClick={() => void runCommand('lab.reset')}
      >
        <Icon name="reset" />
      </button>
    </>
  );
}

const SPEEDS = [
  [0.5, '0.5×'],
  [1, '1×'],
  [4, '4×'],
  [Infinity, 'Max'],
] as const;

function SpeedPicker() {
  return (
    <label class="pick flat narrow">
      <select
        aria-label="Speed"
        title="How fast moves play; the model's time is not touched"
        value={String(speed.value)}
        onChange={event => {
          speed.value = Number(event.currentTarget.value);
        }}
      >
        {SPEEDS.map(([value, text]) => (
          <option key={text} value={String(value)}>
            {text}
          </option>
        ))}
      </select>
      <Chevron />
    </label>
  );
}

function AdapterBadge() {
  const now = adapter.value;
  if (!now) return null;
  return (
    <span
      class={`badge ${now.software ? 'software' : ''}`}
      role="note"
      aria-label="Adapter"
      title={now.because}
    >
      <Icon name="chip" />
      <b class="ell">{now.name}</b>
      {now.machine === 'host' ? (
        <span>
          host machine<span class="roomy">, no GPU memory</span>
        </span>
      ) : now.software ? (
        <span>
          software<span class="wide"> adapter</span>
        </span>
      ) : (
        'WebGPU'
      )}
    </span>
  );
}

function ChecksumBadge() {
  const { atInput, objects, verified, wrong } = view.value.status.verified;
  if (objects === 0 || wayProgress.value !== null) return null;
  const bad = wrong.length > 0;
  return (
    <span
      class={`badge ${bad ? 'wrong' : ''}`}
      role="status"
      aria-label="Checksums"
      title={
        bad
          ? `Bytes differ from what was written: ${wrong.join(', ')}.`
          : `After input ${atInput}: the hash of each object, computed where its bytes lie, equals the hash of what was written into it.`
      }
    >
      <Icon name={bad ? 'wrong' : 'check'} />
      <span>
        {verified} of {objects}
        <span class="wide"> verified</span>
      </span>
    </span>
  );
}

export function Toolbar() {
  return (
    <header class="bar">
      <span class="brand">
        <Brand />
        <span class="wide">GART Lab</span>
      </span>
      <ScenePicker />
      <span class="seam" />
      <Transport />
      <SpeedPicker />
      <BudgetBar />
      <span class="grow" />
      <button
        type="button"
        class="button quiet narrow"
        aria-label="Command palette"
        title="Every command by name"
        onClick={togglePalette}
      >
        <kbd>{keyText('Ctrl+K')}</kbd>
      </button>
      <RecordBadge />
      <WayBadge />
      <ChecksumBadge />
      <AdapterBadge />
      <LookMenu />
    </header>
  );
}
