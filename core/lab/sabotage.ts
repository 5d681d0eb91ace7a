/**
 * Negative controls: defects that a run can be told to have, each of which must turn the run red. Those of the machine go to
 * hw/sabotage.ts, those of the model to the field `sabotage` of its context.
 */
import { MACHINE_SABOTAGES } from '../hw/sabotage.ts';

export const SABOTAGES = [...MACHINE_SABOTAGES, 'skip-zap-in-one-task'] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** True for a name of SABOTAGES. */
export function isSabotage(text: string): text is Sabotage {
  return (SABOTAGES as readonly string[]).includes(text);
}
