/** A running scene: slices, views of what moved, and never ahead of the picture. */
import type { LabScene } from '../lab_scene.ts';
import type { ShownViews } from '../shown_views.ts';
import { advanceSlice, SINGLE_STEP_INPUTS, type Slicing, sliceClock } from '../slice_pace.ts';

/** A running scene without anything to see is shown this often. */
const SHOW_EVERY_MS = 40;

export interface Running {
  readonly around: Slicing;
  /** False: somebody wants something else. */
  readonly wanted: () => boolean;
  readonly shown: ShownViews;
  readonly show: () => void;
  /** Does what waits for a moment between two inputs. */
  readonly between: () => Promise<void>;
}

/** Run to a position, or to the end of the inputs. */
export async function runScene(
  scene: LabScene,
  until: number,
  { around, wanted, shown, show, between }: Running,
): Promise<void> {
  const { nowMs, breathe } = around;
  const goesOn = () => wanted() && !scene.atEnd && scene.session.position < until;
  const most = Math.ceil(scene.session.inputs.length / SINGLE_STEP_INPUTS);
  let shownAt = nowMs();
  while (goesOn()) {
    const isOver = sliceClock(nowMs);
    let moved = false;
    do moved = await advanceSlice(scene, around, until, most);
    while (!moved && goesOn() && !isOver());
    // Where nothing moves the run does not wait for the picture, but no view is made before the last one was seen.
    if (moved || (nowMs() - shownAt >= SHOW_EVERY_MS && shown.has(scene.viewNumber))) {
      show();
      if (moved) await shown.until(scene.viewNumber, wanted);
      shownAt = nowMs();
    }
    await between();
    await breathe();
  }
}
