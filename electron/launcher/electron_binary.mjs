/**
 * Electron's binary. The npm package comes without it and fetches it from its release host when first needed, which may
 * be out of reach; so it is tried quickly and never waited for long.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { packageFile } from './paths.mjs';

const ANSWER_MS = 3000;
const DOWNLOAD_MS = 180_000;

/** Path of the binary, or null. */
export function presentElectron() {
  const home = packageFile('electron');
  let name;
  try {
    name = readFileSync(join(home, 'path.txt'), 'utf8');
  } catch {
    name = process.platform === 'win32' ? 'electron.exe' : 'electron';
  }
  const path = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(home, 'dist'), name);
  return existsSync(path) ? path : null;
}

async function hostAnswers() {
  const base =
    process.env.ELECTRON_MIRROR ??
    process.env.npm_config_electron_mirror ??
    'https://github.com/electron/electron/';
  try {
    await fetch(base, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) });
    return '';
  } catch {
    return `${new URL(base).host} does not answer`;
  }
}

/** @returns {Promise<{path: string | null, why: string}>} `why` says how it was found or why it is not there */
export async function findElectron(progress) {
  const present = presentElectron();
  if (present) return { path: present, why: 'its binary is installed' };
  const silent = await hostAnswers();
  if (silent) return { path: null, why: `its binary is not installed and ${silent}` };
  const result = await progress.step('download', 'fetch the Electron binary', () =>
    runChild(process.execPath, [packageFile('electron', 'install.js')], { limitMs: DOWNLOAD_MS }),
  );
  const fetched = presentElectron();
  if (fetched) return { path: fetched, why: 'its binary was fetched' };
  const last = result.timedOut
    ? `no answer within ${DOWNLOAD_MS / 1000} s`
    : result.stderr.trim().split('\n').pop();
  return { path: null, why: `its binary could not be fetched (${last})` };
}
