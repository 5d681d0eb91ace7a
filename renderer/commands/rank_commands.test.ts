import { describe, expect, it } from 'vitest';
import type { Command } from './command.ts';
import { rankCommands } from './rank_commands.ts';

const command = (title: string, also = ''): Command => ({
  id: title,
  title,
  group: 'Lab',
  also,
  run: () => {},
});
const all = [command('Step'), command('Step back', 'undo'), command('Reset'), command('Show Memory view')];
const titles = (query: string) => rankCommands(all, query).map(each => each.title);

describe('rankCommands', () => {
  it('an empty query gives all, in their order', () => {
    expect(titles(' ')).toEqual(all.map(each => each.title));
  });

  it('the start of a word comes before the inside of one, and every word must be found', () => {
    expect(titles('st')).toEqual(['Step', 'Step back']);
    expect(titles('back step')).toEqual(['Step back']);
    expect(titles('set')).toEqual(['Reset']);
  });

  it('other words and first letters find a command too; letters that are only somewhere in it, and nonsense, find none', () => {
    expect(titles('undo')).toEqual(['Step back']);
    expect(titles('smv')).toEqual(['Show Memory view']);
    expect(titles('ndo')).toEqual([]);
    expect(titles('sbk')).toEqual([]);
    expect(titles('zzz')).toEqual([]);
  });
});
