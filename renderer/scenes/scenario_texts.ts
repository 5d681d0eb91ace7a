/** The scenarios that come with the program as text, for reading and for beginning from. */
import { openedSceneText } from '../state/opened_scenes.ts';

const texts = import.meta.glob<string>('../../assets/scenarios/*.json', {
  eager: true,
  query: '?raw',
  import: 'default',
});
const machines = import.meta.glob('../../assets/machines/*.json', { query: '?raw', import: 'default' });

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '');
const byId = new Map(Object.entries(texts).map(([path, text]) => [nameOf(path), text]));

/** Machine descriptions that scenarios may name. */
export const MACHINE_IDS: readonly string[] = Object.keys(machines).map(nameOf).sort();

/** The text of a scene: as a person opened it, else as it came with the program; empty when neither is known. */
export function sceneText(id: string): string {
  return openedSceneText(id) ?? byId.get(id) ?? '';
}

/** What a list shows of a scene besides its title; nothing of a text that cannot be read. */
export function sceneFacts(text: string): { readonly machine: string; readonly captions: readonly string[] } {
  try {
    const document = JSON.parse(text) as { machine?: string; steps?: unknown };
    return { machine: String(document.machine ?? ''), captions: captionsOf(document.steps) };
  } catch {
    return { machine: '', captions: [] };
  }
}

function captionsOf(steps: unknown): string[] {
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: { caption?: string; steps?: unknown }) =>
    typeof step.caption === 'string' ? [step.caption] : captionsOf(step.steps),
  );
}
