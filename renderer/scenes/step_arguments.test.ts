import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { argumentProblems } from './step_arguments.ts';

test('an argument that a call does not know, and one that it lacks: named where they stand, also in steps of steps', () => {
  const steps = [
    { task: 'a', call: 'open', args: { dev: 'lab_gpu', lenght: 1 } },
    { repeat: 2, steps: [{ task: 'a', call: 'mmap', args: {} }] },
    { caption: 'No call.' },
    { task: 'a', call: 'nonesuch', args: { x: 1 } },
  ];
  expect(argumentProblems(steps)).toEqual([
    { path: ['steps', 0, 'args', 'lenght'], says: 'open has no argument lenght; it takes dev, path, flags.' },
    { path: ['steps', 1, 'steps', 0, 'call'], says: 'mmap needs length.' },
  ]);
});

test('the scenarios of the program have none', () => {
  const folder = 'assets/scenarios';
  const files = readdirSync(folder).filter(name => name.endsWith('.json'));
  expect(files.length).toBeGreaterThan(8);
  for (const name of files) {
    const { steps } = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
    expect(argumentProblems(steps), name).toEqual([]);
  }
});
