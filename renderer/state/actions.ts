/** Everything a person can do in the window, by name; buttons and keys both call these. */
import type { LabCommand } from '../../core/public/protocol.ts';
import type { Selection } from '../../core/public/view_types.ts';
import type { LabClient } from './lab_client.ts';
import { details, scene, selection, view } from './lab_store.ts';

let client: LabClient | null = null;

/** Connect the actions with the lab; called once by main.tsx. */
export function connect(to: LabClient): void {
  client = to;
}

function send(command: LabCommand): Promise<void> {
  return client ? client.send(command) : Promise.resolve();
}

export const loadScene = (id: string) => send({ type: 'load', scene: id });
export const run = () => send({ type: 'run' });
export const pause = () => send({ type: 'pause' });
export const step = () => send({ type: 'step' });
export const stepBack = () => send({ type: 'stepBack' });
export const reset = () => send({ type: 'reset' });
export const setBudget = (pages: number) => send({ type: 'setBudget', pages });

/** Run, or pause what runs. */
export const toggleRun = () => (view.value.status.running ? pause() : run());

/** Select something everywhere; null selects nothing. */
export function select(what: Selection | null): void {
  selection.value = what;
  if (!what) details.value = null;
  void send({ type: 'select', selection: what });
}

const isEditable = (target: EventTarget | null) =>
  target instanceof HTMLInputElement ||
  target instanceof HTMLSelectElement ||
  target instanceof HTMLTextAreaElement;

/** Keys of the whole window. Space runs and pauses, the arrows step; Escape selects nothing. */
export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || isEditable(event.target) || !scene.value) return;
  if (event.key === 'Escape') select(null);
  else if (event.key === '.') void step();
  else if (event.key === ',') void stepBack();
  else if (event.key === 'r') void toggleRun();
  else return;
  event.preventDefault();
}
