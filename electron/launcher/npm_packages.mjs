/**
 * The npm packages of the lock file, installed when they differ from it.
 *
 * npm keeps what it installed in node_modules/.package-lock.json; comparing the two says exactly whether anything is
 * missing, with no stamp of our own that could lie.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runChild } from './child.mjs';
import { withLock } from './lock.mjs';
import { packageFile, ROOT } from './paths.mjs';
import { failed } from './progress.mjs';

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return null;
  }
}

/** Why the installed packages differ from the lock file, or '' when they agree. */
export function packagesStale() {
  const wanted = readPackages(join(ROOT, 'package-lock.json'));
  const have = readPackages(packageFile('.package-lock.json'));
  if (have === null) return 'no packages are installed';
  for (const [path, entry] of Object.entries(wanted ?? {})) {
    if (path === '' || entry.link) continue;
    const installed = have[path];
    if (!installed) {
      if (entry.optional || entry.devOptional) continue;
      return `${path} is not installed`;
    }
    if (installed.version !== entry.version)
      return `${path} is ${installed.version}, the lock file says ${entry.version}`;
    if (!existsSync(join(ROOT, path))) return `${path} was removed`;
  }
  return '';
}

/** npm as it comes with this Node; falls back to the one on PATH. */
function npmCommand() {
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const given = process.env.npm_execpath;
  for (const script of [given, beside]) {
    if (script?.endsWith('.js') && existsSync(script)) return [process.execPath, script];
  }
  return process.platform === 'win32' ? ['npm.cmd'] : ['npm'];
}

/** Install the packages if they are missing or stale. @throws UserError with npm's words */
export async function ensurePackages(progress) {
  if (packagesStale() === '') return;
  await withLock(
    'packages',
    async () => {
      const why = packagesStale();
      if (why === '') return;
      await progress.step('download', `npm ci (${why})`, async () => {
        const [command, ...first] = npmCommand();
        const result = await runChild(
          command,
          [...first, 'ci', '--no-audit', '--no-fund', '--prefer-offline'],
          {
            cwd: ROOT,
            limitMs: 15 * 60_000,
          },
        );
        if (result.code !== 0) {
          throw failed(
            'npm ci',
            result,
            'It needs the package registry once; check the network and run the command again.',
          );
        }
      });
    },
    () => progress.line('  waiting for another install to finish'),
  );
}
