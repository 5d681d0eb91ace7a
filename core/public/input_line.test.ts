import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInputLine, parseInputLine } from './input_line.ts';

describe('parseInputLine', () => {
  it('reads task, call, words, numbers, lists and the name of the result', () => {
    expect(parseInputLine('game: mmap fd=game.gpu length=8192 flags=["a b",2] as map', 'K')).toEqual({
      task: 'game',
      call: 'mmap',
      args: { fd: 'game.gpu', length: 8192, flags: ['a b', 2] },
      as: 'map',
    });
    expect(parseInputLine('  spawn  ', 'A')).toEqual({ task: 'A', call: 'spawn', args: {} });
    expect(parseInputLine('cat path=/proc/1/maps', 'K').args).toEqual({ path: '/proc/1/maps' });
  });

  it('reads addresses and sizes with a unit as numbers', () => {
    expect(parseInputLine('mmap offset=0x1F000 length=4K size=2M most=1G', 'K').args).toEqual({
      offset: 0x1f000,
      length: 4096,
      size: 2 * 1024 * 1024,
      most: 1024 ** 3,
    });
    expect(() => parseInputLine('mmap length=4k', 'K')).toThrow('is neither a word nor JSON');
  });

  it.each([
    ['', 'Column 1: the name of a call is missing.'],
    ['game:', 'Column 6: the name of a call is missing.'],
    ['mmap fd', 'Column 6: after fd comes "=" and a value.'],
    ['mmap fd= x=1', 'Column 9: the value of fd is missing.'],
    [
      'mmap fd={"a"',
      'Column 9: the value of fd, {"a", is neither a word nor JSON; words in it stand in quotes.',
    ],
    ['mmap a=1 a=2', 'Column 10: a is given twice.'],
    ['mmap as', 'Column 8: after "as" comes a name.'],
    ['mmap as b c=1', 'Column 9: nothing may follow the name after "as".'],
    ['mmap =1', 'Column 6: here comes an argument, name=value.'],
  ])('%s: %s', (line, says) => {
    expect(() => parseInputLine(line, 'K')).toThrow(says);
  });

  it('reads back what it wrote', () => {
    const name = fc.stringMatching(/^[A-Za-z_][\w.-]{0,8}$/).filter(text => text !== 'as');
    const input = fc.record(
      {
        task: name,
        call: name,
        args: fc.dictionary(
          name.filter(text => text !== '__proto__'),
          fc.jsonValue(),
          { maxKeys: 4, noNullPrototype: true },
        ),
        as: name,
      },
      { requiredKeys: ['task', 'call', 'args'] },
    );
    fc.assert(
      fc.property(input, one => {
        const plain = JSON.parse(JSON.stringify(one));
        expect(parseInputLine(formatInputLine(plain), 'other')).toEqual(plain);
      }),
    );
  });
});
