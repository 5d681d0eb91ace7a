import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blocksOf, partsOf } from './markdown.ts';

test('headings, paragraphs over lines, fences and tables', () => {
  const text = '# Title\n\nOne\ntwo.\n\n```json\n{\n\n}\n```\n\n| a | b |\n| - | - |\n| `x` | y |\n';
  expect(blocksOf(text)).toEqual([
    { kind: 'heading', level: 1, text: 'Title' },
    { kind: 'paragraph', text: 'One two.' },
    { kind: 'fence', text: '{\n\n}' },
    { kind: 'table', head: ['a', 'b'], rows: [['`x`', 'y']] },
  ]);
  expect(partsOf('a `b` c')).toEqual(['a ', 'b', ' c']);
});

test('the page about scenarios: every table has rows as wide as its head, and no mark of Markdown is left over', () => {
  const blocks = blocksOf(readFileSync('assets/scenarios/README.md', 'utf8'));
  for (const block of blocks) {
    if (block.kind === 'table') {
      expect(block.rows.length).toBeGreaterThan(2);
      for (const row of block.rows) expect(row.length).toBe(block.head.length);
    }
    if (block.kind === 'paragraph') {
      expect(partsOf(block.text).length % 2).toBe(1);
      expect(block.text).not.toMatch(/^[-*>] |\*\*|\]\(/);
    }
  }
});
