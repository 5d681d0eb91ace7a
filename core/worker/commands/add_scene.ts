/** A scenario that a person brings, beside those that ship; kept as long as the lab lives. */
import { checkNeeds, parseScenario, type Scenario } from '../../lab/scenario.ts';
import type { SceneLibrary } from '../lab_host.ts';

/**
 * The library with one scenario more, last in the list, or in the place of the one that has its id.
 *
 * @param from name of the file, for sentences
 * @throws ScenarioError, Error with a sentence that names what is wrong in the file
 */
export function withScene(
  library: SceneLibrary,
  text: string,
  from: string,
): { readonly library: SceneLibrary; readonly scenario: Scenario } {
  const scenario = parseScenario(text, from);
  const machine = library.machine(scenario.machine);
  if (!machine) {
    throw new Error(`${from} wants the machine ${scenario.machine}, which does not come with this program.`);
  }
  checkNeeds(scenario, machine);
  const old = library.scenarios.findIndex(each => each.id === scenario.id);
  const scenarios = old < 0 ? [...library.scenarios, scenario] : library.scenarios.with(old, scenario);
  return { library: { ...library, scenarios }, scenario };
}
