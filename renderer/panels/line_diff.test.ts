import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines } from './line_diff.ts';

const changes = (before: string, after: string) =>
  diffLines(before, after).map(line => `${{ same: ' ', added: '+', removed: '-' }[line.change]}${line.text}`);

describe('diffLines', () => {
  it('names what came and what went, in place', () => {
    expect(changes('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual([' a', '-b', '+x', ' c', '+d']);
    expect(changes('a\n', 'a\n')).toEqual([' a']);
  });

  it('without the removed lines it is the new text, without the added ones the old', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 })
      .map(l => `${l.join('\n')}\n`);
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        const join = (without: string) =>
          `${lines
            .filter(l => l.change !== without)
            .map(l => l.text)
            .join('\n')}\n`;
        expect(join('removed')).toBe(after);
        expect(join('added')).toBe(before);
      }),
    );
  });
});
