/**
 * Negative controls: defects that a run can be told to have, each of which must turn the run red. Those of the machine go to
 * hw/sabotage.ts, those of the model to the field `sabotage` of its context.
 */
import { MACHINE_SABOTAGES } from '../hw/sabotage.ts';
import { DEFECTS, ENGINE_DEFECTS } from './defects.ts';

/** The controls that every scene with an eviction and a refault must notice. */
export const SABOTAGES = [...MACHINE_SABOTAGES, 'skip-zap-in-one-task'] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** True for a name of SABOTAGES or of a planted defect (lab/defects.ts). */
export function isSabotage(text: string): boolean {
  return (
    (SABOTAGES as readonly string[]).includes(text) ||
    [...DEFECTS, ...ENGINE_DEFECTS].some(defect => defect.name === text)
  );
}
