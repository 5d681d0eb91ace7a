/**
 * Covers the desktop shell by contract, against a fake of Electron's modules: what is set up, what a window may do, which
 * calls are refused. Does not cover Electron itself; e2e/ does, where its binary is present.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { APP_ORIGIN, isAppUrl } from './app_origin.ts';
import { appProtocol } from './app_protocol.ts';
import { gpuSwitches, readShellArguments } from './shell_arguments.ts';

type Handler = (...args: unknown[]) => unknown;

/** Everything the shell did to Electron, in the order it did it. */
class FakeElectron {
  readonly calls: string[] = [];
  readonly appEvents = new Map<string, Handler>();
  readonly channels = new Map<string, Handler>();
  readonly sessionHandlers = new Map<string, Handler>();
  readonly windows: FakeWindow[] = [];
  schemes: unknown;
  served: ((request: Request) => Promise<Response>) | undefined;
  savePath: string | undefined;
}

class FakeContents {
  readonly events = new Map<string, Handler>();
  openHandler: Handler | undefined;
  on = (name: string, handler: Handler) => this.events.set(name, handler);
  setWindowOpenHandler = (handler: Handler) => {
    this.openHandler = handler;
  };
}

class FakeWindow {
  readonly webContents = new FakeContents();
  url = '';
  shown = false;
  constructor(readonly options: { webPreferences: Record<string, unknown> }) {
    fake.windows.push(this);
    fake.appEvents.get('web-contents-created')?.({}, this.webContents);
  }
  loadURL = async (url: string) => {
    this.url = url;
  };
  show = () => {
    this.shown = true;
  };
}

const fake = new FakeElectron();
vi.mock('electron', () => ({
  app: {
    enableSandbox: () => fake.calls.push('enableSandbox'),
    commandLine: {
      appendSwitch: (name: string, value: string) => fake.calls.push(`switch ${name}=${value}`),
    },
    on: (name: string, handler: Handler) => fake.appEvents.set(name, handler),
    whenReady: async () => {
      fake.calls.push('ready');
    },
    quit: () => fake.calls.push('quit'),
    exit: (code: number) => fake.calls.push(`exit ${code}`),
  },
  BrowserWindow: FakeWindow,
  dialog: {
    showSaveDialog: async () => ({ canceled: fake.savePath === undefined, filePath: fake.savePath }),
  },
  ipcMain: { handle: (channel: string, handler: Handler) => fake.channels.set(channel, handler) },
  protocol: {
    registerSchemesAsPrivileged: (schemes: unknown) => {
      fake.schemes = schemes;
      fake.calls.push('schemes');
    },
    handle: (_scheme: string, handler: (request: Request) => Promise<Response>) => {
      fake.served = handler;
    },
  },
  session: {
    defaultSession: {
      setPermissionRequestHandler: (handler: Handler) => fake.sessionHandlers.set('request', handler),
      setPermissionCheckHandler: (handler: Handler) => fake.sessionHandlers.set('check', handler),
      setDevicePermissionHandler: (handler: Handler) => fake.sessionHandlers.set('device', handler),
    },
  },
}));

const ours = { senderFrame: { parent: null, url: `${APP_ORIGIN}/` } };
const folder = mkdtempSync(join(tmpdir(), 'gart-lab-shell-'));

beforeAll(async () => {
  mkdirSync(join(folder, 'window'));
  writeFileSync(join(folder, 'window', 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'secret'), 'not for the window');
  (globalThis as { __dirname?: string }).__dirname = join(folder, 'electron');
  await import('./main.ts');
  await vi.waitFor(() => expect(fake.windows[0]?.shown).toBe(true));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('start', () => {
  test('sandbox, switches and the scheme are set before Electron is ready', () => {
    const ready = fake.calls.indexOf('ready');
    for (const call of ['enableSandbox', 'schemes', 'switch enable-unsafe-webgpu=']) {
      expect(fake.calls.indexOf(call)).toBeGreaterThanOrEqual(0);
      expect(fake.calls.indexOf(call)).toBeLessThan(ready);
    }
  });

  test('one window opens on the app, sandboxed, isolated and without Node', () => {
    expect(fake.windows).toHaveLength(1);
    expect(isAppUrl(fake.windows[0]!.url)).toBe(true);
    expect(fake.windows[0]!.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
    });
  });

  test('closing the last window ends the app', () => {
    fake.appEvents.get('window-all-closed')?.();
    expect(fake.calls).toContain('quit');
  });
});

describe('a window is confined', () => {
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
    expect(fake.windows[0]!.webContents.openHandler!()).toEqual({ action: 'deny' });
  });

  test.each(['will-navigate', 'will-redirect'])('%s elsewhere is stopped, within the app it is not', name => {
    const handler = fake.windows[0]!.webContents.events.get(name)!;
    const stopped = (url: string) => {
      const preventDefault = vi.fn();
      handler({ url, preventDefault });
      return preventDefault.mock.calls.length > 0;
    };
    expect(stopped('https://example.org/')).toBe(true);
    expect(stopped('file:///etc/passwd')).toBe(true);
    expect(stopped('app://other/')).toBe(true);
    expect(stopped(`${APP_ORIGIN}/?scene=x`)).toBe(false);
  });

  test('a webview is stopped', () => {
    const preventDefault = vi.fn();
    fake.windows[0]!.webContents.events.get('will-attach-webview')!({ preventDefault });
    expect(preventDefault).toHaveBeenCalled();
  });
});

describe('calls of the contract', () => {
  const call = (channel: string, event: unknown, ...args: unknown[]) =>
    fake.channels.get(channel)!(event, ...args);

  test('describeShell, from the app: says what it runs in', async () => {
    await expect(call('lab:describe-shell', ours)).resolves.toMatchObject({
      shell: 'electron',
      adapter: 'auto',
    });
  });

  test.each([
    ['another origin', { senderFrame: { parent: null, url: 'https://example.org/' } }],
    ['a frame within the app', { senderFrame: { parent: {}, url: `${APP_ORIGIN}/` } }],
    ['a frame that is gone', { senderFrame: null }],
  ])('from %s: refused', async (_name, event) => {
    await expect(call('lab:describe-shell', event)).rejects.toThrow(/refused/);
  });

  test.each([
    ['no arguments', []],
    ['a path as name', [{ suggestedName: '../x', text: '' }]],
    ['text that is none', [{ suggestedName: 'x.jsonl', text: 5 }]],
    ['one field too many', [{ suggestedName: 'x.jsonl', text: '', mode: 7 }]],
    ['one argument too many', [{ suggestedName: 'x.jsonl', text: '' }, 1]],
  ])('saveText with %s: refused', async (_name, args) => {
    await expect(call('lab:save-text', ours, ...args)).rejects.toThrow(/lab:save-text/);
  });

  test('saveText writes where the person chose, and nothing when they cancel', async () => {
    const path = join(folder, 'saved.jsonl');
    const text = { suggestedName: 'saved.jsonl', text: '{"a":1}\n' };
    await expect(call('lab:save-text', ours, text)).resolves.toEqual({ path: null });
    fake.savePath = path;
    await expect(call('lab:save-text', ours, text)).resolves.toEqual({ path });
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n');
  });
});

describe('app://', () => {
  const get = (url: string, init?: RequestInit) =>
    appProtocol(join(folder, 'window'))(new Request(url, init));

  test('the page comes with isolation and the policy', async () => {
    const answer = await get(`${APP_ORIGIN}/`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin');
    expect(answer.headers.get('Cross-Origin-Embedder-Policy')).toBe('require-corp');
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    expect(answer.headers.get('Content-Type')).toContain('text/html');
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

describe('arguments', () => {
  test('are read, and anything odd falls back', () => {
    expect(readShellArguments(['x', '--adapter=software', '--scene=evict-refault', '--probe'])).toEqual({
      adapter: 'software',
      scene: 'evict-refault',
      probe: true,
    });
    expect(readShellArguments(['--adapter=best', '--scene=../x'])).toEqual({
      adapter: 'auto',
      scene: null,
      probe: false,
    });
  });

  test('software takes all of the flags that make its canvas visible', () => {
    expect(gpuSwitches('software', 'linux').map(([name]) => name)).toEqual([
      'enable-unsafe-webgpu',
      'use-webgpu-adapter',
      'enable-features',
      'use-vulkan',
      'use-angle',
    ]);
  });
});
