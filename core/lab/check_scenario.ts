/** Everything that is wrong with the text of a scenario, each with its place, for an editor. */
import * as v from 'valibot';
import { findCall } from '../session/call_table.ts';
import { describeIssue } from '../session/input_log.ts';
import { parseScenario, ScenarioError, scenarioSchema } from './scenario.ts';

/** One thing that is wrong. */
export interface ScenarioProblem {
  /** Keys and indices from the whole document to the place. */
  readonly path: readonly (string | number)[];
  readonly says: string;
}

/** What the check says; without problems also what the scenario amounts to. */
export interface ScenarioCheck {
  readonly problems: readonly ScenarioProblem[];
  readonly inputs: number;
  readonly captions: readonly string[];
  /** Input at which it pauses first. */
  readonly pauseAt: number;
}

const MOST_PROBLEMS = 100;
const NOTHING = { inputs: 0, captions: [], pauseAt: 0 };

/** Calls that nobody registered, where they stand. */
function unknownCalls(steps: unknown, path: readonly (string | number)[]): ScenarioProblem[] {
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown, i) => {
    if (typeof step !== 'object' || step === null) return [];
    const at = [...path, i];
    if ('steps' in step) return unknownCalls(step.steps, [...at, 'steps']);
    if (!('call' in step) || typeof step.call !== 'string') return [];
    if (step.call.includes('{') || findCall(step.call)) return [];
    return [{ path: [...at, 'call'], says: `There is no call ${step.call}.` }];
  });
}

function pathOf(issue: v.BaseIssue<unknown>): (string | number)[] {
  return (issue.path ?? []).map(item => item.key as string | number);
}

/** @param text of JSON that can be parsed; the editor itself says where one cannot */
export function checkScenario(text: string): ScenarioCheck {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return { ...NOTHING, problems: [{ path: [], says: `This is not JSON: ${(error as Error).message}.` }] };
  }
  const parsed = v.safeParse(scenarioSchema, document);
  if (!parsed.success) {
    const problems = parsed.issues
      .slice(0, MOST_PROBLEMS)
      .map(issue => ({ path: pathOf(issue), says: `${describeIssue(issue)}.`.replace(/\.\.$/, '.') }));
    return { ...NOTHING, problems };
  }
  const problems = unknownCalls((document as { steps: unknown }).steps, ['steps']).slice(0, MOST_PROBLEMS);
  try {
    const { inputs, captions, pauseAt } = parseScenario(text, 'The scenario');
    return { problems, inputs: inputs.length, captions: captions.map(caption => caption.text), pauseAt };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return { ...NOTHING, problems: [...problems, { path: ['steps'], says: error.message }] };
  }
}
