import { expect, test } from 'vitest';
import { placeOfPath } from './json_place.ts';

const text =
  '{\n  "id": "Mine!",\n  "steps": [\n    { "call": "a" },\n    { "steps": [{ "call": "spwan" }] }\n  ]\n}\n';
const shown = (...path: (string | number)[]) => {
  const { from, to } = placeOfPath(text, path);
  return text.slice(from, to);
};

test('a path leads to its value', () => {
  expect(shown('id')).toBe('"Mine!"');
  expect(shown('steps', 0)).toBe('{ "call": "a" }');
  expect(shown('steps', 1, 'steps', 0, 'call')).toBe('"spwan"');
});

test('what is missing is shown at the innermost thing that is there; of a long one its first line', () => {
  expect(shown('steps', 0, 'task')).toBe('{ "call": "a" }');
  expect(shown('title')).toBe('{');
  expect(shown('steps')).toBe('[');
});

test('an empty text: a range inside it', () => {
  expect(placeOfPath('', ['id'])).toEqual({ from: 0, to: 0 });
});
