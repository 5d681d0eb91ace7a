/** Covers bad usage of `npm start`, `npm run lab` and `npm test`: a clear sentence, the exit code, nothing written. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { runLauncher, startServing } from '../support/launcher.ts';

const BAD: readonly [args: string[], sentence: RegExp][] = [
  [['--sceen', 'x'], /--sceen/],
  [['--scene', 'no-such-scene'], /There is no scene "no-such-scene"\. Scenes: .*evict-refault/],
  [['--scene', '../../package'], /There is no scene/],
  [['--adapter', 'fast'], /choose one of auto, hardware, software/],
  [['--port', '8080'], /--port goes with --serve/],
  [['--serve', '--port', '99999'], /0 \(any free port\) to 65535/],
  [['--serve', '--headless'], /exclude each other/],
  [['surplus'], /surplus/],
];

for (const [args, sentence] of BAD) {
  test(`npm start -- ${args.join(' ')}: exit code 2 and nothing written`, async () => {
    const out = join(tmpdir(), `gart-lab-never-${process.pid}`);
    const ended = await runLauncher('start.mjs', ...args, '--out', out);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(sentence);
    expect(existsSync(out)).toBe(false);
  });
}

test('npm start -- --help: says what there is, exit code 0', async () => {
  const ended = await runLauncher('start.mjs', '--help');
  expect(ended.code).toBe(0);
  for (const flag of ['--scene', '--headless', '--serve', '--port', '--adapter', '--out']) {
    expect(ended.stdout).toContain(flag);
  }
});

test('npm start -- --serve on a port in use: says so, exit code 1', async () => {
  const other = createServer();
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const ended = await runLauncher('start.mjs', '--serve', '--port', String(port));
  other.close();
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(`Port ${port} is in use by another program.`);
});

test('npm start -- --serve: headers isolate the page, files outside it are refused, an interrupt ends it', async () => {
  const served = await startServing();
  const page = await fetch(served.url);
  expect(page.status).toBe(200);
  expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'/);
  expect((await fetch(`${served.url}..%2f..%2fpackage.json`)).status).toBe(400);
  expect((await fetch(`${served.url}.sources`)).status).toBe(400);
  expect((await fetch(`${served.url}nothing.js`)).status).toBe(404);
  expect((await fetch(served.url, { method: 'POST' })).status).toBe(405);
  expect(await served.end()).toBe(0);
});

test('npm start -- --serve, and a SIGTERM to npm: the server does not outlive it', async () => {
  const served = await startServing('npm');
  expect((await fetch(served.url)).status).toBe(200);
  await served.end();
  const answers = () =>
    fetch(served.url).then(
      () => true,
      () => false,
    );
  await expect.poll(answers).toBe(false);
});

test('npm run lab -- with an unknown command: exit code 2, stdout stays empty', async () => {
  const ended = await runLauncher('lab.mjs', 'no-such-command');
  expect(ended.code).toBe(2);
  expect(ended.stdout).toBe('');
  expect(ended.stderr).toContain('no-such-command');
});

test('npm test -- with an unknown stage: says which there are, exit code 2', async () => {
  const ended = await runLauncher('test.mjs', '--only', 'luck');
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('types, lint, rules, vitest, conformance, e2e');
});
