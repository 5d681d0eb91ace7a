/**
 * The audit of the shell's security settings: preferences of windows, what a page may do, who may call what with which
 * arguments. The policy is audited in electron/shared/security_headers.test.ts, the fuses in electron/packaging/packaging.test.mjs.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { IPC_CONTRACT, IPC_NAMES, IPC_NEWS, NEWS_NAMES, readNews } from '../shared/ipc_contract.ts';
import { FakeElectron, FROM_APP } from '../testing/fake_electron.ts';
import { APP_ORIGIN } from './app_origin.ts';
import { appProtocol } from './app_protocol.ts';
import { Shell } from './shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'gart-lab-audit-'));
const fake = new FakeElectron(folder);

beforeAll(async () => {
  mkdirSync(join(folder, 'window'));
  writeFileSync(join(folder, 'window', 'index.html'), '<meta property="csp-nonce" nonce="__CSP_NONCE__">');
  writeFileSync(join(folder, 'window', '.sources'), 'hidden');
  writeFileSync(join(folder, 'secret'), 'not for the window');
  new Shell(fake.port, {
    argv: ['electron'],
    folder,
    platform: 'linux',
    uid: 1000,
    appImage: undefined,
    here: join(folder, 'electron'),
    nowMs: () => 0,
    out: () => {},
    err: () => {},
  }).start();
  await vi.waitFor(() => expect(fake.windows[0]?.did).toContain('show'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a window', () => {
  test('is sandboxed, isolated and without Node, and nothing weakens it', () => {
    expect(fake.window.options.webPreferences).toEqual({
      preload: expect.stringMatching(/preload\.cjs$/),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      allowRunningInsecureContent: false,
      spellcheck: false,
    });
  });

  test('every permission is denied, asked or assumed', () => {
    let answer: unknown;
    fake.sessionHandlers.get('request')!({}, 'camera', (allowed: boolean) => {
      answer = allowed;
    });
    expect(answer).toBe(false);
    expect(fake.sessionHandlers.get('check')!()).toBe(false);
    expect(fake.sessionHandlers.get('device')!()).toBe(false);
  });

  test('window.open is denied', () => {
    expect(fake.window.webContents.openHandler!()).toEqual({ action: 'deny' });
  });

  test.each(['will-navigate', 'will-redirect'])('%s elsewhere is stopped, within the app it is not', name => {
    const stopped = (url: string) => {
      const preventDefault = vi.fn();
      fake.window.webContents.play(name, { url, preventDefault });
      return preventDefault.mock.calls.length > 0;
    };
    for (const url of [
      'https://example.org/',
      'file:///etc/passwd',
      'app://other/',
      'javascript:1',
      'data:,x',
    ])
      expect(stopped(url), url).toBe(true);
    expect(stopped(`${APP_ORIGIN}/?scene=x`)).toBe(false);
  });

  test('a webview is stopped', () => {
    const preventDefault = vi.fn();
    fake.window.webContents.play('will-attach-webview', { preventDefault });
    expect(preventDefault).toHaveBeenCalled();
  });
});

describe('the scheme', () => {
  test('is standard and secure, and may not pass the policy', () => {
    expect(fake.schemes).toEqual([
      {
        scheme: 'app',
        privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
      },
    ]);
  });

  const get = (url: string, init?: RequestInit) =>
    appProtocol(join(folder, 'window'))(new Request(url, init));

  test('the page comes with isolation, the policy and a nonce', async () => {
    const answer = await get(`${APP_ORIGIN}/`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin');
    expect(answer.headers.get('Cross-Origin-Embedder-Policy')).toBe('require-corp');
    const nonce = /nonce="([^"]+)"/.exec(await answer.text())?.[1];
    expect(answer.headers.get('Content-Security-Policy')).toContain(`'nonce-${nonce}'`);
  });

  test.each([
    ['a file above the folder', '/..%2fsecret', 400],
    ['a hidden file', '/.sources', 400],
    ['a broken escape', '/%E0%A4%A', 400],
    ['a file that is not there', '/nothing.js', 404],
  ])('%s: %s is answered %i', async (_name, path, status) => {
    expect((await get(APP_ORIGIN + path)).status).toBe(status);
  });

  test('another host and another method are refused', async () => {
    expect((await get('app://other/')).status).toBe(403);
    expect((await get(`${APP_ORIGIN}/`, { method: 'POST' })).status).toBe(405);
  });
});

describe('calls', () => {
  test('exactly the channels of the contract are handled', () => {
    expect([...fake.channels.keys()].sort()).toEqual(
      IPC_NAMES.map(name => IPC_CONTRACT[name].channel).sort(),
    );
  });

  test.each(IPC_NAMES.map(name => IPC_CONTRACT[name].channel))(
    '%s: refused from elsewhere, whatever the arguments',
    async channel => {
      for (const from of [
        { senderFrame: { parent: null, url: 'https://example.org/' } },
        { senderFrame: { parent: null, url: 'file:///index.html' } },
        { senderFrame: { parent: {}, url: `${APP_ORIGIN}/` } },
        { senderFrame: null },
      ]) {
        await expect(fake.ask(channel, [], from)).rejects.toThrow(/refused/);
      }
    },
  );

  test.each(IPC_NAMES.map(name => IPC_CONTRACT[name].channel))(
    '%s: one argument too many is refused',
    async channel => {
      await expect(fake.ask(channel, [1, 2, 3], FROM_APP)).rejects.toThrow(channel);
    },
  );

  const command = { id: 'lab.step', title: 'Step', group: 'Lab', key: null, enabled: true };
  test.each<[string, string, unknown[]]>([
    ['lab:save-text', 'a path as name', [{ suggestedName: '../x', text: '' }]],
    ['lab:save-text', 'text that is none', [{ suggestedName: 'x.jsonl', text: 5 }]],
    ['lab:save-text', 'one field too many', [{ suggestedName: 'x.jsonl', text: '', mode: 7 }]],
    ['lab:save-bytes', 'a list in place of bytes', [{ suggestedName: 'x.gartlab', bytes: [1, 2] }]],
    ['lab:offer-commands', 'an id with a line break', [[{ ...command, id: 'a\nb' }]]],
    ['lab:offer-commands', 'a role in place of a group', [[{ ...command, group: 'toggleDevTools' }]]],
    ['lab:offer-commands', 'a click of its own', [[{ ...command, click: 'x' }]]],
    ['lab:offer-commands', 'more than menus hold', [Array.from({ length: 501 }, () => command)]],
    ['lab:set-lab-mode', 'a word', ['on']],
  ])('%s with %s: refused', async (channel, _name, args) => {
    await expect(fake.ask(channel, args)).rejects.toThrow(channel);
  });

  test('describeShell and describeGpu: answers fit the contract', async () => {
    fake.gpuInfo = {
      gpuDevice: [
        { vendorId: 0x8086, deviceId: 0x46a6, driverVendor: 'Mesa', driverVersion: '25.1' },
        { active: true, vendorId: 0x10de, deviceId: 0x2684, deviceString: 'RTX' },
      ],
      auxAttributes: { glRenderer: 'ANGLE' },
      machineModelName: 'x',
    };
    await expect(fake.ask('lab:describe-shell')).resolves.toMatchObject({ labMode: false, packaged: false });
    await expect(fake.ask('lab:describe-gpu')).resolves.toEqual({
      devices: [
        { name: 'NVIDIA RTX', ids: '10de:2684', driver: '', active: true },
        { name: 'Intel', ids: '8086:46a6', driver: 'Mesa 25.1', active: false },
      ],
      renderer: 'ANGLE',
      features: { webgpu: 'enabled' },
    });
    fake.gpuInfo = 'nothing that was expected';
    await expect(fake.ask('lab:describe-gpu')).resolves.toMatchObject({ devices: [], renderer: '' });
  });
});

describe('the preload', () => {
  test('takes nothing from Electron but the bridge and messages, and gives the page no channel by name', () => {
    const source = readFileSync(new URL('../preload/preload.ts', import.meta.url), 'utf8');
    const imported = /import \{ ([^}]*) \} from 'electron'/.exec(source)?.[1];
    expect(imported).toBe('contextBridge, ipcRenderer');
    expect(source.match(/exposeInMainWorld/g)).toHaveLength(1);
    expect(source).not.toMatch(/\b(send|sendSync|postMessage|require|process)\b/);
  });

  test('a message that does not fit its schema does not reach the page', () => {
    for (const kind of NEWS_NAMES) expect(readNews(kind, { unexpected: true })).toBeNull();
    expect(readNews('say', { sentence: 'x', bad: 'yes' })).toBeNull();
    expect(Object.keys(IPC_NEWS)).toEqual(['runCommand', 'openFile', 'say']);
  });
});
