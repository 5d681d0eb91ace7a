import { beforeEach, describe, expect, test } from 'vitest';
import { failures } from './lab_store.ts';
import { addFileOpener, openFile } from './opened_files.ts';

const file = (name: string) => ({ name, bytes: Uint8Array.of(1, 2) });

beforeEach(() => {
  failures.value = [];
});

describe('a file that a person opens', () => {
  test('of no known ending: a sentence with the endings that open', async () => {
    addFileOpener({ ending: 'thing', what: 'things', open: () => {} });
    await openFile(file('holiday.jpg'));
    await openFile(file('thing'));
    expect(failures.value).toEqual([
      `holiday.jpg was not opened: this window opens things (.thing).`,
      `thing was not opened: this window opens things (.thing).`,
    ]);
  });

  test('goes to the part that knows its ending, however it is written', async () => {
    const got: string[] = [];
    addFileOpener({
      ending: 'thing',
      what: 'things',
      open: ({ name, bytes }) => void got.push(`${name} ${bytes.length}`),
    });
    await openFile(file('A.THING'));
    expect(got).toEqual(['A.THING 2']);
    expect(failures.value).toEqual([]);
  });

  test('that is refused: the sentence of the part that knows', async () => {
    const open = () => {
      throw new Error('byte 3 is no magic');
    };
    addFileOpener({ ending: 'thing', what: 'things', open });
    await openFile(file('b.thing'));
    expect(failures.value).toEqual(['b.thing was not opened: byte 3 is no magic.']);
  });
});
