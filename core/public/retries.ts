/**
 * Counts how often something ended lately, so that what ends again and again is not tried for ever.
 *
 * Units  milliseconds, of the clock that is handed in
 */

/** Ends within the last minute that are met with another try. */
export const MOST_IN_A_MINUTE = 3;
const MINUTE_MS = 60_000;

export class Retries {
  private readonly times: number[] = [];

  constructor(private readonly nowMs: () => number) {}

  /** Count one more end. @returns whether to try again */
  again(): boolean {
    const now = this.nowMs();
    while (this.times.length > 0 && now - this.times[0]! > MINUTE_MS) this.times.shift();
    this.times.push(now);
    return this.times.length <= MOST_IN_A_MINUTE;
  }
}
