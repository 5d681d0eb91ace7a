/** The clock of Node, for measurements and time limits; the model never sees it. */
import type { Clock } from '../hw/ports.ts';

export const nodeClock: Clock = {
  nowMs: () => performance.now(),
  delay: ms => new Promise(resolve => setTimeout(resolve, ms)),
};
