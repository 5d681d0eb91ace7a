/**
 * The invariants for the status bar: with every view where that is quick; of very many things when the scene rests, one after the
 * other, and the window is told of none meanwhile.
 */

import { CheckPass } from '../kernel/check_pass.ts';
import { invariantEntries } from '../kernel/invariants.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** A check that takes longer waits until the scene rests, */
const QUICK_MS = 4;
/** but what so few events made is always checked, however busy the computer is. */
const FEW_EVENTS = 20_000;

export interface Checked {
  readonly checked: number;
  readonly broken: readonly string[];
}

const NONE: Checked = { checked: 0, broken: [] };

export class StateChecks {
  private readonly entries = invariantEntries().filter(({ kind }) => kind === 'state');
  /** What a check took the last time (0: there was none), and how many events had made what there was. */
  private tookMs = 0;
  private events = 1;
  /** What the last check found, and of which state. */
  private found = NONE;
  private kernel: Kernel | null = null;
  private atEvent = -1;

  constructor(private readonly nowMs: () => number) {}

  /** What is known of this state: checked now if that is quick. */
  take(kernel: Kernel): Checked {
    if (this.isKnown(kernel)) return this.found;
    const events = kernel.trace.count + 1;
    // There is not more to check than events that made it.
    const willTakeMs = this.tookMs * Math.max(1, events / this.events);
    if (events > FEW_EVENTS && (this.tookMs === 0 || willTakeMs > QUICK_MS)) return NONE;
    const began = this.nowMs();
    this.keep(kernel, kernel.check(this.entries), this.nowMs() - began);
    return this.found;
  }

  /**
   * Check this state if it was not yet, one rule after the other.
   *
   * @param between asked between two rules; false: somebody wants something else
   * @returns false when it was ended
   */
  async finish(kernel: Kernel, between: () => Promise<boolean>): Promise<boolean> {
    if (this.isKnown(kernel)) return true;
    const pass = new CheckPass(kernel);
    const broken: string[] = [];
    let tookMs = 0;
    for (const entry of this.entries) {
      const began = this.nowMs();
      broken.push(...kernel.check([entry], ['state'], pass));
      tookMs += this.nowMs() - began;
      if (!(await between())) return false;
    }
    this.keep(kernel, broken, tookMs);
    return true;
  }

  private isKnown(kernel: Kernel): boolean {
    return kernel === this.kernel && kernel.trace.count === this.atEvent;
  }

  private keep(kernel: Kernel, broken: readonly string[], tookMs: number): void {
    this.found = { checked: this.entries.length, broken };
    this.kernel = kernel;
    this.atEvent = kernel.trace.count;
    this.tookMs = tookMs;
    this.events = kernel.trace.count + 1;
  }
}
