/** Covers what an editor of scenarios hears: every problem with its path, calls that do not exist, variables that nobody gave. */
import { expect, test } from 'vitest';
import '../session/calls/all.ts';
import { checkScenario } from './check_scenario.ts';

const scenario = (more: object) =>
  JSON.stringify({
    format: 'gart-lab-scenario',
    version: 1,
    id: 'mine',
    title: 'Mine',
    summary: '',
    machine: 'lab-16m',
    steps: [],
    ...more,
  });

test('a good one: no problem, its inputs and captions counted', () => {
  const steps = [
    { caption: 'Begin.' },
    { repeat: 3, counter: 'i', steps: [{ task: 'a{i}', call: 'spawn' }] },
  ];
  expect(checkScenario(scenario({ steps }))).toEqual({
    problems: [],
    inputs: 3,
    captions: ['Begin.'],
    pauseAt: 0,
  });
});

test('every problem of the schema: named with its path', () => {
  const { problems } = checkScenario(scenario({ id: 'Mine!', expect: { evictions: 'many' } }));
  expect(problems.map(({ path }) => path)).toEqual([['id'], ['expect', 'evictions']]);
  expect(problems[0]!.says).toMatch(/id is "Mine!": must be lower case/);
});

test('a step inside a step: the path leads to it', () => {
  const steps = [{ each: ['a'], name: 'task', steps: [{ task: '{task}', call: 'spwan' }] }];
  expect(checkScenario(scenario({ steps })).problems).toEqual([
    { path: ['steps', 0, 'steps', 0, 'call'], says: 'There is no call spwan.' },
  ]);
});

test('a variable that nobody gave: the sentence of the expansion', () => {
  const { problems } = checkScenario(scenario({ steps: [{ task: '{who}', call: 'spawn' }] }));
  expect(problems[0]!.says).toMatch(/\{who\}.*is not a variable/);
});

test('text that is no JSON: says so', () => {
  expect(checkScenario('{').problems[0]!.says).toMatch(/not JSON/);
});
