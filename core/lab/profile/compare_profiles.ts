/**
 * Two reports side by side, and a report beside those that were saved before.
 *
 * Noise      a figure has changed when the difference of the medians is larger than what the quartiles of both reach, widened by
 *            half because two runs differ by more than the rounds of one, and larger than LEAST_CHANGE of the value
 * Since      the first report from which on every one is as slow as the last, compared with the best before
 */
import { type Figure, figuresById, type ProfileReport } from './profile_report.ts';

/** Smallest part of a value that counts as a change. */
export const LEAST_CHANGE = 0.1;
/** By how much the quartiles of a run are too close for the next run. */
const WIDENED = 1.5;

export type Verdict = 'same' | 'better' | 'worse' | 'only first' | 'only second' | 'unknown';

/** One figure in two reports. */
export interface ComparedFigure {
  readonly id: string;
  readonly what: string;
  readonly unit: Figure['unit'];
  readonly a: Figure | null;
  readonly b: Figure | null;
  /** Second by first; null when there are not two values. */
  readonly factor: number | null;
  /** What the factor may differ from 1 without meaning anything. */
  readonly noise: number | null;
  readonly verdict: Verdict;
}

export interface ProfileComparison {
  readonly a: string;
  readonly b: string;
  /** Why the two can hardly be compared, one sentence each. */
  readonly warnings: readonly string[];
  readonly figures: readonly ComparedFigure[];
}

/** The part of a figure's value that its spread reaches, to the farther side. */
function spreadOf({ value, low, high }: Figure): number {
  if (value === null || low === null || high === null || value === 0) return 0;
  return Math.max(high - value, value - low) / Math.abs(value);
}

function compareFigure(id: string, a: Figure | null, b: Figure | null): ComparedFigure {
  const { what, unit } = (a ?? b)!;
  const none = { id, what, unit, a, b, factor: null, noise: null };
  if (a === null) return { ...none, verdict: 'only second' };
  if (b === null) return { ...none, verdict: 'only first' };
  if (a.value === null || b.value === null || a.value === 0 || a.unit !== b.unit)
    return { ...none, verdict: 'unknown' };
  const factor = b.value / a.value;
  const noise = Math.max(LEAST_CHANGE, WIDENED * (spreadOf(a) + spreadOf(b)));
  let verdict: Verdict = 'same';
  // From either side: a third of the value is as far as three times the value.
  const distance = Math.max(factor, 1 / factor) - 1;
  if (a.better !== 'neither' && distance > noise)
    verdict = factor < 1 === (a.better === 'lower') ? 'better' : 'worse';
  return { id, what, unit, a, b, factor, noise, verdict };
}

/** What two reports do not have in common. */
function warningsOf(a: ProfileReport, b: ProfileReport): string[] {
  const warnings: string[] = [];
  const differ = (what: string, x: string, y: string) => {
    if (x !== y) warnings.push(`The ${what} differs: ${x}, ${y}.`);
  };
  differ('adapter', a.environment.adapter, b.environment.adapter);
  differ('driver', a.environment.driver, b.environment.driver);
  differ('backend', a.environment.backend, b.environment.backend);
  differ('machine description', a.environment.machine, b.environment.machine);
  differ('extent', a.quick ? 'quick' : 'full', b.quick ? 'quick' : 'full');
  for (const report of [a, b])
    if (report.cancelled) warnings.push(`The report of ${report.date} was cancelled.`);
  return warnings;
}

/** Compare two reports; the first is the reference. */
export function compareProfiles(a: ProfileReport, b: ProfileReport): ProfileComparison {
  const first = figuresById(a);
  const second = figuresById(b);
  const ids = [...first.keys(), ...[...second.keys()].filter(id => !first.has(id))];
  return {
    a: a.date,
    b: b.date,
    warnings: warningsOf(a, b),
    figures: ids.map(id => compareFigure(id, first.get(id) ?? null, second.get(id) ?? null)),
  };
}

export interface Regression {
  readonly id: string;
  readonly what: string;
  readonly unit: Figure['unit'];
  /** Reference and newest value. */
  readonly was: number;
  readonly now: number;
  readonly factor: number;
  readonly noise: number;
  /** Date of the first report that is as bad as the newest. */
  readonly since: string;
  /** Date of the last report before it. */
  readonly lastGood: string;
}

export interface BaselineAnswer {
  readonly dates: readonly string[];
  readonly warnings: readonly string[];
  readonly regressions: readonly Regression[];
  readonly compared: number;
}

/** A report after those that were saved before: what got worse, and since when. */
export function regressionsSince(saved: readonly ProfileReport[], newest: ProfileReport): BaselineAnswer {
  const history = [...saved].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  const tables = [...history, newest].map(report => ({
    date: report.date,
    figures: figuresById(report),
  }));
  const regressions: Regression[] = [];
  let compared = 0;
  for (const [id, now] of figuresById(newest)) {
    const known = tables.flatMap(({ date, figures }) => {
      const figure = figures.get(id);
      return figure && figure.value !== null ? [{ date, figure }] : [];
    });
    if (now.value === null || known.length < 2) continue;
    compared++;
    const before = known.slice(0, -1);
    const isWorse = (than: Figure, figure: Figure) => compareFigure(id, than, figure).verdict === 'worse';
    // The best of those before: a regression does not hide behind a slow report.
    const best = before.reduce((kept, each) =>
      each.figure.value! < kept.figure.value! === (now.better === 'lower') ? each : kept,
    );
    if (!isWorse(best.figure, now)) continue;
    let first = known.length - 1;
    while (first > 0 && isWorse(best.figure, known[first - 1]!.figure)) first--;
    const { factor, noise } = compareFigure(id, best.figure, now);
    regressions.push({
      id,
      what: now.what,
      unit: now.unit,
      was: best.figure.value!,
      now: now.value,
      factor: factor!,
      noise: noise!,
      since: known[first]!.date,
      lastGood: (known[first - 1] ?? best).date,
    });
  }
  const warnings = [...new Set(history.flatMap(report => warningsOf(report, newest)))];
  return { dates: history.map(({ date }) => date), warnings, regressions, compared };
}
