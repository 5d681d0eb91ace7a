/** Covers what stays out of a diagnostics file. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutPersonal, withoutPersonalIn } from './diagnostics.ts';

const ada = { home: '/home/ada', user: 'ada', root: '/home/ada/src/gart-lab' };

describe('a text', () => {
  test.each([
    ['/home/ada/src/gart-lab/dist/cli/lab.mjs', '<app>/dist/cli/lab.mjs'],
    ['/home/ada/.cache/x', '~/.cache/x'],
    ['ICD /home/charles/icd.json: denied', 'ICD /home/<user>/icd.json: denied'],
    ['C:\\Users\\charles\\AppData\\x', 'C:\\Users\\<user>\\AppData\\x'],
    ['socket of ada, adapter adaptive', 'socket of <user>, adapter adaptive'],
    ['nothing', 'nothing'],
  ])('%s', (text, wanted) => {
    expect(withoutPersonal(text, ada)).toBe(wanted);
  });

  test('of a machine whose user is root, with a home at the top: words stay words', () => {
    const said = withoutPersonal('root of /root/x and the file system /', {
      home: '/root',
      user: 'root',
      root: '/',
    });
    expect(said).toBe('root of ~/x and the file system /');
  });
});

test('no text of any value holds the home, the name or the place of the app', () => {
  const piece = fc.constantFrom(ada.home, ada.root, ada.user, '/', ' ', '"', 'x', '\\', '.');
  const text = fc.array(piece, { maxLength: 8 }).map(parts => parts.join(''));
  fc.assert(
    fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text), fc.integer())), value => {
      const said = JSON.stringify(withoutPersonalIn(value, ada));
      expect(said).not.toContain(ada.home);
      expect(said).not.toContain(ada.root);
      expect(said).not.toMatch(/(?<![\p{L}\p{N}])ada(?![\p{L}\p{N}])/u);
    }),
  );
});
