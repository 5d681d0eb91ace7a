import { describe, expect, test } from 'vitest';
import { createOpfsSwapFile, sentenceOfNoFile } from './swap_file_opfs.ts';

describe('swap without a file', () => {
  test('its file is open elsewhere: says so, and what it means', () => {
    const busy = new DOMException('Access Handles cannot be created', 'NoModificationAllowedError');
    expect(sentenceOfNoFile(busy)).toBe(
      'Swap lies in memory: its file is open in another window of this browser. Everything works; what is swapped out takes memory of this process.',
    );
  });

  test('another error: its name is said', () => {
    expect(sentenceOfNoFile(new DOMException('', 'InvalidStateError'))).toContain('(InvalidStateError)');
    expect(sentenceOfNoFile('odd')).toContain('(odd)');
  });

  test('a place without such a file system (this one): no file, a sentence', async () => {
    expect(await createOpfsSwapFile()).toEqual({ because: expect.stringMatching(/^Swap lies in memory: /) });
  });
});
