/** How many inputs fit into a slice of the lab's time: measured as they go, because one may evict a thousand objects. */
import type { LabScene } from './lab_scene.ts';

/** Time that the lab works before it looks at the port again. */
export const SLICE_MS = 8;
/** Scenes of more inputs than this execute several between two looks, so that long ones take seconds, not minutes. */
export const SINGLE_STEP_INPUTS = 2000;
const MOST_INPUTS_AT_ONCE = 256;

export class SlicePace {
  private msPerInput = 0;

  /** @param wish inputs between two looks where time allows them */
  constructor(
    private readonly nowMs: () => number,
    private readonly wish: number,
  ) {}

  /** Execute as many of the next inputs as fit, at least one. @returns true when something moved */
  async advance(scene: LabScene, until: number): Promise<boolean> {
    const { position } = scene.session;
    const fit = this.msPerInput > 0 ? Math.floor(SLICE_MS / this.msPerInput) : this.wish;
    const count = Math.max(1, Math.min(this.wish, fit, MOST_INPUTS_AT_ONCE, until - position));
    const began = this.nowMs();
    const moved = await scene.advance(count);
    const done = scene.session.position - position;
    if (done > 0) this.msPerInput = (this.nowMs() - began) / done;
    return moved;
  }
}

/**
 * Execute inputs up to a position in slices; between them the port is heard.
 *
 * @param goesOn  asked before every slice
 * @param between what waits for a moment between two inputs
 */
export async function playSlices(
  scene: LabScene,
  until: number,
  around: { readonly nowMs: () => number; readonly breathe: () => Promise<void> },
  goesOn: () => boolean,
  between: () => Promise<void>,
): Promise<void> {
  const { nowMs, breathe } = around;
  const pace = new SlicePace(nowMs, MOST_INPUTS_AT_ONCE);
  while (goesOn()) {
    const began = nowMs();
    do await pace.advance(scene, until);
    while (goesOn() && nowMs() - began < SLICE_MS);
    if (!goesOn()) return;
    await between();
    await breathe();
  }
}
