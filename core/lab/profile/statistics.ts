/**
 * Middle and spread of a handful of measurements.
 *
 * Spread     the quartiles: half of the samples lie between `low` and `high`; one slow moment of the machine moves neither
 */

/** A middle value with what lies around it, in the unit of the samples. */
export interface Summary {
  readonly value: number;
  /** Lower and upper quartile. */
  readonly low: number;
  readonly high: number;
}

/** The value below which the part `q` (0 to 1) of the samples lies, between two neighbours in proportion. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const left = sorted[below] ?? 0;
  return left + (at - below) * ((sorted[below + 1] ?? left) - left);
}

/** Median and quartiles; undefined without samples. */
export function summarise(samples: readonly number[]): Summary | undefined {
  if (samples.length === 0) return undefined;
  return { value: quantile(samples, 0.5), low: quantile(samples, 0.25), high: quantile(samples, 0.75) };
}

/** Four digits that mean something. */
export function fourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
