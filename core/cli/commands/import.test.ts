import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useCliBundle } from '../../testing/cli_bundle.ts';
import { packageRoot } from '../assets.ts';

const root = packageRoot();
const { folder, lab } = useCliBundle('import');
const capture = (name: string) => join(root, 'assets', 'captures', name);

test('several captures become one session; info says the same counts; replay is refused', () => {
  const captures = ['i915-3.x.ftrace.txt', 'xe-discrete.fdinfo.txt', 'linux-6.12.bufinfo.txt'].map(capture);
  const { code, out } = lab('import', ...captures, '--out', 'all.gartlab', '--json');
  expect(code).toBe(0);
  const report = JSON.parse(out);
  expect(report.captures.map(({ kind }: { kind: string }) => kind)).toEqual(['ftrace', 'fdinfo', 'bufinfo']);
  const info = JSON.parse(lab('info', 'all.gartlab', '--json').out);
  expect(info.eventCounts).toEqual(report.eventCounts);
  expect(Object.keys(info.origin)).toContain('xe-discrete.fdinfo.txt');
  const replay = lab('replay', 'all.gartlab', '--machine', 'host');
  expect(replay.code).toBe(1);
  expect(replay.err).toContain('imported from captures of another system');
});

test('what is no capture: exit code 1, one sentence, no file', () => {
  const { code, out, err } = lab('import', capture('wgpu-quad.ron'), '--out', 'never.gartlab', '--json');
  expect([code, out]).toEqual([1, '']);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(err).toContain('This is a WebGPU API trace of wgpu (RON), which is not supported yet.');
  expect(readdirSync(folder).filter(name => name.startsWith('never'))).toEqual([]);
});

test('a page that needs more than any machine has room for: a sentence, no file', () => {
  const trace = join(folder, 'page.jsonl');
  const head = { format: 'gart-lab-webgpu-capture', version: 1 };
  writeFileSync(
    trace,
    [head, { e: 'buffer', id: 1, size: 1e6, usage: 8 }].map(line => `${JSON.stringify(line)}\n`).join(''),
  );
  const refused = lab('import', trace, '--vram', '16M', '--budget', '1G', '--out', 'never.gartlab');
  expect([refused.code, refused.err.includes('The budget is one page to 16777216 bytes')]).toEqual([1, true]);
  expect(lab('import', trace, '--budget', 'much', '--out', 'never.gartlab').code).toBe(2);
  expect(lab('import', trace, '--vram', '64G', '--out', 'never.gartlab').code).toBe(2);
  expect(lab('import', trace, capture('wgpu-quad.ron'), '--out', 'never.gartlab').code).toBe(1);
  expect(readdirSync(folder).filter(name => name.startsWith('never'))).toEqual([]);
});

test('what a file says cannot steer the terminal', () => {
  const trace = join(folder, 'evil.jsonl');
  const head = { format: 'gart-lab-webgpu-capture', version: 1, page: '\x1b]0;owned\x07 \u202e' };
  const says = { e: 'say', text: '\x1b[2Jgone' };
  writeFileSync(trace, [head, says].map(line => `${JSON.stringify(line)}\n`).join(''));
  const { code, out, err } = lab('import', trace, '--out', 'evil.gartlab');
  expect(code).toBe(0);
  const shown = out + err + lab('info', 'evil.gartlab').out;
  expect(shown).toContain('[2Jgone');
  expect([...shown].filter(letter => /[^\P{C}\n]/u.test(letter))).toEqual([]);
});

test('a file that is missing or an --out of another kind is bad usage', () => {
  expect(lab('import', 'nothing.txt', '--out', 'x.gartlab').code).toBe(2);
  expect(lab('import', capture('drivers.ftrace.txt'), '--out', 'x.txt').code).toBe(2);
});
