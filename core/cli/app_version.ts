/** The version of this program and of packages beside it, as their package files say it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './assets.ts';

/** @param folder of the package, from the root of this program; none: this program. @returns `unknown` where there is no package file */
export function versionOf(...folder: readonly string[]): string {
  const file = join(packageRoot(), ...folder, 'package.json');
  if (!existsSync(file)) return 'unknown';
  return String((JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? 'unknown');
}
