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

/**
 * Median, and between which samples the true one lies with a chance of at least 95 %, whatever they are drawn from: each sample lies
 * below it as a coin falls. Fewer than six samples cannot say that much; all of them are the interval then.
 */
export function medianInterval(samples: readonly number[]): Summary | undefined {
  if (samples.length === 0) return undefined;
  const sorted = [...samples].sort((a, b) => a - b);
  const { length } = sorted;
  let chance = 1;
  for (let i = 0; i < length; i++) chance /= 2;
  let below = 0;
  for (let sum = chance; sum <= 0.025; sum += chance) {
    below++;
    chance *= (length - below + 1) / below;
  }
  const left = Math.max(0, below - 1);
  return { value: quantile(sorted, 0.5), low: sorted[left]!, high: sorted[length - 1 - left]! };
}

/** Four digits that mean something. */
export function fourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
