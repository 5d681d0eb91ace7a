/** Where things lie in the checkout. Everything is absolute, so the launcher works from any working directory. */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const DIST = join(ROOT, 'dist');
export const LAB_BUNDLE = join(DIST, 'cli', 'lab.mjs');
export const WINDOW_DIR = join(DIST, 'window');
export const ELECTRON_MAIN = join(DIST, 'electron', 'main.cjs');
export const SCENARIOS = join(ROOT, 'assets', 'scenarios');

/** A program of an installed package, as a script for this Node. */
export function packageFile(...parts) {
  return join(ROOT, 'node_modules', ...parts);
}
