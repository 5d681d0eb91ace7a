/** Arguments of steps against the reference of calls: what a call does not know it would ignore, what it lacks it would refuse. */
import { callEntry } from '../../core/public/call_reference.ts';

export interface ArgumentProblem {
  /** Keys and indices from the whole document to the place. */
  readonly path: readonly (string | number)[];
  readonly says: string;
}

const MOST_PROBLEMS = 100;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function problemsOfStep(step: Record<string, unknown>, at: readonly (string | number)[]): ArgumentProblem[] {
  const entry = typeof step.call === 'string' ? callEntry(step.call) : undefined;
  const args = step.args ?? {};
  if (!entry || !isObject(args)) return [];
  const known = entry.args.map(arg => arg.name);
  const takes = known.length === 0 ? 'none' : known.join(', ');
  const unknown = Object.keys(args)
    .filter(name => !known.includes(name))
    .map(name => ({
      path: [...at, 'args', name],
      says: `${entry.name} has no argument ${name}; it takes ${takes}.`,
    }));
  const missing = entry.args
    .filter(arg => !arg.optional && !(arg.name in args))
    .map(arg => ({ path: [...at, 'call'], says: `${entry.name} needs ${arg.name}.` }));
  return [...unknown, ...missing];
}

/** @param steps of a scenario, whatever stands there */
export function argumentProblems(
  steps: unknown,
  path: readonly (string | number)[] = ['steps'],
): readonly ArgumentProblem[] {
  if (!Array.isArray(steps)) return [];
  return steps
    .flatMap((step: unknown, i) => {
      if (!isObject(step)) return [];
      const at = [...path, i];
      return 'steps' in step ? argumentProblems(step.steps, [...at, 'steps']) : problemsOfStep(step, at);
    })
    .slice(0, MOST_PROBLEMS);
}
