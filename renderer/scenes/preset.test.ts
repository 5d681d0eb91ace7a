import { expect, test } from 'vitest';
import { parseItems, presetScenario } from './preset.ts';

test('lines become items; what is no line is named', () => {
  expect(parseItems('colour buffer 32 MiB x 2\n\nshadow map 64.5\n')).toEqual([
    { name: 'colour buffer', mebibytes: 32, count: 2 },
    { name: 'shadow map', mebibytes: 64.5, count: 1 },
  ]);
  expect(() => parseItems('textures')).toThrow(/"textures" is not a name/);
});

test('sizes keep their share of the GPU', () => {
  const text = presetScenario({
    gibibytes: 8,
    items: [{ name: 'half', mebibytes: 4096, count: 1 }],
    frames: 2,
  });
  const { steps, machine } = JSON.parse(text);
  expect(machine).toBe('lab-64m');
  expect(steps.find((step: { call?: string }) => step.call === 'gpu.create').args.size).toBe(32 * 2 ** 20);
});

test('an empty list: refused with its length', () => {
  expect(() => presetScenario({ gibibytes: 8, items: [], frames: 1 })).toThrow(/this one has 0/);
});

test('a list that no such GPU could run: refused before anything is made of it, with what is too much', () => {
  const refused = (mebibytes: number, count: number) => () =>
    presetScenario({ gibibytes: 8, items: [{ name: 'textures', mebibytes, count }], frames: 1 });
  expect(refused(1, 99_999_999)).toThrow(/this one has 99999999/);
  expect(refused(9000, 1)).toThrow(
    'textures has 9000 MiB; a GPU of 8 GiB has room for an object of 7936 MiB at most.',
  );
  expect(refused(4096, 17)).toThrow(/68 GiB together.* has 64 GiB/);
  expect(refused(4096, 16)).not.toThrow();
});
