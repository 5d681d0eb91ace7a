/** Covers the scenario format: expansion, and a clear sentence for each way a file can be wrong. */
import { describe, expect, test } from 'vitest';
import type { MachineDescription } from '../hw/machine_description.ts';
import { checkNeeds, meets, parseScenario, ScenarioError } from './scenario.ts';

const FRAME = {
  format: 'gart-lab-scenario',
  version: 1,
  id: 'a',
  title: 'A',
  summary: '',
  machine: 'lab-16m',
};
const parse = (fields: object) => parseScenario(JSON.stringify({ ...FRAME, ...fields }), 'a.json');

describe('parseScenario', () => {
  test('repeat and each: inputs with numbers and texts filled in, captions at their position', () => {
    const scenario = parse({
      steps: [
        { caption: 'start' },
        {
          each: ['A', 'B'],
          name: 't',
          steps: [
            {
              repeat: 2,
              counter: 'i',
              steps: [{ task: '{t}', call: 'x', args: { n: '{i*4096+1}', s: 'bo{i+1}' }, as: '{t}{i}' }],
            },
            { caption: '{t} is done' },
          ],
        },
      ],
    });
    expect(scenario.inputs).toHaveLength(4);
    expect(scenario.inputs[3]).toEqual({ task: 'B', call: 'x', args: { n: 4097, s: 'bo2' }, as: 'B1' });
    expect(scenario.captions).toEqual([
      { position: 0, text: 'start' },
      { position: 2, text: 'A is done' },
      { position: 4, text: 'B is done' },
    ]);
  });

  test.each([
    ['not JSON', '{', /not JSON/],
    [
      'wrong format',
      JSON.stringify({ ...FRAME, format: 'x', steps: [] }),
      /format is "x".*gart-lab-scenario/s,
    ],
    ['no steps', JSON.stringify(FRAME), /steps is missing/],
    ['a step without a call', JSON.stringify({ ...FRAME, steps: [{ task: 'A' }] }), /steps\.0\.call/],
    [
      'an unknown field',
      JSON.stringify({ ...FRAME, steps: [{ task: 'A', call: 'x', arg: {} }] }),
      /steps\.0\.arg/,
    ],
    [
      'a nested step',
      JSON.stringify({ ...FRAME, steps: [{ repeat: -1, counter: 'i', steps: [] }] }),
      /steps\.0\.repeat is -1/,
    ],
    [
      'an unknown variable',
      JSON.stringify({ ...FRAME, steps: [{ task: '{q}', call: 'x' }] }),
      /\{q\}.*not a variable/,
    ],
    ['an unknown expectation', JSON.stringify({ ...FRAME, steps: [], expect: { wins: 1 } }), /expect/],
    [
      'too many inputs',
      JSON.stringify({
        ...FRAME,
        steps: [{ repeat: 2000000, counter: 'i', steps: [{ task: 'A', call: 'x' }] }],
      }),
      /more than 200000/,
    ],
  ])('%s: refused with place and value', (_name, text, message) => {
    expect(() => parseScenario(text, 'a.json')).toThrow(ScenarioError);
    expect(() => parseScenario(text, 'a.json')).toThrow(message);
    expect(() => parseScenario(text, 'a.json')).toThrow(/^a\.json/);
  });
});

test('checkNeeds, more VRAM than the machine has: refused with both numbers', () => {
  const machine = {
    name: 'small',
    ramBytes: 8192,
    gartEntries: 0,
    devices: [{ vramBytes: 4096, visibleVramBytes: 4096 }],
  } as unknown as MachineDescription;
  const scenario = parse({ steps: [], needs: { vramBytes: 8192 } });
  expect(() => checkNeeds(scenario, machine)).toThrow(/asks for 8192 vramBytes.*small has 4096/);
  expect(() => checkNeeds(parse({ steps: [], needs: { vramBytes: 4096 } }), machine)).not.toThrow();
});

test('meets: exactly, at least, at most', () => {
  expect(
    [1, 2, 3].map(n => [meets(2, n), meets({ atLeast: 2 }, n), meets({ atMost: 2 }, n)].map(Number).join('')),
  ).toEqual(['001', '111', '010']);
});
