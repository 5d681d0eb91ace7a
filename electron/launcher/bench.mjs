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

  --app    measure the window: start, script per frame over 30 s of use, answer to a click
  --large  with --app: on a scene of 100,000 objects and millions of events instead of the first scene
  --json   print one JSON text
Without --app everything goes to "npm run lab -- bench"; its --help says more.`;

async function app(json, large, progress) {
  await ensureBuilt(progress, ['window']);
  const served = await serveFolder(WINDOW_DIR);
  try {
    const browser = await chooseBrowser({ adapter: 'auto' }, served.url);
    progress.line(`Window: ${browser.name}, headless, on ${browser.gpuPhrase}.`);
    const tell = what => progress.line(`  ${what}`);
    const found = await benchApp(browser, served.url, { large, tell });
    if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
    else {
      const { startMs, scriptPerFrameMs, feedbackMs } = found;
      const lines = [
        ...(large
          ? [
              `Scene: ${found.scene.objects} objects, opened and built in ${found.scene.openMs} ms; at the end ${found.scene.status}`,
            ]
          : []),
        `Start to interactive: ${startMs.median} ms, median of ${startMs.runs.length} (aim: under 2000)`,
        `Script per frame: 95 % of ${scriptPerFrameMs.frames} frames under ${scriptPerFrameMs.p95} ms, half under ${scriptPerFrameMs.p50} ms (aim: 95 % under 8)`,
        `A click is shown after: ${feedbackMs.p50} ms in the middle, ${feedbackMs.p95} ms at 95 % of ${feedbackMs.clicks} (aim: under 100)`,
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    }
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
