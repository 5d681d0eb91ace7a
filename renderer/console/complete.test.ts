import { describe, expect, it } from 'vitest';
import { commonStart, completionsOf, type Vocabulary } from './complete.ts';

const vocabulary: Vocabulary = {
  words: [
    { word: 'mmap', kind: 'call' },
    { word: 'munmap', kind: 'call' },
    { word: 'game', kind: 'task' },
    { word: 'game.gpu', kind: 'fd' },
  ],
  lab: [{ word: 'step' }, { word: 'scene', choices: () => ['thrash', 'two-sessions'] }],
  argumentsOf: call => (call === 'mmap' ? ['fd', 'length', 'flags'] : []),
};
const words = (text: string) => completionsOf(text, vocabulary).choices.map(choice => choice.word);

describe('completionsOf', () => {
  it('the first word: of the lab, a task, a call', () => {
    expect(words('s')).toEqual(['step', 'scene']);
    expect(words('g')).toEqual(['game:']);
    expect(words('mm')).toEqual(['mmap']);
  });

  it('behind a task a call, behind a word of the lab its choices, behind = a name', () => {
    expect(words('game: m')).toEqual(['mmap', 'munmap']);
    expect(words('scene t')).toEqual(['thrash', 'two-sessions']);
    expect(completionsOf('game: mmap fd=ga', vocabulary)).toMatchObject({ from: 14 });
    expect(words('game: mmap fd=game.')).toEqual(['game.gpu']);
  });

  it('behind a call the names of its arguments that are not given yet', () => {
    expect(words('game: mmap f')).toEqual(['fd=', 'flags=']);
    expect(words('mmap fd=game.gpu ')).toEqual(['length=', 'flags=']);
    expect(words('munmap ')).toEqual([]);
  });
});

describe('commonStart', () => {
  it('is what all share', () => {
    expect(commonStart(completionsOf('m', vocabulary).choices)).toBe('m');
    expect(commonStart(completionsOf('mm', vocabulary).choices)).toBe('mmap');
    expect(commonStart([])).toBe('');
  });
});
