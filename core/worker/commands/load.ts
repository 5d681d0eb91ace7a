/** The way of a scene to its first pause, in slices. */
import type { FromLab } from '../../public/protocol.ts';
import type { LabScene } from '../lab_scene.ts';
import { playSlices, type Slicing } from '../slice_pace.ts';
import type { Turns } from '../turns.ts';
import { WayProgress } from '../way_progress.ts';

export interface WaySurroundings extends Slicing {
  readonly send: (message: FromLab) => void;
}

/** Execute what comes before the first pause; nothing of it is shown as a motion. */
export async function playToFirstPause(
  scene: LabScene,
  turns: Turns,
  around: WaySurroundings,
): Promise<void> {
  const { pauseAt } = scene.scenario;
  const progress = new WayProgress('Getting ready', around);
  const goesOn = () => {
    // Very many objects move on the way.
    scene.forgetChanges();
    progress.tell(scene.session.position / Math.max(1, pauseAt));
    return turns.wayGoesOn && scene.session.position < pauseAt;
  };
  try {
    await scene.goThrough(() => playSlices(scene, pauseAt, around, goesOn));
  } finally {
    progress.end();
  }
  scene.forgetChanges();
}
