/** The scenes and machines that come with the program, as the bundler packs them. */
import { type MachineDescription, parseMachineDescription } from '../hw/machine_description.ts';
import { parseScenario, type Scenario } from '../lab/scenario.ts';
import { bySceneOrder } from '../lab/scene_order.ts';
import type { SceneLibrary } from './lab_host.ts';

const scenarioTexts = import.meta.glob<string>('../../assets/scenarios/*.json', {
  eager: true,
  query: '?raw',
  import: 'default',
});
const machineTexts = import.meta.glob<string>('../../assets/machines/*.json', {
  eager: true,
  query: '?raw',
  import: 'default',
});

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '');

/**
 * Parse everything; a file that is not usable is left out and named.
 *
 * @returns the library, and a sentence for each file left out
 */
export function readSceneFiles(): { readonly library: SceneLibrary; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const machines = new Map<string, MachineDescription>();
  const scenarios: Scenario[] = [];
  for (const [path, text] of Object.entries(machineTexts)) {
    try {
      machines.set(nameOf(path), parseMachineDescription(JSON.parse(text), nameOf(path)));
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  for (const [path, text] of Object.entries(scenarioTexts)) {
    try {
      scenarios.push(parseScenario(text, nameOf(path)));
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  scenarios.sort((a, b) => bySceneOrder(a.id, b.id));
  return { library: { scenarios, machine: id => machines.get(id) }, problems };
}
