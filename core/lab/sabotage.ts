/**
 * Negative controls: defects that a run can be told to have, each of which must turn the run red. Those of the machine go to
 * hw/sabotage.ts, those of the model to the field `sabotage` of its context.
 */

export const SABOTAGES = [
  'flip-byte-in-move',
  'skip-copy-out',
  'skip-copy-in',
  'skip-zap-in-one-task',
  'forget-destroy',
  'stale-gart-entry',
] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** True for a name of SABOTAGES. */
export function isSabotage(text: string): text is Sabotage {
  return (SABOTAGES as readonly string[]).includes(text);
}
