/**
 * `npm start`: installs and builds what is missing, then opens the app in the best shell there is; without a display it
 * plays the first scene headless and writes a report. `npm start -- --help` lists the options.
 */
import { ensureBuilt } from './build.mjs';
import { findDisplay } from './display.mjs';
import { headlessRun } from './headless_run.mjs';
import { ensurePackages } from './npm_packages.mjs';
import { WINDOW_DIR } from './paths.mjs';
import { Progress } from './progress.mjs';
import { serveFolder } from './serve.mjs';
import { chooseShell, openWindow } from './shell.mjs';
import { readOptions, USAGE } from './start_options.mjs';
import { ensureSystemPackages } from './system_packages.mjs';
import { runMain } from './user_error.mjs';

async function serve(options, progress) {
  const served = await serveFolder(WINDOW_DIR, options.port);
  progress.line(
    `Serving GART Lab at ${served.url}?scene=${options.scene} (this machine only; Ctrl+C ends it).`,
  );
  await new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  await served.close();
  return 0;
}

async function open(options, display, progress) {
  const served = await serveFolder(WINDOW_DIR);
  try {
    const shell = await progress.step('run', 'find a shell and a GPU', () =>
      chooseShell(options, served.url, progress),
    );
    progress.line(`Shell: ${shell.name} (${shell.why}) on ${display.why}. GPU: ${shell.gpuPhrase}.`);
    progress.durations();
    return await openWindow(shell, served.url, options, progress);
  } finally {
    await served.close();
  }
}

async function main(args) {
  const options = readOptions(args);
  const progress = new Progress();
  if (options.help) {
    progress.line(USAGE);
    return 0;
  }
  progress.line('GART Lab');
  await ensurePackages(progress);
  if (options.serve) {
    await ensureBuilt(progress, ['window']);
    return serve(options, progress);
  }
  await ensureSystemPackages(progress);
  const display = options.headless ? { open: false, why: 'asked for with --headless' } : await findDisplay();
  await ensureBuilt(progress, display.open ? ['window', 'electron'] : ['cli', 'window']);
  if (display.open) return open(options, display, progress);
  try {
    return await headlessRun(options, display.why, progress);
  } finally {
    progress.durations();
  }
}

await runMain(main);
