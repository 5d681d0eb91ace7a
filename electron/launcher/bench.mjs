/**
 * `npm run bench`: the hot paths of the model and the moves of bytes; with --app the window instead, measured from outside.
 * Everything the launcher says goes to stderr, so that --json on stdout stays one JSON text.
 */
import { benchApp } from './app_bench.mjs';
import { ensureBuilt } from './build.mjs';
import { runChild } from './child.mjs';
import { ensurePackages } from './npm_packages.mjs';
import { LAB_BUNDLE, WINDOW_DIR } from './paths.mjs';
import { Progress } from './progress.mjs';
import { serveFolder } from './serve.mjs';
import { chooseBrowser } from './shell.mjs';
import { ensureSystemPackages } from './system_packages.mjs';
import { runMain, UserError } from './user_error.mjs';

const USAGE = `Usage: npm run bench -- [--app [--large]] [--json]

  --app    measure the window: start, script per frame over 30 s of use, answers to clicks, memory
  --large  with --app: on a scene of 100,000 objects and millions of events instead of the first scene
  --json   print one JSON text
Without --app everything goes to "npm run lab -- bench"; its --help says more.`;

/** What the aims of the window are, beside what was measured. */
function figureLines(found) {
  const { startMs, scriptPerFrameMs: script, workerTaskMs: task, feedbackMs, pauseMs, memoryMib } = found;
  const shown = ({ p50, p95, count }) => `${p50} ms in the middle, ${p95} ms at 95 % of ${count}`;
  return [
    ...(found.scene.objects
      ? [
          `Scene: ${found.scene.objects} objects, opened and built in ${found.scene.openMs} ms; at the end ${found.scene.status}`,
        ]
      : []),
    `Start to interactive: ${startMs.median} ms, median of ${startMs.runs.length} (aim: under 2000)`,
    `Script per frame: 95 % of ${script.count} frames under ${script.p95} ms, half under ${script.p50} ms (aim: 95 % under 8); by the processor's clock 95 % under ${script.processorP95} ms`,
    `A click is shown in table, inspector and memory view after: ${shown(feedbackMs)} (aim: under 100)`,
    `The workers hear their port after: ${shown(task)} slices, ${task.most} ms at most (aim: 8); by the processor's clock ${task.processor.p95} ms at 95 %, ${task.processor.most} ms at most`,
    `Pause of a running scene is shown after: ${shown(pauseMs)}`,
    ...(found.cancelMs === null ? [] : [`Cancel of a running job is shown after: ${found.cancelMs} ms`]),
    ...(memoryMib
      ? [
          `Memory: the window ${memoryMib.window} MiB, the workers ${memoryMib.workers} MiB of which events at most 320`,
        ]
      : []),
  ];
}

async function app(json, large, progress) {
  await ensureBuilt(progress, ['window']);
  const served = await serveFolder(WINDOW_DIR);
  try {
    const browser = await chooseBrowser({ adapter: 'auto' }, served.url);
    progress.line(`Window: ${browser.name}, headless, on ${browser.gpuPhrase}.`);
    const tell = what => progress.line(`  ${what}`);
    const found = await benchApp(browser, served.url, { large, tell });
    if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
    else process.stdout.write(`${figureLines(found).join('\n')}\n`);
    return 0;
  } finally {
    await served.close();
  }
}

async function main(args) {
  if (args.includes('--app')) {
    const unknown = args.find(arg => !['--app', '--large', '--json', '--help'].includes(arg));
    if (unknown) throw new UserError(`There is no option ${unknown} beside --app.\n${USAGE}`, 2);
    if (args.includes('--help')) {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
  }
  const progress = new Progress(process.stderr);
  await ensurePackages(progress);
  await ensureSystemPackages(progress);
  if (args.includes('--app')) return app(args.includes('--json'), args.includes('--large'), progress);
  await ensureBuilt(progress, ['cli']);
  const child = await runChild(process.execPath, ['--enable-source-maps', LAB_BUNDLE, 'bench', ...args], {});
  process.stdout.write(child.stdout);
  process.stderr.write(child.stderr);
  return child.code;
}

await runMain(main);
