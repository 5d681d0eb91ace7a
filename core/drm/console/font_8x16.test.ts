import { expect, test } from 'vitest';
import { FONT_HEIGHT, glyphRows } from './font_8x16.ts';

const drawn = (char: string) =>
  [...glyphRows(char.charCodeAt(0))].map(row => row.toString(2).padStart(8, '0').replaceAll('0', '.'));

test('a capital A as it is drawn', () => {
  expect(drawn('A').filter((_, line) => line % 2 === 1)).toEqual([
    '...1....',
    '..1.1...',
    '.1...1..',
    '.1...1..',
    '.11111..',
    '.1...1..',
    '.1...1..',
    '........',
  ]);
});

test('every printable character but the space has dots, no two are alike, and others are a question mark', () => {
  const seen = new Map<string, string>();
  for (let code = 0x20; code < 0x7f; code++) {
    const rows = glyphRows(code);
    expect(rows.length).toBe(FONT_HEIGHT);
    expect(rows.some(row => row !== 0)).toBe(code !== 0x20);
    const text = rows.join();
    expect(seen.get(text), String.fromCharCode(code)).toBeUndefined();
    seen.set(text, String.fromCharCode(code));
  }
  expect(glyphRows(0x7f)).toEqual(glyphRows(0x3f));
  expect(glyphRows(0x263a)).toEqual(glyphRows(0x3f));
});
