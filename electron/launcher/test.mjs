/**
 * `npm test`: everything that can be checked, in one command on a bare clone.
 *
 *   npm test                         all stages
 *   npm test -- --only types,vitest  some stages
 *
 * The last line says how many tests of all stages passed and failed; the exit code is 1 if any failed.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { runChild } from './child.mjs';
import { ensurePackages } from './npm_packages.mjs';
import { DIST, LAB_BUNDLE, packageFile, ROOT } from './paths.mjs';
import { Progress, seconds } from './progress.mjs';
import { ensureSystemPackages } from './system_packages.mjs';
import { runMain, UserError } from './user_error.mjs';

const RESULTS = join(DIST, 'test');
const MINUTES = 60_000;

/** Run a script of an installed package; its output is shown only when it fails. */
function nodeTool(script, args, options = {}) {
  return runChild(process.execPath, [script, ...args], { cwd: ROOT, limitMs: 5 * MINUTES, ...options });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** A tool that answers yes or no counts as one test. */
function oneTest(result) {
  return { passed: result.code === 0 ? 1 : 0, failed: result.code === 0 ? 0 : 1, result };
}

/** Counts of a runner that wrote them; a runner that broke before it could counts as one failure. */
function counted(result, passed, failed, skipped = 0) {
  const broke = result.code !== 0 && failed === 0;
  return { passed, failed: failed + (broke ? 1 : 0), skipped, result };
}

const STAGES = {
  types: async () =>
    oneTest(await nodeTool(packageFile('typescript', 'bin', 'tsc'), ['--noEmit', '-p', 'tsconfig.json'])),

  lint: async () =>
    oneTest(
      await nodeTool(packageFile('@biomejs', 'biome', 'bin', 'biome'), [
        'check',
        '--diagnostic-level=error',
        '--max-diagnostics=50',
        '.',
      ]),
    ),

  rules: async () => {
    const result = await nodeTool(join('core', 'testing', 'check_imports.mjs'), []);
    const files = Number(/(\d+) files checked/.exec(result.stdout)?.[1] ?? 0);
    const problems = Number(/(\d+) problems/.exec(result.stdout)?.[1] ?? 1);
    return counted(result, Math.max(0, files - problems), problems);
  },

  vitest: async () => {
    const out = join(RESULTS, 'vitest.json');
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${out}`];
    const result = await nodeTool(packageFile('vitest', 'vitest.mjs'), args, { limitMs: 8 * MINUTES });
    const report = readJson(out);
    return counted(
      result,
      report?.numPassedTests ?? 0,
      report?.numFailedTests ?? 0,
      report?.numPendingTests ?? 0,
    );
  },

  conformance: async () => {
    const args = ['conform', join('assets', 'transcripts'), '--json'];
    const result = await nodeTool(LAB_BUNDLE, args, { limitMs: 3 * MINUTES });
    let transcripts = [];
    try {
      transcripts = JSON.parse(result.stdout).transcripts;
    } catch {
      return oneTest({ ...result, code: result.code || 1 });
    }
    const able = transcripts.filter(transcript => !transcript.notModelled?.length);
    const failures = able.filter(transcript => !transcript.passed);
    const lines = failures.map(({ name, firstDifference }) => `${name}: ${JSON.stringify(firstDifference)}`);
    const shown = { ...result, stdout: [...notRun(transcripts), ...lines].join('\n') };
    return counted(shown, able.length - failures.length, failures.length, transcripts.length - able.length);
  },

  e2e: async () => {
    const out = join(RESULTS, 'e2e.json');
    const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: out };
    const args = ['test', '-c', 'e2e/playwright.config.ts', '--reporter=list,json'];
    const result = await nodeTool(packageFile('@playwright', 'test', 'cli.js'), args, {
      limitMs: 6 * MINUTES,
      env,
    });
    const stats = readJson(out)?.stats;
    return counted(
      result,
      (stats?.expected ?? 0) + (stats?.flaky ?? 0),
      stats?.unexpected ?? 0,
      stats?.skipped ?? 0,
    );
  },
};

/** One line that says how many transcripts of which groups the model cannot run yet. */
function notRun(transcripts) {
  const groups = new Map();
  for (const { group, notModelled } of transcripts) {
    if (notModelled?.length) groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  const counts = [...groups].map(([group, count]) => `${count} of ${group}`);
  return counts.length > 0
    ? [`note: not modelled yet: ${counts.join(', ')}; npm run lab -- conform says why`]
    : [];
}

/** What a stage needs built before it runs. */
const NEEDS = { conformance: ['cli'], vitest: ['cli'], e2e: ['cli', 'window', 'electron', 'player'] };

function chosenStages(args) {
  if (args.length === 0) return Object.keys(STAGES);
  const only =
    args[0] === '--only'
      ? (args[1]?.split(',') ?? [])
      : args[0].startsWith('--only=')
        ? args[0].slice(7).split(',')
        : [];
  if (only.length === 0)
    throw new UserError(`Unknown argument ${args[0]}. Usage: npm test [-- --only <stage,...>]`, 2);
  const unknown = only.find(name => !(name in STAGES));
  if (unknown)
    throw new UserError(`There is no stage "${unknown}". Stages: ${Object.keys(STAGES).join(', ')}.`, 2);
  return only;
}

function tell(progress, name, { passed, failed: bad, skipped = 0, result }) {
  const skippedText = skipped > 0 ? `, ${skipped} not run` : '';
  progress.line(
    `${bad > 0 ? 'FAIL' : 'ok  '} ${name.padEnd(12)} ${passed} passed, ${bad} failed${skippedText}, ${seconds(result.ms)}`,
  );
  const notes = result.stdout.split('\n').filter(line => line.startsWith('note: '));
  for (const line of notes) progress.line(`     ${line.slice(6)}`);
  if (bad === 0) return;
  if (result.timedOut) progress.line(`     ${name} ran past its time limit`);
  const text = `${result.stdout.trimEnd()}\n${result.stderr.trimEnd()}`.trim().split('\n');
  for (const line of text.slice(-120)) progress.line(`     ${line}`);
}

async function main(args) {
  const progress = new Progress();
  const names = chosenStages(args);
  progress.line('GART Lab: tests');
  await ensurePackages(progress);
  await ensureSystemPackages(progress);
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const total = { passed: 0, failed: 0 };
  const begin = Date.now();
  for (const name of names) {
    let outcome;
    try {
      await ensureBuilt(progress, NEEDS[name] ?? []);
      outcome = await STAGES[name]();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      outcome = { passed: 0, failed: 1, result: { stdout: '', stderr: error.message, ms: 0, code: 1 } };
    }
    total.passed += outcome.passed;
    total.failed += outcome.failed;
    tell(progress, name, outcome);
  }
  progress.spent.run += Date.now() - begin - progress.spent.build;
  progress.durations();
  progress.line(`${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 ? 1 : 0;
}

await runMain(main);
