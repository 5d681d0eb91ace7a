/**
 * Covers the desktop shell by contract, on a stand-in of Electron's shape: start, files, menus, ends of processes, lab mode.
 * What a window may do stands in security.test.ts. Does not cover Electron itself; e2e/electron does, where its binary is.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { IPC_NEWS, readNews } from '../shared/ipc_contract.ts';
import { FakeElectron } from '../testing/fake_electron.ts';
import { isAppUrl } from './app_origin.ts';
import { Shell, type ShellProcess } from './shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'gart-lab-shell-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
let fake: FakeElectron;
let said: string[];
let now: number;

beforeEach(() => {
  const data = join(folder, String(count++));
  mkdirSync(join(data, 'window'), { recursive: true });
  writeFileSync(join(data, 'window', 'index.html'), '<!doctype html>');
  fake = new FakeElectron(data);
  said = [];
  now = 0;
});

function begin(args: readonly string[] = [], more: Partial<ShellProcess> = {}): void {
  new Shell(fake.port, {
    argv: ['electron', ...args],
    folder: fake.userData,
    platform: 'linux',
    uid: 1000,
    appImage: undefined,
    here: join(fake.userData, 'electron'),
    nowMs: () => now,
    out: line => said.push(line),
    err: line => said.push(line),
    ...more,
  }).start();
}

async function opened(args: readonly string[] = [], more: Partial<ShellProcess> = {}): Promise<void> {
  begin(args, more);
  await vi.waitFor(() => expect(fake.windows[0]?.did).toContain('show'));
}

const COMMANDS = [
  { id: 'lab.step', title: 'Step', group: 'Lab', key: '.', enabled: true },
  { id: 'help.palette', title: 'Command palette', group: 'Help', key: 'Ctrl+K', enabled: true },
];
const listen = () => fake.ask('lab:offer-commands', [COMMANDS]);

/** What the window was told, as it reads it. */
const told = () =>
  fake.window.webContents.sent.map(({ channel, payload }) => {
    const name = (Object.keys(IPC_NEWS) as (keyof typeof IPC_NEWS)[]).find(
      each => IPC_NEWS[each].channel === channel,
    );
    return name ? readNews(name, payload) : null;
  });

function file(name: string, content = 'x'): string {
  const path = join(fake.userData, name);
  writeFileSync(path, content);
  return path;
}

describe('start', () => {
  test('sandbox, switches and the scheme are set before Electron is ready', async () => {
    await opened();
    const ready = fake.calls.indexOf('ready');
    for (const call of ['enableSandbox', 'schemes', 'switch enable-unsafe-webgpu=']) {
      expect(fake.calls.indexOf(call)).toBeGreaterThanOrEqual(0);
      expect(fake.calls.indexOf(call)).toBeLessThan(ready);
    }
  });

  test('one window opens on the app with the scene that was asked for', async () => {
    await opened(['--scene=evict-refault']);
    expect(fake.windows).toHaveLength(1);
    expect(isAppUrl(fake.window.url)).toBe(true);
    expect(fake.window.url).toContain('?scene=evict-refault');
  });

  test('closing the last window ends the app', async () => {
    await opened();
    fake.appEvents.play('window-all-closed');
    expect(fake.calls).toContain('quit');
  });

  test('a second instance opens no window and ends; the first comes to the front and opens its files', async () => {
    fake.firstInstance = false;
    begin();
    expect(fake.calls).toContain('exit 0');
    expect(fake.calls).not.toContain('ready');
    fake = new FakeElectron(fake.userData);
    await opened();
    await listen();
    file('other.gartlab', 'abc');
    fake.window.minimized = true;
    fake.appEvents.play('second-instance', {}, ['electron', 'other.gartlab'], fake.userData);
    await vi.waitFor(() => expect(told()).toContainEqual(expect.objectContaining({ name: 'other.gartlab' })));
    expect(fake.window.did).toEqual(expect.arrayContaining(['restore', 'focus']));
  });

  test('--probe prints what it found as one line, also beside a running app, and ends', async () => {
    fake.firstInstance = false;
    begin(['--probe']);
    await vi.waitFor(() => expect(fake.calls).toContain('exit 0'));
    expect(said).toEqual([expect.stringMatching(/^\{"drawn":true/)]);
  });

  test.each([
    ['packaged, even as root', true, 0],
    ['from a checkout, not as root', false, 1000],
  ])('--no-sandbox, %s: does not start, and says why', (_name, packaged, uid) => {
    fake.packaged = packaged;
    begin(['--no-sandbox'], { uid });
    expect(fake.calls).toEqual(['exit 1']);
    expect(said).toEqual([expect.stringContaining('--no-sandbox')]);
  });

  test('--no-sandbox from a checkout as root: starts', async () => {
    await opened(['--no-sandbox'], { uid: 0 });
  });
});

describe('the window', () => {
  test('opens where it was closed, also maximised', async () => {
    await opened();
    fake.window.bounds = { x: 100, y: 50, width: 1000, height: 700 };
    fake.window.maximized = true;
    fake.window.play('close');
    fake = new FakeElectron(fake.userData);
    await opened();
    expect(fake.window.options).toMatchObject({ x: 100, y: 50, width: 1000, height: 700 });
    expect(fake.window.maximized).toBe(true);
  });

  test('follows dark and light of the system before the page does', async () => {
    fake.dark = false;
    await opened();
    fake.dark = true;
    fake.themeEvents.play('updated');
    expect(fake.window.background).toBe('#141518');
  });
});

describe('files', () => {
  test('of the command line wait until the window listens, then come in order', async () => {
    const [a, b] = [file('a.gartlab', 'one'), file('b.json', '{}')];
    await opened([a, b]);
    await vi.waitFor(() => expect(fake.calls).toContain(`recent ${b}`));
    expect(told()).toEqual([]);
    await listen();
    expect(told()).toEqual([
      { kind: 'openFile', name: 'a.gartlab', bytes: new Uint8Array(Buffer.from('one')) },
      { kind: 'openFile', name: 'b.json', bytes: new Uint8Array(Buffer.from('{}')) },
    ]);
  });

  test('a double click on macOS opens; the event is ours', async () => {
    await opened();
    await listen();
    const preventDefault = vi.fn();
    fake.appEvents.play('open-file', { preventDefault }, file('c.gartlab'));
    expect(preventDefault).toHaveBeenCalled();
    await vi.waitFor(() => expect(told()).toContainEqual(expect.objectContaining({ name: 'c.gartlab' })));
  });

  test('chosen in the dialog: opened, and first among the recent ones of the menu', async () => {
    await opened();
    await listen();
    fake.chosen = [file('d.gartlab')];
    await fake.ask('lab:choose-files');
    expect(told()).toContainEqual(expect.objectContaining({ name: 'd.gartlab' }));
    expect(fake.item('d.gartlab')).toBeDefined();
    fake.item('Clear')?.click?.({} as never, undefined, {} as never);
    expect(fake.item('d.gartlab')).toBeUndefined();
  });

  test('gone since: a sentence says so, and the menu forgets it', async () => {
    await opened();
    await listen();
    fake.chosen = [file('e.gartlab')];
    await fake.ask('lab:choose-files');
    rmSync(fake.chosen[0]!);
    fake.item('e.gartlab')?.click?.({} as never, undefined, {} as never);
    await vi.waitFor(() =>
      expect(told()).toContainEqual({
        kind: 'say',
        sentence: 'e.gartlab was not opened: it is not there any more.',
        bad: true,
      }),
    );
    expect(fake.item('e.gartlab')).toBeUndefined();
  });

  test('saved where the person chose, text and bytes; nowhere when they cancel', async () => {
    await opened();
    const text = { suggestedName: 'saved.jsonl', text: '{"a":1}\n' };
    await expect(fake.ask('lab:save-text', [text])).resolves.toEqual({ path: null });
    fake.savePath = join(fake.userData, 'saved.jsonl');
    await expect(fake.ask('lab:save-text', [text])).resolves.toEqual({ path: fake.savePath });
    expect(readFileSync(fake.savePath, 'utf8')).toBe('{"a":1}\n');
    const bytes = { suggestedName: 'saved.gartlab', bytes: Uint8Array.of(1, 2, 255) };
    await fake.ask('lab:save-bytes', [bytes]);
    expect([...readFileSync(fake.savePath)]).toEqual([1, 2, 255]);
  });
});

describe('menus', () => {
  test('are made from the commands of the window and send ids back', async () => {
    await opened();
    await listen();
    fake.item('Step')?.click?.({} as never, undefined, {} as never);
    expect(told()).toEqual([{ kind: 'runCommand', id: 'lab.step' }]);
    expect(fake.item('Command palette')?.accelerator).toBe('CmdOrCtrl+K');
  });
});

describe('ends', () => {
  test('the GPU process: the window is told, the lab goes on', async () => {
    await opened();
    await listen();
    fake.appEvents.play('child-process-gone', {}, { type: 'GPU', reason: 'crashed', exitCode: 5 });
    expect(told()).toEqual([
      {
        kind: 'say',
        sentence:
          'The GPU process ended (it crashed, exit code 5) and is started again; the lab asks it for a new device.',
        bad: true,
      },
    ]);
  });

  test('the page: loaded again, and the new page is told why when it listens', async () => {
    await opened();
    await listen();
    fake.window.webContents.play('render-process-gone', {}, { reason: 'oom', exitCode: 1 });
    expect(fake.window.webContents.reloads).toBe(1);
    expect(told()).toEqual([]);
    await listen();
    expect(told()).toEqual([expect.objectContaining({ kind: 'say' })]);
  });

  test('the page, again and again within a minute: a box instead of a loop; later it is tried again', async () => {
    await opened();
    const end = () =>
      fake.window.webContents.play('render-process-gone', {}, { reason: 'crashed', exitCode: 1 });
    for (let i = 0; i < 4; i++) end();
    expect(fake.window.webContents.reloads).toBe(3);
    expect(fake.errorBoxes).toHaveLength(1);
    now = 61_000;
    end();
    expect(fake.window.webContents.reloads).toBe(4);
  });
});

describe('lab mode', () => {
  test('switched on: starts again with the flag, and without files that are open already', async () => {
    const path = file('f.gartlab');
    await opened(['main.cjs', '--adapter=hardware', path]);
    await fake.ask('lab:set-lab-mode', [true]);
    expect(fake.relaunched).toEqual({ args: ['main.cjs', '--adapter=hardware', '--lab-mode'] });
    expect(fake.calls).toContain('quit');
  });

  test('an AppImage is started again by its own file', async () => {
    await opened(['--lab-mode'], { appImage: '/apps/lab.AppImage' });
    await fake.ask('lab:set-lab-mode', [false]);
    expect(fake.relaunched).toEqual({ args: [], execPath: '/apps/lab.AppImage' });
  });

  test('only then developer flags are given to Chromium', async () => {
    await opened();
    expect(fake.calls.join()).not.toContain('developer');
    fake = new FakeElectron(fake.userData);
    await opened(['--lab-mode']);
    expect(fake.calls).toContain('switch enable-webgpu-developer-features=');
  });
});
