/** Slices of the lab's time: between two of them the port is heard. */
import type { LabScene } from './lab_scene.ts';

/** Time that the lab works before it looks at the port again. */
export const SLICE_MS = 8;
/** Scenes of more inputs than this execute several between two looks, so that long ones take seconds, not minutes. */
export const SINGLE_STEP_INPUTS = 2000;
const MOST_INPUTS_AT_ONCE = 256;

/** What work in slices needs of its surroundings. */
export interface Slicing {
  readonly nowMs: () => number;
  /** Lets other messages of the port in. */
  readonly breathe: () => Promise<void>;
}

/** A question, asked after every step, that is answered with yes once the slice is over: another step like the longest would not fit. */
export function sliceClock(nowMs: () => number): () => boolean {
  const began = nowMs();
  let last = began;
  let longest = 0;
  return () => {
    const now = nowMs();
    longest = Math.max(longest, now - last);
    last = now;
    return now - began + longest > SLICE_MS;
  };
}

/** Execute as many of the next inputs as fit into a slice, at least one. @returns true when something moved */
export function advanceSlice(
  scene: LabScene,
  { nowMs }: Slicing,
  until: number,
  most = MOST_INPUTS_AT_ONCE,
): Promise<boolean> {
  const count = Math.max(1, Math.min(most, MOST_INPUTS_AT_ONCE, until - scene.session.position));
  return scene.advance(count, sliceClock(nowMs));
}

/**
 * Execute inputs up to a position in slices.
 *
 * @param goesOn asked before every slice
 */
export async function playSlices(
  scene: LabScene,
  until: number,
  around: Slicing,
  goesOn: () => boolean,
): Promise<void> {
  while (goesOn()) {
    const isOver = sliceClock(around.nowMs);
    do await advanceSlice(scene, around, until);
    while (goesOn() && !isOver());
    if (!goesOn()) return;
    await around.breathe();
  }
}

/**
 * For work in small parts: call it between two of them. Where a slice is over, others are let in.
 *
 * @param goesOn   false: somebody wants something else
 * @param onLonger called once, when the work takes more than one slice
 * @returns false when the work is to end
 */
export function betweenParts(
  around: Slicing,
  goesOn: () => boolean,
  onLonger: () => void = () => {},
): () => Promise<boolean> {
  let isOver = sliceClock(around.nowMs);
  let longer = false;
  return async () => {
    if (!isOver()) return true;
    if (!longer) onLonger();
    longer = true;
    await around.breathe();
    isOver = sliceClock(around.nowMs);
    return goesOn();
  };
}
