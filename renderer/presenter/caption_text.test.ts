import { expect, test } from 'vitest';
import { splitCaption } from './caption_text.ts';

test('the first sentence is large; a colon ends it only where it is long', () => {
  expect(splitCaption('Three processes open the GPU: a game, the desktop and a video encoder.')).toEqual([
    'Three processes open the GPU: a game, the desktop and a video encoder.',
    '',
  ]);
  expect(splitCaption('Video memory is full. Somebody has to leave.')).toEqual([
    'Video memory is full.',
    'Somebody has to leave.',
  ]);
  const long = `The frame was used longest ago: ${'its entries are gone from all page tables, '.repeat(3)}and so on.`;
  expect(splitCaption(long)[0]).toBe('The frame was used longest ago:');
  expect(splitCaption('')).toEqual(['', '']);
});
