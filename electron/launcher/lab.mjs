/**
 * `npm run lab -- <command>`: the command line, with packages and build brought up to date first. Everything the
 * launcher says goes to stderr, so that --json on stdout stays one JSON text.
 */
import { spawn } from 'node:child_process';
import { ensureBuilt } from './build.mjs';
import { ensurePackages } from './npm_packages.mjs';
import { LAB_BUNDLE } from './paths.mjs';
import { Progress } from './progress.mjs';
import { ensureSystemPackages } from './system_packages.mjs';
import { runMain } from './user_error.mjs';

/** Commands that may want a GPU; the others need nothing from the system. */
const NEEDS_GPU = new Set(['run', 'bench', 'profile', 'doctor']);

async function main(args) {
  const progress = new Progress(process.stderr);
  await ensurePackages(progress);
  if (NEEDS_GPU.has(args[0]) && !args.includes('--help')) await ensureSystemPackages(progress);
  await ensureBuilt(progress, args[0] === 'export' ? ['cli', 'player'] : ['cli']);
  const child = spawn(process.execPath, ['--enable-source-maps', LAB_BUNDLE, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise(resolve => {
    child.on('error', () => resolve(1));
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 130 : 1)));
  });
}

await runMain(main);
