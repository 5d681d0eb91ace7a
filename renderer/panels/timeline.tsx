/** The timeline: tracks per task, kernel, engines and fences over virtual time, with the playhead that every panel follows. */
import '../theme/timeline.css';
import { useEffect } from 'preact/hooks';
import { runCommand } from '../commands/command.ts';
import { view } from '../state/lab_store.ts';
import { duration, sizeOfPages, thousands } from '../state/numbers.ts';
import { behindLiveText, isLive } from '../state/playhead.ts';
import { TimelineCanvas } from '../timeline/timeline_canvas.tsx';
import {
  answer,
  asTable,
  followLabTimeline,
  range,
  selectRange,
  statistics,
} from '../timeline/timeline_store.ts';
import { TimelineTable } from '../timeline/timeline_table.tsx';
import { TimelineTip } from '../timeline/timeline_tip.tsx';
import { SourceMark } from './marks.tsx';
import { Panel } from './panel.tsx';

interface FigureProps {
  readonly value: string;
  readonly unit: string;
  readonly title?: string;
}

function Figure({ value, unit, title }: FigureProps) {
  return (
    <span title={title}>
      <b>{value}</b> {unit}
    </span>
  );
}

/** Sums of the selected range, or of what is in sight. */
function Statistics() {
  const sums = statistics.value;
  if (!sums) return <div class="timeline-sums" />;
  const rate = (sums.bytesPerSecond ?? 0) / 1e9;
  const waiting = sums.waiting === null ? '–' : `${Math.round(sums.waiting * 100)} %`;
  return (
    <div class="timeline-sums" role="status" aria-label="Statistics of the range">
      <Figure value={duration(sums.to - sums.from)} unit={range.value ? 'selected' : 'in view'} />
      <Figure value={thousands(sums.faults)} unit={sums.faults === 1 ? 'fault' : 'faults'} />
      <Figure value={thousands(sums.evictions)} unit={sums.evictions === 1 ? 'eviction' : 'evictions'} />
      <Figure
        value={sizeOfPages(sums.movedPages)}
        unit="moved"
        title="Moves that began in the range, also of objects without bytes yet, for which memory is cleared"
      />
      <span title="Bytes that copy engines copied in the range, of copies that are over, divided by its length in virtual time">
        {rate > 0 ? (
          <>
            <b>{rate < 0.01 ? '< 0.01' : rate.toFixed(2)}</b> GB/s <SourceMark source="derived" />{' '}
            <span class="word">derived</span>
          </>
        ) : (
          'nothing copied'
        )}
      </span>
      <span title="Part of the range in which a task waited for a fence">
        <b>{waiting}</b> waiting
      </span>
      <span class="wide">
        <b>{thousands(sums.events)}</b> events
      </span>
      {range.value && (
        <button type="button" class="head-tool" onClick={() => selectRange(null)} title="Esc">
          Clear
        </button>
      )}
    </div>
  );
}

function meta(): string {
  const { running } = view.value.status;
  const dropped = answer.value?.extent.dropped ?? 0;
  const gone = dropped > 0 ? `, ${thousands(dropped)} older events not kept` : '';
  if (isLive.value) return `${running ? 'running, ' : ''}live${gone}`;
  return `${behindLiveText.value} before live${gone}`;
}

function Tools() {
  return (
    <>
      {!isLive.value && (
        <button
          type="button"
          class="head-tool"
          title="Show the newest instant"
          onClick={() => runCommand('time.live')}
        >
          Live
        </button>
      )}
      <button
        type="button"
        class="head-tool"
        title="Show all of time (0)"
        onClick={() => runCommand('timeline.all')}
      >
        Fit
      </button>
      <button
        type="button"
        class="head-tool"
        aria-pressed={asTable.value}
        title="The spans in view as text"
        onClick={() => runCommand('timeline.table')}
      >
        Table
      </button>
    </>
  );
}

export function TimelinePanel() {
  useEffect(followLabTimeline, []);
  return (
    <Panel name="Timeline" meta={meta()} tools={<Tools />}>
      <div class="timeline">
        <div class="timeline-picture">
          {asTable.value ? <TimelineTable /> : <TimelineCanvas />}
          {!asTable.value && <TimelineTip />}
        </div>
        <Statistics />
      </div>
    </Panel>
  );
}
