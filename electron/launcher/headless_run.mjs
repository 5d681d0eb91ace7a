/**
 * Playing a scene without a display: numbers from the command line on the best WebGPU there is, pictures from the window
 * in a headless browser, both into one report. Files appear in the output folder together and complete, or not at all.
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, tmpdir, type } from 'node:os';
import { join, relative } from 'node:path';
import { findBrowser } from './browser.mjs';
import { runScene } from './lab_run.mjs';
import { ROOT, SCENARIOS, WINDOW_DIR } from './paths.mjs';
import { seconds } from './progress.mjs';
import { reportPage } from './report_page.mjs';
import { countRows, evidenceOf } from './run_evidence.mjs';
import { serveFolder } from './serve.mjs';
import { chooseBrowser } from './shell.mjs';
import { installAdvice } from './system_packages.mjs';
import { UserError } from './user_error.mjs';
import { takePictures } from './window_pictures.mjs';

/** Play on WebGPU; where there is none the host machine takes over, named as such. */
async function play(options, log, progress) {
  const { scene, adapter } = options;
  const run = machine =>
    progress.step('run', `play ${scene} on ${machine}`, () => runScene(scene, { machine, adapter, log }));
  const first = await run('webgpu');
  if (first.numbers !== null || !/no WebGPU|adapter/i.test(first.said))
    return { ...first, machine: 'webgpu', fallback: '' };
  if (adapter !== 'auto') throw new UserError(first.said);
  progress.line(`  ${first.said.split('\n').pop()}`);
  progress.line('  No WebGPU here: the host machine takes over.');
  return { ...(await run('host')), machine: 'host', fallback: first.said };
}

async function picture(options, progress) {
  if (findBrowser() === null)
    return { pictures: [], problems: [`No picture: there is no browser. ${installAdvice(['chromium'])}`] };
  const served = await serveFolder(WINDOW_DIR);
  try {
    const browser = await progress.step('run', 'find a GPU for the window', () =>
      chooseBrowser(options.adapter, served.url),
    );
    progress.line(`  Window: ${browser.name}, headless, on ${browser.gpuPhrase}.`);
    const taken = await progress.step('run', 'play the scene in the window and take pictures', () =>
      takePictures(browser, served.url, options.scene),
    );
    return { ...taken, problems: taken.problems.map(text => `The window reported: ${text}`), browser };
  } finally {
    await served.close();
  }
}

/** Put finished files into the output folder. */
function place(files, folder) {
  mkdirSync(folder, { recursive: true });
  const staging = mkdtempSync(join(folder, '.new-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(staging, name), content);
    for (const name of Object.keys(files)) renameSync(join(staging, name), join(folder, name));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** @returns exit code: 0 when the run and the window did what they should */
export async function headlessRun(options, why, progress) {
  progress.line(`Playing "${options.scene}" headless: ${why}.`);
  const work = mkdtempSync(join(tmpdir(), 'gart-lab-'));
  let played;
  try {
    played = await play(options, join(work, 'inputs.jsonl'), progress);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  if (played.numbers === null)
    throw new UserError(played.said || `Playing ${options.scene} gave no result.`, played.code === 2 ? 2 : 1);
  const { numbers } = played;
  const window = await picture(options, progress);
  const evidence = evidenceOf(numbers);
  for (const { shown, text } of evidence) progress.line(`  ${shown ? '✓' : '✗'} ${text}`);
  const adapter = adapterPhrase(played);
  const ok = played.code === 0 && window.problems.length === 0;
  const verdict = verdictOf(played, window);
  const scenario = JSON.parse(readFileSync(join(SCENARIOS, `${options.scene}.json`), 'utf8'));
  const page = reportPage({
    title: scenario.title,
    verdict,
    passed: ok,
    evidence,
    facts: [
      [
        'Machine',
        played.machine === 'webgpu'
          ? 'webgpu: objects in VRAM are GPU buffers'
          : 'host: plain memory, no GPU',
      ],
      ['Adapter of the run', adapter],
      ['Window', window.browser ? `${window.browser.name}, headless; ${window.browser.gpuPhrase}` : 'none'],
      ['Time to play', seconds(played.ms)],
      ['Processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`],
      ['System', `${type()} ${release()} ${arch()}, Node ${process.versions.node}`],
    ],
    counts: countRows(numbers),
    pictures: window.pictures,
    problems: [...(played.code === 0 ? [] : [played.said]), ...window.problems],
    inputs: played.inputs,
    numbers,
  });
  place(
    {
      'report.html': page,
      'inputs.jsonl': played.inputs,
      'result.json': `${JSON.stringify(numbers, null, 2)}\n`,
    },
    options.out,
  );
  for (const problem of window.problems) progress.line(`  ${problem}`);
  if (played.code !== 0) progress.line(`  ${played.said}`);
  progress.line(`  Adapter of the run: ${adapter}.`);
  const shown = relative(ROOT, options.out).startsWith('..')
    ? options.out
    : relative(process.cwd(), options.out) || '.';
  progress.line(`Report: ${join(shown, 'report.html')}   Inputs: ${join(shown, 'inputs.jsonl')}`);
  progress.line(verdict);
  return ok ? 0 : 1;
}

function adapterPhrase({ numbers, machine, fallback }) {
  if (machine === 'host') return `none; the host machine took over (${fallback.split('\n').pop()})`;
  const { adapter, software } = numbers.gpu;
  return software
    ? `${adapter}, a software adapter: its times say nothing about a GPU`
    : `${adapter}, hardware`;
}

function verdictOf({ numbers, code }, window) {
  const verified = `contents verified: ${numbers.contentsVerified} of ${numbers.objects} objects`;
  if (code !== 0) return `The run failed (${verified}).`;
  if (window.problems.length > 0) return `The run is good (${verified}), its window is not.`;
  return `All is well: ${verified}.`;
}
