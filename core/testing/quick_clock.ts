/** A clock for tests of waits that are retried: short delays are over at once and count in full, long ones never end. */
import type { Clock } from '../hw/ports.ts';

/** Delays up to this long end; a longer one is a time limit that must not be met by a slow machine. */
const SHORT_MS = 200;

export class QuickClock implements Clock {
  now = 0;

  nowMs(): number {
    return this.now;
  }

  delay(ms: number): Promise<void> {
    if (ms > SHORT_MS) return new Promise(() => {});
    return new Promise(resolve =>
      setTimeout(() => {
        this.now += ms;
        resolve();
      }, 1),
    );
  }
}
