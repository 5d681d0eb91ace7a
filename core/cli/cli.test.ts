/**
 * Covers the command line from outside: results, exit codes, and a clear sentence for each kind of wrong input. Runs the bundle
 * that people run. Not yet: the progress bar on a terminal.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useCliBundle } from '../testing/cli_bundle.ts';
import { packageRoot } from './assets.ts';

const root = packageRoot();
const { bundle, folder, lab } = useCliBundle('lab');

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const SCENARIO = {
  format: 'gart-lab-scenario',
  version: 1,
  id: 'small',
  title: 'Small',
  summary: '',
  machine: 'lab-16m',
  steps: [{ task: 'a', call: 'spawn' }],
};

describe('results', () => {
  test('every command has --help and exit code 0', () => {
    for (const command of [
      [],
      ['run'],
      ['scenarios'],
      ['machines'],
      ['conform'],
      ['fuzz'],
      ['bench'],
      ['profile'],
      ['doctor'],
    ]) {
      const { code, out } = lab(...command, '--help');
      expect([command, code]).toEqual([command, 0]);
      expect(out).toContain('Usage: lab');
    }
  });

  test('scenarios and machines: JSON with an entry for each file', () => {
    const scenarios = JSON.parse(lab('scenarios', '--json').out).scenarios;
    expect(scenarios.map((scenario: { id: string }) => scenario.id)).toContain('evict-refault');
    const machines = JSON.parse(lab('machines', '--json').out).machines;
    expect(machines.find((machine: { id: string }) => machine.id === 'lab-16m').vramBytes).toBe(
      16 * 1024 * 1024,
    );
  });

  test('run --json: the agreed fields, exit code 0; the log it records gives the same digests', () => {
    const log = join(folder, 'inputs.jsonl');
    const { code, out } = lab('run', 'evict-refault', '--machine', 'host', '--json', '--record', log);
    expect(code).toBe(0);
    const result = JSON.parse(out);
    for (const field of [
      ...[
        'evictions',
        'refaultsInPlace',
        'refaultsMoved',
        'validatesBack',
        'ptesCleared',
        'tasksHit',
        'bytesMoved',
      ],
      ...['objects', 'contentsVerified', 'gpu', 'model', 'eventDigest', 'contentDigest'],
    ]) {
      expect(result).toHaveProperty(field);
    }
    expect(Object.keys(result.gpu)).toEqual(
      expect.arrayContaining([
        'liveBytes',
        'buffersCreated',
        'buffersDestroyed',
        'submits',
        'maps',
        'adapter',
        'software',
      ]),
    );
    expect(result.gpu.liveBytes).toBe(result.model.expectedBytes);
    const replayed = JSON.parse(lab('run', log, '--machine', 'host', '--json').out);
    expect([replayed.eventDigest, replayed.contentDigest]).toEqual([
      result.eventDigest,
      result.contentDigest,
    ]);
  });

  test('run with a sabotage: exit code 1 and the problem on stderr', () => {
    const { code, err } = lab('run', 'evict-refault', '--machine', 'host', '--sabotage', 'skip-copy-out');
    expect(code).toBe(1);
    expect(err).toMatch(/problem: Object \d+ \(frame\).*has hash/);
  });

  test('conform: passes a transcript; a changed one fails and names the step', () => {
    const path = join(root, 'assets', 'transcripts', 'vma', 'cow-reuse.json');
    expect(lab('conform', path).code).toBe(0);
    const transcript = JSON.parse(readFileSync(path, 'utf8'));
    const step = transcript.steps.findIndex((each: { call: string }) => each.call === 'touch');
    transcript.steps[step].ret = { minorFaults: 7, value: 1 };
    const { code, out } = lab('conform', file('changed.json', transcript), '--json');
    expect(code).toBe(1);
    const [result] = JSON.parse(out).transcripts;
    expect(result).toMatchObject({
      passed: false,
      name: 'cow-reuse',
      firstDifference: { step, call: 'touch' },
    });
  });

  test('fuzz: a planted defect gives exit code 1 and a log that run takes', () => {
    const log = join(folder, 'failing.jsonl');
    const { code, out } = lab(
      'fuzz',
      '--steps',
      '3000',
      '--defect',
      'split-pgoff-off-by-one',
      '--record',
      log,
    );
    expect(code).toBe(1);
    expect(out).toContain('FAILED in the history with seed');
    expect(lab('run', log, '--machine', 'host').code).toBe(0);
  });
});

describe('profile', () => {
  const measure = (...args: string[]) => lab('profile', '--quick', '--only', 'shoot-down', ...args);

  test('--json is one report with all five sections; --out .json saves the same; a page holds it as well', () => {
    const saved = join(folder, 'profile.json');
    const { code, out } = measure('--json', '--out', saved);
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ format: 'gart-lab-profile', version: 1, quick: true, cancelled: false });
    expect(report.sections.map((section: { id: string }) => section.id)).toEqual([
      'buffers',
      'moves',
      'gart',
      'cliff',
      'shoot-down',
    ]);
    expect(JSON.parse(readFileSync(saved, 'utf8'))).toEqual(report);
    const page = join(folder, 'profile.html');
    expect(measure('--out', page).code).toBe(0);
    const compared = lab('profile', '--compare', saved, page, '--json');
    expect(compared.code).toBe(0);
    const { figures } = JSON.parse(compared.out);
    expect(figures).toHaveLength(10);
    for (const { a, b } of figures) expect([a === null, b === null]).toEqual([false, false]);
  });

  test('--baseline: a report in which everything was ten times as fast makes regressions, exit code 1', () => {
    const saved = join(folder, 'fast.json');
    const { out } = measure('--json');
    const report = JSON.parse(out);
    report.date = '2020-01-01T00:00:00.000Z';
    for (const figure of report.sections[4].figures)
      for (const key of ['value', 'low', 'high']) figure[key] /= 10;
    writeFileSync(saved, JSON.stringify(report));
    const after = measure('--baseline', saved);
    expect(after.code).toBe(1);
    expect(after.out).toMatch(/regression since 20\d\d-.*shoot-down of 256 mappings in 1 process/);
    expect(after.out).toContain('last good 2020-01-01T00:00:00.000Z');
  });
});

describe('bad input', () => {
  test.each([
    ['an unknown command', ['evict'], /unknown command 'evict'/],
    ['an unknown flag', ['run', 'evict-refault', '--fast'], /unknown option '--fast'/],
    ['no scenario', ['run'], /missing required argument 'scenario'/],
    ['a scenario that is not there', ['run', 'nowhere'], /no scenario "nowhere"; there are .*evict-refault/],
    [
      'a machine kind that is not there',
      ['run', 'evict-refault', '--machine', 'abacus'],
      /Allowed choices are/,
    ],
    [
      'an unknown sabotage',
      ['run', 'evict-refault', '--sabotage', 'rain'],
      /no sabotage "rain"; there are flip-byte/,
    ],
    [
      'a slice of nothing',
      ['run', 'evict-refault', '--slice', '0'],
      /--slice takes a whole number of at least 1/,
    ],
    [
      'a machine description that is not there',
      ['run', 'evict-refault', '--description', 'cray'],
      /no machine "cray"/,
    ],
    ['a comparison of one report', ['profile', '--compare', 'a.json'], /--compare takes two reports \(1 was/],
    ['a report that is not there', ['profile', '--baseline', 'no.json'], /no\.json cannot be read/],
    [
      'a section that is not there',
      ['profile', '--only', 'speed'],
      /no section "speed"; there are buffers, moves/,
    ],
    ['transcripts that are not there', ['conform', '/nonexistent'], /\/nonexistent does not exist/],
  ])('%s: exit code 2 and a sentence', (_name, args, message) => {
    const { code, out, err } = lab(...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });

  test('a broken scenario: exit code 2, file, place and value; nothing is recorded', () => {
    const log = join(folder, 'never.jsonl');
    const path = file('broken.json', { ...SCENARIO, steps: [{ task: 'a', call: 7 }] });
    const { code, err } = lab('run', path, '--record', log);
    expect(code).toBe(2);
    expect(err).toContain('steps.0.call is 7');
    expect(existsSync(log)).toBe(false);
    expect(lab('run', file('text.json', 'hello')).err).toContain('is not JSON');
  });

  test('a scenario that asks for more than the machine has: exit code 2 and both numbers', () => {
    const { code, err } = lab('run', file('large.json', { ...SCENARIO, needs: { vramBytes: 33554432 } }));
    expect(code).toBe(2);
    expect(err).toContain('asks for 33554432 vramBytes, but the machine lab-16m has 16777216');
  });

  test('an input that no kernel understands: exit code 1 and its position', () => {
    const { code, err } = lab(
      'run',
      file('unknown.json', { ...SCENARIO, steps: [{ task: 'a', call: 'fly' }] }),
      '--machine',
      'host',
    );
    expect(code).toBe(1);
    expect(err).toContain('Input 0');
    expect(err).toContain('no call "fly"');
  });

  test('no WebGPU at all: the host machine takes over and says so', () => {
    const env = { ...process.env, VK_ICD_FILENAMES: '/nonexistent', VK_DRIVER_FILES: '/nonexistent' };
    const result = JSON.parse(
      execFileSync(process.execPath, [bundle, 'run', 'evict-refault', '--json'], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    expect(result).toMatchObject({ ok: true, machine: 'host', gpu: { adapter: 'host memory' } });
  });
});
