import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseMachineDescription } from '../../hw/machine_description.ts';
import { withScene } from './add_scene.ts';

const text = readFileSync(new URL('../../../assets/scenarios/evict-refault.json', import.meta.url), 'utf8');
const machineText = readFileSync(new URL('../../../assets/machines/lab-16m.json', import.meta.url), 'utf8');
const shipped = JSON.parse(text);
const machines = new Map([[shipped.machine, parseMachineDescription(JSON.parse(machineText), 'lab-16m')]]);
const empty = { scenarios: [], machine: (id: string) => machines.get(id) };
const changed = (change: object) => JSON.stringify({ ...shipped, ...change });

describe('a scenario that a person brings', () => {
  test('comes last; one of the same id takes its place; the library handed in stays as it was', () => {
    const one = withScene(empty, changed({ id: 'one' }), 'one.json');
    const two = withScene(one.library, changed({ id: 'two' }), 'two.json');
    const again = withScene(two.library, changed({ id: 'one', title: 'New' }), 'one.json');
    expect(again.library.scenarios.map(each => [each.id, each.title])).toEqual([
      ['one', 'New'],
      ['two', shipped.title],
    ]);
    expect(empty.scenarios).toEqual([]);
    expect(again.library.machine(shipped.machine)).toBe(machines.get(shipped.machine));
  });

  test.each([
    ['no JSON', '{', /^mine\.json is not JSON/],
    ['no scenario', '{"format":"other"}', /^mine\.json is not a scenario: /],
    ['a machine that nobody has', changed({ machine: 'cray' }), /wants the machine cray/],
    [
      'more memory than the machine has',
      changed({ needs: { vramBytes: 2 ** 50 } }),
      /asks for 1125899906842624 vramBytes/,
    ],
  ])('%s: refused with the file and the place', (_name, given, says) => {
    expect(() => withScene(empty, given, 'mine.json')).toThrow(says);
  });
});
