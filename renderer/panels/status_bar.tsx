/** The status bar: virtual time, events, inputs, invariants, GPU bytes, and what the marks mean. */
import { MOST_EVENTS_KEPT } from '../../core/public/protocol.ts';
import { PLACEMENTS, type Source } from '../../core/public/view_types.ts';
import { runCommand } from '../commands/command.ts';
import { view } from '../state/lab_store.ts';
import { milliseconds, sizeOfBytes, thousands } from '../state/numbers.ts';
import { behindLiveText, isLive } from '../state/playhead.ts';
import { Icon, PlacementMark, SourceMark } from './marks.tsx';
import { memo } from './memo.ts';

function Invariants() {
  const { invariantsBroken, invariantsChecked } = view.value.status;
  if (invariantsBroken.length > 0) {
    const first = invariantsBroken[0]!;
    return (
      <span class="item broken" title={invariantsBroken.join('\n')}>
        <Icon name="wrong" />
        {invariantsBroken.length === 1
          ? `1 invariant fails: ${first}`
          : `${invariantsBroken.length} invariants fail: ${first}`}
      </span>
    );
  }
  if (invariantsChecked === 0) return null;
  return (
    <span class="item">
      <Icon name="check" />
      <b>{thousands(invariantsChecked)} invariants hold</b>
    </span>
  );
}

function GpuBytes() {
  const { liveBytes, expectedBytes, stagingBytes = 0 } = view.value.status.gpu;
  if (liveBytes === null || expectedBytes === null) {
    return (
      <span class="item narrow" title="The bytes lie in this process: the machine has no GPU.">
        <SourceMark source="unknown" />
        GPU bytes <b>–</b>
      </span>
    );
  }
  const equal = liveBytes === expectedBytes;
  return (
    <span
      class={`item narrow ${equal ? '' : 'broken'}`}
      title={`Counted by createBuffer and destroy, and compared with what the model's state makes it. Not in the figure: ${sizeOfBytes(stagingBytes)} of staging buffers, which are kept for the next copy.`}
    >
      <Icon name={equal ? 'check' : 'wrong'} />
      GPU bytes <b>{sizeOfBytes(liveBytes - stagingBytes)}</b>{' '}
      {equal ? '= expected' : `, expected ${sizeOfBytes(expectedBytes - stagingBytes)}`}
    </span>
  );
}

/** The lab's memory for events is full: the oldest went. */
function Dropped() {
  const { eventsDropped = 0 } = view.value.status;
  if (eventsDropped === 0) return null;
  return (
    <span
      class="item"
      title={`The lab keeps ${thousands(MOST_EVENTS_KEPT)} events (320 MiB); the oldest went. The digest covers all.`}
    >
      <b>{thousands(eventsDropped)} oldest not kept</b>
    </span>
  );
}

const SOURCES: readonly Source[] = ['measured', 'derived', 'model', 'unknown'];

/** What the marks mean. */
const Legend = memo(function Legend() {
  return (
    <span class="marks">
      {PLACEMENTS.map(placement => (
        <span class="item" key={placement}>
          <PlacementMark placement={placement} />
          {placement}
        </span>
      ))}
      <span class="seam narrow" />
      {SOURCES.map(source => (
        <span class="item narrow" key={source}>
          <SourceMark source={source} />
          {source}
        </span>
      ))}
    </span>
  );
});

export function StatusBar() {
  const { status } = view.value;
  return (
    <footer class="foot">
      <span class="item" title="Virtual time since boot">
        <b>t {milliseconds(status.time)} ms</b>
        <SourceMark source="model" />
      </span>
      <span class="item">
        event <b>{thousands(status.events)}</b>
        {status.newest.events > status.events && ` of ${thousands(status.newest.events)}`}
      </span>
      <Dropped />
      {!isLive.value && (
        <button
          type="button"
          class="item badge"
          title="The window shows an earlier instant. Press to go to the newest one."
          onClick={() => runCommand('time.live')}
        >
          {behindLiveText.value} before live
        </button>
      )}
      <span class="item">
        input <b>{thousands(status.inputsDone)}</b> of {thousands(status.inputs)}
      </span>
      <Invariants />
      <GpuBytes />
      <span class="last-input mono wide ell" title={status.lastInput}>
        {status.lastInput}
      </span>
      <span class="grow" />
      <Legend />
    </footer>
  );
}
