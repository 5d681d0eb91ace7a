/**
 * What was open before something else took its place. A person is not asked before they go on, but what they had put into it, inputs
 * typed by hand, captions, a recording, is not lost: the recording is saved as if it had been stopped, the rest is offered back.
 */
import { signal } from '@preact/signals';
import * as actions from './actions.ts';
import { scene, view } from './lab_store.ts';
import { recording, stopRecording } from './sessions.ts';

export interface Replaced {
  readonly title: string;
  /** What there was of a person's own, in words. */
  readonly had: string;
  /** A session file of it. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where it stood. */
  readonly position: number;
}

/** The newest one; null: nothing, or the person has settled it. */
export const replaced = signal<Replaced | null>(null);

/** In words what a person has put into what is open; empty: nothing. */
export function ownWords({ inputs, notes }: actions.OwnWork): string {
  const parts = [
    inputs > 0 && (inputs === 1 ? 'an input' : `${inputs} inputs`),
    notes > 0 && 'captions or bookmarks',
  ];
  return parts.filter(part => part !== false).join(' and ');
}

async function kept(title: string): Promise<Replaced | null> {
  const had = ownWords(actions.ownWork());
  if (had === '') return null;
  await actions.pause();
  const { inputsDone, newest } = view.peek().status;
  // Inputs and notes make all of it again; events would only make it large.
  const part = { fromPosition: newest.inputsDone, lastMs: null, appVersion: __GART_LAB_VERSION__ };
  const { name, bytes } = await actions.ask('sessionFile', part);
  return { title, had, name, bytes, position: inputsDone };
}

/** Open something in the place of what is open. */
export async function replaceBy(open: () => Promise<void>): Promise<void> {
  const before = scene.peek();
  if (before && recording.peek()) await stopRecording();
  // A lab that cannot say what it has is no reason not to open another scene.
  const was = before && (await kept(before.title).catch(() => null));
  const own = actions.ownWork();
  actions.forgetOwnWork();
  await open();
  if (scene.peek() === before) actions.rememberOwnWork(own);
  else replaced.value = was;
}

/** Open it again, where it stood. */
export async function openReplaced({ name, bytes, position }: Replaced): Promise<void> {
  replaced.value = null;
  await replaceBy(() => actions.openSession(name, bytes.slice()));
  await actions.seek(position);
}
