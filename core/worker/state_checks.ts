/**
 * The invariants for the status bar: with every view where that is quick; in a running scene of very many things not until it
 * rests, and then the window is told of none meanwhile.
 */

import { invariantEntries } from '../kernel/invariants.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** A check that takes longer waits until the scene rests, */
const QUICK_MS = 4;
/** but what so few events made is always checked, however busy the computer is. */
const FEW_EVENTS = 20_000;

export class StateChecks {
  private readonly entries = invariantEntries();
  private readonly all = this.entries.filter(({ kind }) => kind === 'state').length;
  /** What a check took the last time, and how many events had made what there was. */
  private tookMs = 0;
  private events = 1;

  constructor(private readonly nowMs: () => number) {}

  /** @param running views follow each other, and nobody may wait */
  take(kernel: Kernel, running: boolean): { readonly checked: number; readonly broken: readonly string[] } {
    const events = kernel.trace.count + 1;
    // There is not more to check than events that made it.
    const willTakeMs = this.tookMs * Math.max(1, events / this.events);
    if (running && events > FEW_EVENTS && willTakeMs > QUICK_MS) return { checked: 0, broken: [] };
    const began = this.nowMs();
    const broken = kernel.check(this.entries);
    this.tookMs = this.nowMs() - began;
    this.events = events;
    return { checked: this.all, broken };
  }
}
