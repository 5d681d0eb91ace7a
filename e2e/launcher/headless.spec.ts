/** Covers `npm start` on a machine without a display: the report and the log of the inputs, and that they are complete. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { runLauncher } from '../support/launcher.ts';

test.describe.configure({ mode: 'serial' });
const out = mkdtempSync(join(tmpdir(), 'gart-lab-out-'));
test.afterAll(() => rmSync(out, { recursive: true, force: true }));

test('npm start without a display: plays the first scene on WebGPU and writes a report', async () => {
  test.setTimeout(240_000);
  const ended = await runLauncher('start.mjs', '--out', out);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/Playing "evict-refault" headless: no DISPLAY or WAYLAND_DISPLAY is set/);
  expect(ended.stdout).toMatch(/contents verified: (\d+) of \1 objects/);
  expect(ended.stdout).toMatch(/Durations: build and run .* downloads/);
  expect(readdirSync(out).sort()).toEqual(['inputs.jsonl', 'report.html', 'result.json']);
});

test('the report stands alone and shows what happened', async () => {
  const html = readFileSync(join(out, 'report.html'), 'utf8');
  expect(html).not.toMatch(/<script|<link|src="(?!data:)|url\(/);
  expect(html).toMatch(/src="data:image\/png;base64,[A-Za-z0-9+/=]{20000}/);
  expect(html).toMatch(
    /[1-9]\d* evictions?; shoot-downs cleared [1-9]\d* PTEs?, one eviction those of ([2-9]|\d\d+) processes/,
  );
  expect(html).toMatch(/[1-9]\d* refaults? in place/);
  expect(html).toMatch(/[1-9]\d* validates? moved an object back to VRAM/);
  expect(html).toMatch(/contents verified: ([1-9]\d*) of \1 objects/);
  expect(html).not.toMatch(/class="mark bad"/);
});

test('the report names a software adapter as one', async () => {
  const { gpu } = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'));
  const html = readFileSync(join(out, 'report.html'), 'utf8');
  expect(gpu.adapter).not.toBe('');
  expect(html).toContain(gpu.adapter);
  expect(html.includes('a software adapter')).toBe(gpu.software);
});

test('the log of the inputs is JSON lines that play to the same digest', async () => {
  test.setTimeout(240_000);
  const log = join(out, 'inputs.jsonl');
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) JSON.parse(line);
  const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'));
  const again = await runLauncher('lab.mjs', 'run', log, '--machine', 'host', '--json');
  expect(JSON.parse(again.stdout).eventDigest).toBe(result.eventDigest);
});
