/** One plot: uPlot without axes and legend, the playhead through it, and what lies behind the playhead quieter. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { SeriesAnswer } from '../../core/public/timeline_types.ts';
import { timelineColors } from '../timeline/timeline_colors.ts';
import type { ChartSpec } from './chart_specs.ts';

/** Room above the highest value. */
const HEADROOM = 1.12;
/** Plots from this height on say how high their highest value is. */
const TALL = 110;
/** Plots that share a cursor. */
const SYNC = 'lab-charts';

export interface PlotInput {
  readonly spec: ChartSpec;
  readonly series: SeriesAnswer;
  /** The instant shown. */
  readonly now: number;
}

export class ChartPlot {
  private readonly plot: uPlot;
  private colors = timelineColors();
  private now = 0;
  private newest = 0;
  private hasValues = false;

  /**
   * @param onPress gets the time of a press
   * @param onPoint gets the time under the pointer, or null
   */
  constructor(
    host: HTMLElement,
    private readonly spec: ChartSpec,
    onPress: (time: number) => void,
    onPoint: (time: number | null) => void,
  ) {
    const stepped = uPlot.paths.stepped!({ align: -1 });
    this.plot = new uPlot(
      {
        width: Math.max(1, host.clientWidth),
        height: Math.max(1, host.clientHeight),
        padding: [2, 0, 1, 0],
        legend: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: {
          x: { time: false, auto: false },
          y: { range: (_, __, max) => [0, (Number.isFinite(max) && max > 0 ? max : 1) * HEADROOM] },
        },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key: SYNC } },
        series: [
          {},
          ...spec.lines.map(line => ({
            paths: stepped,
            points: { show: false },
            spanGaps: false,
            width: line.filled ? 0 : 1.25,
            stroke: () => line.color(this.colors),
            ...(line.filled && { fill: () => line.color(this.colors) }),
          })),
        ],
        hooks: {
          drawClear: [plot => this.drawBase(plot)],
          draw: [plot => this.drawScale(plot), plot => this.drawPlayhead(plot)],
          setCursor: [
            plot => {
              const { left } = plot.cursor;
              onPoint(left !== undefined && left >= 0 ? plot.posToVal(left, 'x') : null);
            },
          ],
        },
      },
      [[], ...spec.lines.map(() => [])] as uPlot.AlignedData,
      host,
    );
    this.plot.over.addEventListener('click', event => onPress(this.plot.posToVal(event.offsetX, 'x')));
  }

  private drawBase({ ctx, bbox }: uPlot): void {
    ctx.fillStyle = this.colors.seam;
    ctx.fillRect(bbox.left, bbox.top + bbox.height - 1, bbox.width, 1);
  }

  private drawScale({ ctx, bbox, scales, height }: uPlot): void {
    const top = (scales.y?.max ?? 0) / HEADROOM;
    if (height < TALL || !this.hasValues) return;
    const y = bbox.top + bbox.height * (1 - 1 / HEADROOM);
    ctx.save();
    ctx.strokeStyle = this.colors.edge;
    ctx.lineWidth = uPlot.pxRatio;
    ctx.setLineDash([2 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = this.colors.smallFont.replace(/[\d.]+(?=px)/, size => String(Number(size) * uPlot.pxRatio));
    ctx.fillStyle = this.colors.text;
    ctx.textBaseline = 'bottom';
    ctx.fillText(this.spec.scale(top), bbox.left + 6 * uPlot.pxRatio, y - uPlot.pxRatio);
    ctx.restore();
  }

  private drawPlayhead(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const x = plot.valToPos(this.now, 'x', true);
    if (!Number.isFinite(x)) return;
    ctx.save();
    if (this.newest > this.now) {
      ctx.globalAlpha = 0.6;
      ctx.fillStyle = this.colors.panel;
      const from = Math.max(bbox.left, x);
      ctx.fillRect(from, bbox.top, Math.max(0, bbox.left + bbox.width - from), bbox.height);
      ctx.globalAlpha = 1;
    }
    if (x >= bbox.left && x <= bbox.left + bbox.width) {
      ctx.fillStyle = this.colors.select;
      ctx.fillRect(x - uPlot.pxRatio * 0.75, bbox.top, uPlot.pxRatio * 1.5, bbox.height);
    }
    ctx.restore();
  }

  /** Draw these columns over [from, to]. */
  show(series: SeriesAnswer, now: number, from: number, to: number): void {
    this.colors = timelineColors();
    this.now = now;
    this.newest = series.extent.newest;
    const lines = this.spec.lines.map(line => {
      const values = Array.from(line.values(series), value => (Number.isNaN(value) ? null : value));
      return [values[0] ?? null, ...values];
    });
    this.hasValues = lines.some(line => line.some(value => value !== null && value > 0));
    const step = series.time.length > 1 ? series.time[1]! - series.time[0]! : 0;
    this.plot.batch(() => {
      this.plot.setData([[series.time[0]! - step, ...series.time], ...lines] as uPlot.AlignedData, false);
      this.plot.setScale('x', { min: from, max: to });
    });
    this.plot.redraw(true, false);
  }

  /** Nothing is known. */
  clear(): void {
    this.hasValues = false;
    this.plot.setData([[], ...this.spec.lines.map(() => [])] as uPlot.AlignedData);
  }

  resize(width: number, height: number): void {
    if (width > 0 && height > 0) this.plot.setSize({ width, height });
  }

  destroy(): void {
    this.plot.destroy();
  }
}
