/**
 * What a step of the profiler works with: the device, the steps of the clocks, and where its numbers go.
 *
 * Units      nanoseconds for durations inside, as the figure says outside
 * Looping    a duration under MIN_STEPS steps of its clock is repeated in a loop and divided: `derived`
 */
import type { Bytes, Nanoseconds } from '../../base/units.ts';
import type { Ledger } from '../../hw/ledger.ts';
import type { CliffOutcome, Figure, FigureSource, FigureUnit, ProfileChart } from './profile_report.ts';
import { ProfileCancelled, type ProfileSetup } from './profile_setup.ts';
import { fourDigits, summarise } from './statistics.ts';

/** A duration must be longer than this many steps of what measures it. */
export const MIN_STEPS = 20;
/** Most repetitions in one sample. */
const MOST_LOOPS = 1 << 20;

/** The device of the plain measurements, with its clocks. */
export interface ProfileDevice {
  readonly device: GPUDevice;
  /** Smallest step of GPU timestamps; null when the adapter has none. */
  readonly timestampStepNs: Nanoseconds | null;
}

/** What a number is, without its value. */
export interface FigureHead {
  readonly id: string;
  readonly what: string;
  readonly of: Figure['of'];
  readonly unit: FigureUnit;
  readonly better: Figure['better'];
  readonly by?: FigureSource;
  readonly loops?: number;
  /** Set for derived figures: computed from what. */
  readonly derivedFrom?: string;
}

/** Takes what a section finds. */
export interface SectionSink {
  readonly figures: Figure[];
  readonly charts: ProfileChart[];
  readonly outcomes: CliffOutcome[];
}

/** Told between repetitions: the account of the machine that runs, and bytes of plain allocations. */
export type Breath = (ledger: Ledger | undefined, plainBytes: Bytes) => void;

export interface LoopedSamples {
  /** Nanoseconds of one operation each. */
  readonly samplesNs: readonly number[];
  readonly loops: number;
}

export class ProfileContext {
  /** Set while a machine of the lab runs, so that its account stands on the time axis. */
  ledger: Ledger | undefined;
  /** Bytes of plain allocations that stay alive over several breaths. */
  plainBytes: Bytes = 0;

  constructor(
    readonly setup: ProfileSetup,
    readonly gpu: ProfileDevice | undefined,
    readonly clockStepNs: Nanoseconds,
    readonly sink: SectionSink,
    private readonly onBreath: Breath,
  ) {}

  get quick(): boolean {
    return this.setup.quick;
  }

  nowNs(): number {
    return this.setup.clock.nowMs() * 1e6;
  }

  /** Between two repetitions: a chance to cancel and to sample. @throws ProfileCancelled */
  breathe(): void {
    if (this.setup.cancel.isCancelled) throw new ProfileCancelled('The profile was cancelled.');
    this.onBreath(this.ledger, this.plainBytes);
  }

  /** Record a figure from samples in its unit. */
  add(head: FigureHead, samples: readonly number[]): Figure {
    const { derivedFrom, by = 'wall clock', loops = 1, ...rest } = head;
    const summary = summarise(samples);
    const note = derivedFrom ?? (loops > 1 ? `one of ${loops} in a loop` : '');
    const figure: Figure = {
      ...rest,
      by,
      loops,
      kind: summary === undefined ? 'unknown' : note === '' ? 'measured' : 'derived',
      value: summary ? fourDigits(summary.value) : null,
      low: summary ? fourDigits(summary.low) : null,
      high: summary ? fourDigits(summary.high) : null,
      samples: samples.map(fourDigits),
      note: summary === undefined && note === '' ? 'no samples' : note,
    };
    this.sink.figures.push(figure);
    return figure;
  }

  /** Record that a figure could not be obtained. */
  unknown(head: FigureHead, why: string): void {
    const { derivedFrom: _, by = 'wall clock', loops = 1, ...rest } = head;
    const none = { value: null, low: null, high: null, samples: [] };
    this.sink.figures.push({ ...rest, by, loops, kind: 'unknown', ...none, note: why });
  }

  /** Record the duration of an operation in microseconds. */
  addDuration(head: Omit<FigureHead, 'unit' | 'better'>, { samplesNs, loops }: LoopedSamples): Figure {
    return this.add(
      { ...head, unit: 'us', better: 'lower', loops },
      samplesNs.map(ns => ns / 1000),
    );
  }

  /** Record how fast an operation moves its bytes. */
  addBandwidth(
    head: Omit<FigureHead, 'unit' | 'better'>,
    bytes: Bytes,
    { samplesNs, loops }: LoopedSamples,
  ): Figure {
    return this.add(
      { ...head, unit: 'GB/s', better: 'higher', loops },
      samplesNs.map(ns => bytes / ns),
    );
  }

  /**
   * Repeat an operation, a warm-up excluded.
   *
   * @param once   does it so many times and answers when that is over, the work of the GPU included
   * @param rounds samples wanted
   */
  async repeat(
    once: (loops: number) => Promise<void> | undefined,
    rounds: number,
    mostLoops = MOST_LOOPS,
  ): Promise<LoopedSamples> {
    const timed = async (loops: number): Promise<number> => {
      const begin = this.nowNs();
      const later = once(loops);
      if (later) await later;
      return this.nowNs() - begin;
    };
    await timed(1);
    let loops = 1;
    while (loops < mostLoops && (await timed(loops)) < MIN_STEPS * this.clockStepNs) loops *= 2;
    const samplesNs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      this.breathe();
      samplesNs.push((await timed(loops)) / loops);
    }
    return { samplesNs, loops };
  }
}
