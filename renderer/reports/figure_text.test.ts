import { describe, expect, it } from 'vitest';
import { figureText } from './figure_text.ts';

describe('figureText', () => {
  it.each([
    [0, '0'],
    [0.123456, '0.1235'],
    [1234.5678, '1\u202f235'],
    [1_048_576, '1\u202f049\u202f000'],
    [1e-9, '1.00e-9'],
    [Number.NaN, '–'],
  ])('%d is %s', (value, text) => {
    expect(figureText(value)).toBe(text);
  });
});
