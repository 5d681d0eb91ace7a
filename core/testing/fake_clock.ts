/** A clock for tests: it goes on by as much as it is told to with every look, in whole steps. */
import type { Clock } from '../hw/ports.ts';

export class FakeClock implements Clock {
  /** Milliseconds that pass between two looks. */
  perLookMs: number;
  private exactMs = 0;

  constructor(
    perLookMs: number,
    private readonly stepMs = 0,
  ) {
    this.perLookMs = perLookMs;
  }

  /** Let time pass without a look. */
  pass(ms: number): void {
    this.exactMs += ms;
  }

  nowMs(): number {
    this.exactMs += this.perLookMs;
    return this.stepMs === 0 ? this.exactMs : Math.floor(this.exactMs / this.stepMs) * this.stepMs;
  }

  delay(ms: number): Promise<void> {
    this.exactMs += ms;
    return Promise.resolve();
  }
}
