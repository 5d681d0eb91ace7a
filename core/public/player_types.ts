/** What the self-contained player shows: the views of a session, one after the other, each as a difference to the one before. */
import type { ViewDelta } from './view_delta.ts';
import type { Change } from './view_types.ts';

export interface SessionFrame {
  readonly delta: ViewDelta;
  /** What moved since the frame before. */
  readonly changes: readonly Change[];
}

export interface SessionFrames {
  readonly title: string;
  readonly appVersion: string;
  readonly machine: string;
  readonly frames: readonly SessionFrame[];
}
