import { expect, test } from 'vitest';
import { valueOfField } from './event.ts';

test('results of calls: errnos are negative, as IS_ERR_VALUE has it; all else stays as it is', () => {
  expect(valueOfField('ret', 2 ** 32 - 12)).toBe(-12);
  expect(valueOfField('ret', 2 ** 32 - 4095)).toBe(-4095);
  expect(valueOfField('ret', 2 ** 32 - 4096)).toBe(2 ** 32 - 4096);
  expect(valueOfField('ret', 8192)).toBe(8192);
  expect(valueOfField('id', 2 ** 32 - 12)).toBe(2 ** 32 - 12);
});
