/** Covers the window's end of the desktop shell: what it offers for the menus, and what it does when told. */
import { signal } from '@preact/signals';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { addCommands } from '../commands/command.ts';
import { failures } from './lab_store.ts';
import { notices } from './notices.ts';
import { addFileOpener } from './opened_files.ts';
import { connectShell } from './shell_link.ts';

type Shell = NonNullable<Window['gartLabShell']>;
type Told = Parameters<Parameters<Shell['listen']>[0]>[0];

const offered: Parameters<Shell['offerCommands']>[0][] = [];
let tell: (news: Told) => void = () => {};
const able = signal(true);
const ran: string[] = [];
const latest = () => offered.at(-1)?.find(each => each.id === 'test.act');

beforeAll(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', {
    gartLabShell: {
      listen: (hear: typeof tell) => {
        tell = hear;
      },
      offerCommands: async (list: (typeof offered)[0]) => {
        offered.push(list);
        return null;
      },
    },
  });
  addCommands([
    {
      id: 'test.act',
      title: 'Act',
      group: 'Lab',
      keys: ['Ctrl+J', 'j'],
      enabled: () => able.value,
      run: () => void ran.push('act'),
    },
  ]);
  connectShell();
  vi.advanceTimersByTime(300);
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('menus', () => {
  test('get every command with its first key, and whether it can do something', () => {
    expect(latest()).toEqual({ id: 'test.act', title: 'Act', group: 'Lab', key: 'Ctrl+J', enabled: true });
  });

  test('follow what is possible, many changes at once, and are left alone when nothing changed', () => {
    const before = offered.length;
    for (let i = 0; i < 9; i++) able.value = i % 2 === 1;
    vi.advanceTimersByTime(300);
    expect(offered).toHaveLength(before + 1);
    expect(latest()?.enabled).toBe(false);
    able.value = true;
    able.value = false;
    vi.advanceTimersByTime(300);
    expect(offered).toHaveLength(before + 1);
    able.value = true;
    vi.advanceTimersByTime(300);
    expect(latest()?.enabled).toBe(true);
  });
});

describe('what the shell tells', () => {
  test('a menu item runs its command', async () => {
    tell({ kind: 'runCommand', id: 'test.act' });
    await vi.waitFor(() => expect(ran).toEqual(['act']));
  });

  test('a file goes where its ending belongs', async () => {
    const got: string[] = [];
    addFileOpener({ ending: 'shelltest', what: 'tests', open: ({ name }) => void got.push(name) });
    tell({ kind: 'openFile', name: 'a.shelltest', bytes: new Uint8Array() });
    await vi.waitFor(() => expect(got).toEqual(['a.shelltest']));
  });

  test('bad news is a failure, other news a notice', () => {
    tell({ kind: 'say', sentence: 'Bad.', bad: true });
    tell({ kind: 'say', sentence: 'Good to know.', bad: false });
    expect(failures.value).toContain('Bad.');
    expect(notices.value).toEqual(['Good to know.']);
  });
});
