/** The comparison that the Differences panel shows. */
import { signal } from '@preact/signals';
import type { DiffRowView } from '../../core/public/session_types.ts';
import { sayLine } from '../commands/command.ts';
import { ask } from './actions.ts';
import { fail, view } from './lab_store.ts';

export interface Comparison {
  readonly from: number;
  readonly to: number;
  readonly fromTime: number;
  readonly toTime: number;
  readonly rows: readonly DiffRowView[];
}

export const comparison = signal<Comparison | null>(null);
export const comparing = signal(false);

/** Compare a position with the one where the window stands. */
export async function diffWithHere(position: number): Promise<void> {
  const here = view.peek().status.inputsDone;
  const [from, to] = position <= here ? [position, here] : [here, position];
  sayLine(`diff ${from} ${to}`);
  await diffBetween(from, to);
}

/** Compare two positions. */
export async function diffBetween(from: number, to: number): Promise<void> {
  comparing.value = true;
  try {
    comparison.value = { from, to, ...(await ask('stateDiff', { from, to })) };
  } catch (error) {
    fail(`The two moments could not be compared: ${(error as Error).message}`);
  } finally {
    comparing.value = false;
  }
}
