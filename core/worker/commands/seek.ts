/** The way to another moment of a scene, in slices. */
import type { LabScene } from '../lab_scene.ts';
import { betweenParts } from '../slice_pace.ts';
import type { Turns } from '../turns.ts';
import { WayProgress } from '../way_progress.ts';
import type { WaySurroundings } from './load.ts';

/**
 * Go to the moment behind so many inputs, and on to where the steps that wait behind it lead.
 *
 * @returns false when it was ended on the way, by who wants to be elsewhere
 */
export async function seekInSlices(
  scene: LabScene,
  position: number,
  turns: Turns,
  around: WaySurroundings,
): Promise<boolean> {
  const { session } = scene;
  const most = session.inputs.length;
  let goal = turns.withSteps(Math.max(0, Math.min(position, most)), 0, null);
  const progress = new WayProgress(goal < session.position ? 'Going back' : 'Going there', around);
  let from: number | null = null;
  const goesOn = () => {
    goal = turns.withSteps(goal, session.position, most);
    from ??= scene.workAt(session.position);
    const whole = scene.workAt(goal) - from;
    if (whole > 0) progress.tell((scene.workAt(session.position) - from) / whole);
    return turns.wayGoesOn;
  };
  try {
    await scene.seek(goal, betweenParts(around, goesOn), () => goal);
  } finally {
    progress.end();
  }
  return turns.wayGoesOn;
}
