/** A step of the lab as the stage shows it: the layout of the new state, what moves to get there, and what is marked for its sake. */
import type { GartRunView } from '../../core/public/view_types.ts';
import type { Transition } from '../state/lab_store.ts';
import { clearedRuns } from './cleared_runs.ts';
import { type Motion, motionsBetween } from './motion.ts';
import { layOutScene, type SceneLayout } from './scene_layout.ts';

export interface LaidOut {
  readonly layout: SceneLayout;
  readonly motions: readonly Motion[];
  /** Mappings that faulted, and how that ended. */
  readonly faulting: ReadonlyMap<number, string>;
  /** Runs of the GART that the step unbound. */
  readonly cleared: readonly GartRunView[];
}

/** @param old the layout before; objects keep their places as far as they can */
export function layOutStep(
  { before, after, changes, jump }: Transition,
  old: SceneLayout | null,
  { reduced, speed }: { readonly reduced: boolean; readonly speed: number },
): LaidOut {
  const layout = layOutScene(after, old?.slabs, old?.strip);
  const still = jump || !old || document.hidden;
  const faults = changes.flatMap(change =>
    change.kind === 'fault' && !jump ? [[change.vmaId, change.outcome] as const] : [],
  );
  return {
    layout,
    motions: still ? [] : motionsBetween(old, layout, changes, { now: performance.now(), speed, reduced }),
    faulting: new Map(faults),
    cleared: jump ? [] : clearedRuns(before.gart.runs, after.gart.runs),
  };
}
