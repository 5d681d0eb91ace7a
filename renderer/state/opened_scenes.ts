/** Scenarios that a person opened from files; a new worker of the lab hears of them again. */
import type { LabCommand } from '../../core/public/protocol.ts';
import { addScene } from './actions.ts';
import { scene, scenes } from './lab_store.ts';
import { addFileOpener } from './opened_files.ts';
import { replaceBy } from './replaced.ts';

const added = new Map<string, { readonly name: string; readonly text: string }>();

/** Read a scenario and open it; what is wrong with it is said in the window. @param name of its file */
export async function openScene(name: string, text: string): Promise<void> {
  const before = scenes.peek();
  await replaceBy(() => addScene(name, text, true));
  const { id } = scene.peek() ?? {};
  // A new list says that the lab took it.
  if (id !== undefined && scenes.peek() !== before) added.set(id, { name, text });
}

/** What a new worker must hear so that it knows the same scenes. */
export function openedScenes(): readonly LabCommand[] {
  return [...added.values()].map(each => ({ type: 'addScene', ...each, open: false }));
}

/** The text of a scene that a person opened. */
export function openedSceneText(id: string): string | undefined {
  return added.get(id)?.text;
}

/** Files that end in .json are scenarios. */
export function openScenesFromFiles(): void {
  addFileOpener({
    ending: 'json',
    what: 'scenarios',
    open: ({ name, bytes }) => openScene(name, new TextDecoder().decode(bytes)),
  });
}
