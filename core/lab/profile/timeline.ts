/**
 * The model's own account of GPU memory and what the real kernel says, on one time axis.
 *
 * Units      milliseconds since the profile began; bytes
 * Sampled    between repetitions, at most every SAMPLE_MS: never inside a measured duration
 */
import type { Bytes } from '../../base/units.ts';
import { type Ledger, PURPOSES } from '../../hw/ledger.ts';
import type { Clock } from '../../hw/ports.ts';
import type { ProfileChart, TimelineReport } from './profile_report.ts';
import type { KernelSource } from './profile_setup.ts';

const SAMPLE_MS = 100;

interface Row {
  readonly ms: number;
  readonly values: ReadonlyMap<string, number>;
}

/** Rows of one source as lines; a value that a row lacks is null, so a line breaks where nothing was known. */
function chartOf(title: string, rows: readonly Row[]): ProfileChart {
  const names = [...new Set(rows.flatMap(({ values }) => [...values.keys()]))].sort((a, b) =>
    a < b ? -1 : a > b ? 1 : 0,
  );
  return {
    title,
    x: 'ms since the profile began',
    y: 'bytes',
    logX: false,
    logY: false,
    series: names.map(name => ({
      name,
      points: rows.map(({ ms, values }): [number, number | null] => [ms, values.get(name) ?? null]),
    })),
  };
}

export class Timeline {
  private readonly model: Row[] = [];
  private readonly kernel: Row[][];
  private readonly begin: number;
  private next = 0;

  constructor(
    private readonly clock: Clock,
    private readonly sources: readonly KernelSource[],
  ) {
    this.begin = clock.nowMs();
    this.kernel = sources.map(() => []);
  }

  /** Milliseconds since the beginning. */
  get ms(): number {
    return this.clock.nowMs() - this.begin;
  }

  /**
   * Take a sample if it is time.
   *
   * @param ledger     of the machine that runs now, if one does
   * @param plainBytes of the allocations of the driver's cliff
   */
  sample(ledger: Ledger | undefined, plainBytes: Bytes): void {
    const ms = Math.round(this.ms);
    if (ms < this.next) return;
    this.next = ms + SAMPLE_MS;
    const values = new Map<string, number>();
    for (const purpose of PURPOSES) values.set(purpose, ledger?.live[purpose] ?? 0);
    values.set('plain allocation', plainBytes);
    values.set('all', (ledger?.liveBytes ?? 0) + plainBytes);
    this.model.push({ ms, values });
    this.sources.forEach((source, i) => {
      const seen = source.sample();
      if (seen.size > 0) this.kernel[i]!.push({ ms, values: seen });
    });
  }

  report(): TimelineReport {
    const present = this.sources.filter((_, i) => this.kernel[i]!.length > 0);
    return {
      charts: [
        chartOf("The model's account: live GPU bytes by purpose", this.model),
        ...this.sources.flatMap((source, i) =>
          present.includes(source) ? [chartOf(`The kernel: ${source.name}`, this.kernel[i]!)] : [],
        ),
      ],
      present: present.map(({ name }) => name),
      absent: this.sources
        .filter(source => !present.includes(source))
        .map(source => `${source.name}: ${source.absent() ?? 'nothing was found in it'}`),
    };
  }
}
