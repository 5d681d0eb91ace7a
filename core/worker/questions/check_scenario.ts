/** Checks the text of a scenario for the editor; nothing is loaded by it. */
import { checkScenario } from '../../lab/check_scenario.ts';
import type { Answering } from './question.ts';

export const CHECK_SCENARIO: Answering<'checkScenario'> = {
  answer: (_scene, { text }) => checkScenario(text),
};
