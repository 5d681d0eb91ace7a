/** Charts over virtual time: bytes by placement, faults, evictions, copy rate, GPU time; one playhead through all of them. */
import '../theme/charts.css';
import { signal } from '@preact/signals';
import { useContext, useEffect, useRef } from 'preact/hooks';
import { ChartPlot } from '../charts/chart_plot.ts';
import { CHARTS, type ChartSpec } from '../charts/chart_specs.ts';
import { binAt, followLabSeries, isSeriesAsking, plotsWidth, series } from '../charts/series_store.ts';
import { PanelPlace } from '../dock/panel_place.tsx';
import { addBusyPart } from '../state/idle.ts';
import { view } from '../state/lab_store.ts';
import { duration, milliseconds } from '../state/numbers.ts';
import { heldAt, seekTime } from '../state/playhead.ts';
import { theme } from '../state/theme.ts';
import { type Turn, takeTurns } from '../state/turns.ts';
import { following, followLabTimeline, timeWindow } from '../timeline/timeline_store.ts';
import { SourceMark } from './marks.tsx';
import { Panel } from './panel.tsx';

/** Time under the pointer in one of the plots; the values read there instead of at the playhead. */
const pointed = signal<number | null>(null);

function Head({ spec }: { readonly spec: ChartSpec }) {
  const columns = series.value;
  const moment = pointed.value ?? heldAt.value ?? view.value.status.time;
  const bin = columns ? binAt(columns, moment) : -1;
  const [value, unit] = columns && bin >= 0 ? spec.value(columns, bin) : (['–', ''] as const);
  return (
    <div class="chart-head" title={`${spec.about} Press to go to an instant.`}>
      <span>{spec.title}</span>
      <span class="chart-value">
        <b>{value}</b> {unit} <SourceMark source={spec.source} />
      </span>
    </div>
  );
}

function Plot({ spec }: { readonly spec: ChartSpec }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<{ readonly made: ChartPlot; readonly drawing: Turn } | null>(null);
  const newest = useRef<(made: ChartPlot) => void>(() => {});
  const columns = series.value;
  const { time } = view.value.status;
  const now = heldAt.value ?? time;
  const { from, to } = timeWindow.value;
  const shownTheme = theme.value;
  useEffect(() => {
    const element = host.current!;
    const made = new ChartPlot(
      element,
      spec,
      moment => void seekTime(moment),
      moment => {
        pointed.value = moment;
      },
    );
    const drawing = takeTurns(() => newest.current(made));
    plot.current = { made, drawing };
    const sizes = new ResizeObserver(() => made.resize(element.clientWidth, element.clientHeight));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      drawing.stop();
      made.destroy();
      plot.current = null;
    };
  }, [spec]);
  useEffect(() => {
    newest.current = made => (columns ? made.show(columns, now, from, to) : made.clear());
    plot.current?.drawing.again();
  }, [columns, now, from, to, shownTheme]);
  const bin = columns ? binAt(columns, now) : -1;
  const says = columns && bin >= 0 ? `${spec.text(columns, bin)} at ${milliseconds(now)} ms` : 'nothing yet';
  return <div class="chart-plot" ref={host} role="img" aria-label={`${spec.title}: ${says}`} />;
}

/** Nothing measures the GPU's time of a frame unless the machine says so: a dash, never a zero. */
function GpuTime() {
  const because = series.value?.gpuTimeBecause ?? 'Nothing has run yet.';
  return (
    <div class="chart unknown" title={because}>
      <div class="chart-head">
        <span>GPU time per frame</span>
        <span class="chart-value">
          <b>–</b> unknown <SourceMark source="unknown" />
        </span>
      </div>
      <div class="chart-plot" role="img" aria-label={`GPU time per frame: unknown. ${because}`} />
    </div>
  );
}

export function ChartsPanel() {
  const place = useContext(PanelPlace);
  const box = useRef<HTMLDivElement>(null);
  const visible = place?.visible.value ?? true;
  useEffect(() => {
    const element = box.current!;
    const sizes = new ResizeObserver(() => {
      plotsWidth.value = (place?.visible.peek() ?? true) ? element.clientWidth : 0;
    });
    sizes.observe(element);
    const stops = [followLabTimeline(), followLabSeries(), addBusyPart(isSeriesAsking)];
    return () => {
      sizes.disconnect();
      for (const stop of stops) stop();
      plotsWidth.value = 0;
    };
  }, [place]);
  useEffect(() => {
    plotsWidth.value = visible ? (box.current?.clientWidth ?? 0) : 0;
  }, [visible]);
  const { from, to } = timeWindow.value;
  const meta = following.value === 'all' ? 'all of time' : duration(to - from);
  return (
    <Panel name="Charts" meta={meta}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys. */}
      <div class="charts" ref={box} tabIndex={0}>
        {CHARTS.map(spec => (
          <div class="chart" key={spec.id}>
            <Head spec={spec} />
            <Plot spec={spec} />
          </div>
        ))}
        <GpuTime />
      </div>
    </Panel>
  );
}
