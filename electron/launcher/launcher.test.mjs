/** Covers the launcher's parts that decide and write: options, display, server, lock, evidence and report. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { NONCE_PLACEHOLDER, securityHeaders } from '../shared/security_headers.mjs';
import { browserFlags } from './browser.mjs';
import { runChild } from './child.mjs';
import { findDisplay } from './display.mjs';
import { withLock } from './lock.mjs';
import { DIST } from './paths.mjs';
import { escapeHtml, reportPage } from './report_page.mjs';
import { countRows, evidenceOf } from './run_evidence.mjs';
import { serveFolder } from './serve.mjs';
import { readOptions } from './start_options.mjs';

const folder = mkdtempSync(join(tmpdir(), 'gart-lab-launcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('options', () => {
  test('none: the first scene, any adapter, out/', () => {
    expect(readOptions([])).toMatchObject({
      scene: 'evict-refault',
      adapter: 'auto',
      headless: false,
      serve: false,
    });
  });

  test('out is relative to where the command was called', () => {
    expect(readOptions(['--out', 'here'], '/somewhere').out).toBe('/somewhere/here');
  });

  test.each([
    [['--colour']],
    [['--scene', 'nowhere']],
    [['--adapter', 'best']],
    [['--port', '1']],
    [['--serve', '--port', '-1']],
    [['--serve', '--port', '65536']],
    [['--serve', '--headless']],
    [['--scene']],
    [['nowhere.gartlab']],
    [['notes.txt']],
    [['a.gartlab', 'b.gartlab']],
  ])('%j: refused with exit code 2', args => {
    expect(() => readOptions(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('a session file', () => {
  const file = join(folder, 'my session.gartlab');

  test('is taken from the command line, relative to where it was called; never headless', () => {
    writeFileSync(file, 'bytes');
    expect(readOptions(['my session.gartlab'], folder)).toMatchObject({ file, scene: 'evict-refault' });
    expect(() => readOptions([file, '--headless'])).toThrow(/npm run lab -- replay my session\.gartlab/);
  });

  test('is served beside the app, and nothing else of its folder is', async () => {
    writeFileSync(file, 'bytes');
    writeFileSync(join(folder, 'secret.gartlab'), 'other bytes');
    const app = mkdtempSync(join(folder, 'app-'));
    const served = await serveFolder(app, 0, file);
    const answer = await fetch(new URL(served.fileAddress, served.url));
    expect([answer.status, await answer.text()]).toEqual([200, 'bytes']);
    expect((await fetch(new URL('session/secret.gartlab', served.url))).status).toBe(404);
    expect((await fetch(new URL('session/', served.url))).status).toBe(404);
    await served.close();
  });
});

describe('flags of the browser', () => {
  const developer = '--enable-webgpu-developer-features';

  test('developer flags of WebGPU come with lab mode only', () => {
    for (const kind of ['hardware', 'software']) {
      expect(browserFlags(kind)).not.toContain(developer);
      expect(browserFlags(kind, true)).toContain(developer);
    }
    expect(readOptions([]).labMode).toBe(false);
    expect(readOptions(['--lab-mode']).labMode).toBe(true);
  });

  test('each flag once; the sandbox is off for root only', () => {
    const flags = browserFlags('software', true);
    expect(new Set(flags).size).toBe(flags.length);
    const uid = vi.spyOn(process, 'getuid');
    uid.mockReturnValue(1000);
    expect(browserFlags('software')).not.toContain('--no-sandbox');
    uid.mockReturnValue(0);
    expect(browserFlags('software')).toContain('--no-sandbox');
    uid.mockRestore();
  });
});

describe('display', () => {
  test('nothing set: none, and why', async () => {
    expect(await findDisplay({}, 'linux')).toEqual({
      open: false,
      why: 'no DISPLAY or WAYLAND_DISPLAY is set',
    });
  });

  test('a DISPLAY that nobody serves: none, and its name', async () => {
    expect(await findDisplay({ DISPLAY: ':4099' }, 'linux')).toEqual({
      open: false,
      why: 'the display :4099 does not answer',
    });
  });

  test('a Wayland socket that answers: found', async () => {
    const path = join(folder, 'wayland-7');
    const server = createServer().listen(path);
    const found = await findDisplay({ WAYLAND_DISPLAY: 'wayland-7', XDG_RUNTIME_DIR: folder }, 'linux');
    server.close();
    expect(found).toEqual({ open: true, why: 'Wayland display wayland-7' });
  });
});

describe('server', () => {
  test('another name for this machine is refused: no page elsewhere reaches the app', async () => {
    writeFileSync(join(folder, 'index.html'), 'hello');
    const served = await serveFolder(folder);
    const status = host =>
      new Promise(resolve => {
        import('node:http').then(({ get }) => {
          get({ port: served.port, host: '127.0.0.1', headers: { host } }, answer => {
            answer.resume();
            resolve(answer.statusCode);
          });
        });
      });
    expect(await status(`127.0.0.1:${served.port}`)).toBe(200);
    expect(await status('evil.example:80')).toBe(403);
    await served.close();
  });

  test('answers as the desktop shell does: same policy and isolation, a nonce of its own for each load', async () => {
    writeFileSync(join(folder, 'index.html'), `<meta property="csp-nonce" nonce="${NONCE_PLACEHOLDER}">`);
    const served = await serveFolder(folder);
    const load = async () => {
      const answer = await fetch(served.url);
      const nonce = /nonce="([^"]+)"/.exec(await answer.text())?.[1];
      const headers = Object.fromEntries(answer.headers);
      for (const [name, value] of Object.entries(securityHeaders(nonce)))
        expect(headers[name.toLowerCase()]).toBe(value);
      return nonce;
    };
    const [first, second] = [await load(), await load()];
    expect(first).not.toBe(NONCE_PLACEHOLDER);
    expect(second).not.toBe(first);
    const missing = await fetch(new URL('nothing', served.url));
    expect(missing.headers.get('content-security-policy')).toBe(securityHeaders()['Content-Security-Policy']);
    await served.close();
  });

  test('a port in use: one sentence with the port', async () => {
    const served = await serveFolder(folder);
    await expect(serveFolder(folder, served.port)).rejects.toThrow(`Port ${served.port} is in use`);
    await served.close();
  });
});

describe('children and locks', () => {
  test('a child past its limit is ended, and says so', async () => {
    const result = await runChild(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { limitMs: 300 });
    expect(result.timedOut).toBe(true);
  });

  test('a command that does not exist: code 127', async () => {
    expect((await runChild('no-such-command-here', [])).code).toBe(127);
  });

  test('two holders of one lock follow each other', async () => {
    const order = [];
    const hold = name =>
      withLock('test', async () => {
        order.push(`${name} in`);
        await new Promise(resolve => setTimeout(resolve, 50));
        order.push(`${name} out`);
      });
    await Promise.all([hold('a'), hold('b')]);
    expect(order[0].slice(0, 1)).toBe(order[1].slice(0, 1));
    expect(order[2].slice(0, 1)).toBe(order[3].slice(0, 1));
    expect(existsSync(join(DIST, '.test.lock'))).toBe(false);
  });
});

describe('report', () => {
  const numbers = {
    evictions: 1,
    refaultsInPlace: 1,
    refaultsMoved: 0,
    validatesBack: 1,
    ptesCleared: 512,
    tasksHit: 2,
    bytesMoved: 2 * 1024 * 1024,
    objects: 3,
    contentsVerified: 3,
    inputs: 40,
    events: 400,
    gpu: {
      liveBytes: 0,
      liveBytesAfterShutdown: 0,
      buffersCreated: 4,
      buffersDestroyed: 4,
      submits: 9,
      maps: 2,
      adapter: 'x',
      software: true,
    },
    model: { expectedBytes: 0, residentBytes: 0 },
    eventDigest: 'e',
    contentDigest: 'c',
  };

  test('evidence of a good run is all shown', () => {
    expect(evidenceOf(numbers).filter(each => !each.shown)).toEqual([]);
  });

  test.each([
    ['no eviction', { evictions: 0 }],
    ['a shoot-down that hit one task only', { tasksHit: 1 }],
    ['no refault in place', { refaultsInPlace: 0 }],
    ['no validate back', { validatesBack: 0 }],
    ['an object that was not verified', { contentsVerified: 2 }],
    ['no object at all', { contentsVerified: 0, objects: 0 }],
    ['a GPU byte left after shutdown', { gpu: { ...numbers.gpu, liveBytesAfterShutdown: 4 } }],
    ['a GPU byte too many', { gpu: { ...numbers.gpu, liveBytes: 4096 } }],
  ])('%s: one piece of evidence is missing', (_name, change) => {
    expect(evidenceOf({ ...numbers, ...change }).filter(each => !each.shown)).toHaveLength(1);
  });

  test('the page holds everything itself and no text breaks out', () => {
    const page = reportPage({
      title: '<b>title</b>',
      verdict: 'good',
      passed: true,
      evidence: evidenceOf(numbers),
      facts: [['System', '"quoted" & <tagged>']],
      counts: countRows(numbers),
      pictures: [{ title: 'end', png: Buffer.from('png') }],
      problems: [],
      inputs: '{"call":"</pre><script>"}\n',
      numbers,
    });
    expect(page).not.toMatch(/<script|<link|<b>title|src="(?!data:)/);
    expect(page).toContain('2 MiB (2097152 bytes)');
    expect(page).toContain(`data:image/png;base64,${Buffer.from('png').toString('base64')}`);
  });

  test('escapeHtml leaves plain text alone', () => {
    expect(escapeHtml('a < b & "c"')).toBe('a &lt; b &amp; &quot;c&quot;');
    expect(escapeHtml('plain')).toBe('plain');
  });
});
