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
import { runMain, UserError } from './user_error.mjs';

/** What the window opens first: a session that was given, else a scene. */
function firstQuery(scene, session) {
  return session === undefined
    ? `?scene=${encodeURIComponent(scene)}`
    : `?session=${encodeURIComponent(session)}`;
}

async function serve(options, progress) {
  const served = await serveFolder(WINDOW_DIR, options.port, options.file);
  const query = firstQuery(options.scene, served.fileAddress);
  progress.line(`Serving GART Lab at ${served.url}${query} (this machine only; Ctrl+C ends it).`);
  await new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  await served.close();
  return 0;
}

async function open(options, display, progress) {
  const served = await serveFolder(WINDOW_DIR, 0, options.file);
  try {
    const shell = await progress.step('run', 'find a shell and a GPU', () =>
      chooseShell(options, served.url, progress),
    );
    progress.line(`Shell: ${shell.name} (${shell.why}) on ${display.why}. GPU: ${shell.gpuPhrase}.`);
    progress.durations();
    return await openWindow(
      shell,
      `${served.url}${firstQuery(options.scene, served.fileAddress)}`,
      options,
      progress,
    );
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
  if (options.file)
    throw new UserError(
      `${options.file} opens in a window, and ${display.why}. Without one: npm run lab -- replay ${options.file}`,
    );
  try {
    return await headlessRun(options, display.why, progress);
  } finally {
    progress.durations();
  }
}

await runMain(main);
