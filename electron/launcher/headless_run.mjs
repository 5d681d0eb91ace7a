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
import { takePictures } from './window_pictures.mjs';

async function picture(options, progress) {
  if (findBrowser() === null) {
    return {
      pictures: [],
      problems: [],
      note: `No picture: there is no browser. ${installAdvice(['chromium'])}`,
    };
  }
  const served = await serveFolder(WINDOW_DIR);
  try {
    const browser = await progress.step('run', 'find a GPU for the window', () =>
      chooseBrowser(options, served.url),
    );
    progress.line(`  Window: ${browser.name}, headless, on ${browser.gpuPhrase}.`);
    const taken = await progress.step('run', 'play the scene in the window and take pictures', () =>
      takePictures(browser, served.url, options.scene),
    );
    return {
      ...taken,
      problems: taken.problems.map(text => `The window reported: ${text}`),
      browser,
      note: '',
    };
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
    played = await progress.step('run', `play ${options.scene} on the best WebGPU there is`, () =>
      runScene(options.scene, options.adapter, join(work, 'inputs.jsonl')),
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const line of played.said.split('\n').filter(Boolean)) progress.line(`  ${line}`);
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
        numbers.machine === 'webgpu'
          ? 'webgpu: objects in VRAM are GPU buffers'
          : 'host: plain memory, no GPU',
      ],
      ['Adapter of the run', adapter],
      [
        'Window',
        window.browser ? `${window.browser.name}, headless; ${window.browser.gpuPhrase}` : window.note,
      ],
      ['Time to play', seconds(played.ms)],
      ['Processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`],
      ['System', `${type()} ${release()} ${arch()}, Node ${process.versions.node}`],
    ],
    counts: countRows(numbers),
    pictures: window.pictures,
    problems: [...numbers.problems, ...window.problems],
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
  if (window.note) progress.line(`  ${window.note}`);
  for (const problem of window.problems) progress.line(`  ${problem}`);
  progress.line(`  Adapter of the run: ${adapter}.`);
  const shown = relative(ROOT, options.out).startsWith('..')
    ? options.out
    : relative(process.cwd(), options.out) || '.';
  progress.line(`Report: ${join(shown, 'report.html')}   Inputs: ${join(shown, 'inputs.jsonl')}`);
  progress.line(verdict);
  return ok ? 0 : 1;
}

function adapterPhrase({ numbers, said }) {
  const { adapter, software } = numbers.gpu;
  if (numbers.machine === 'host') return `none: ${said.split('\n')[0].replace(/\.$/, '')}`;
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
