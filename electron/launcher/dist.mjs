/**
 * `npm run dist`: packages the app for this system. Takes Electron from a local distribution where one is given or
 * installed, tries to fetch it otherwise, and says what is missing when it cannot. What was packed is checked before it is
 * called done: the list of files, and the fuses of the binary.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { checkFuses } from '../packaging/check_fuses.mjs';
import { checkPackedFiles, gatherApp } from '../packaging/gather.mjs';
import { EXECUTABLE, PRODUCT } from '../packaging/package_config.mjs';
import { ensureBuilt } from './build.mjs';
import { runChild } from './child.mjs';
import { findElectron } from './electron_binary.mjs';
import { ensurePackages } from './npm_packages.mjs';
import { DIST, packageFile, ROOT } from './paths.mjs';
import { failed, Progress } from './progress.mjs';
import { runMain, UserError } from './user_error.mjs';

const USAGE = `Usage: npm run dist -- [options]

Packages GART Lab for this system: AppImage and deb on Linux, dmg on macOS, an installer on Windows.

  --dir                only the unpacked app, no installer
  --electron <folder>  an unpacked Electron distribution (else the installed one; else it is fetched)
  --out <folder>       where packages go (default dist/packages)
  --help               this text`;

const PACK_MS = 20 * 60_000;

/** @throws UserError with exit code 2 */
function readArguments(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        dir: { type: 'boolean' },
        electron: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    throw new UserError(`${error.message.split('. ')[0].replace(/\.$/, '')}.\n\n${USAGE}`, 2);
  }
  return {
    dirOnly: values.dir === true,
    electron: values.electron === undefined ? null : resolve(values.electron),
    out: values.out === undefined ? join(DIST, 'packages') : resolve(values.out),
    help: values.help === true,
  };
}

/** The executable of a distribution on this system. */
function binaryOf(folder) {
  const names = { darwin: join('Electron.app', 'Contents', 'MacOS', 'Electron'), win32: 'electron.exe' };
  return join(folder, names[process.platform] ?? 'electron');
}

/** Folder of the distribution to pack. @throws UserError that says what is missing */
async function findDistribution(given, progress) {
  if (given !== null) {
    if (existsSync(binaryOf(given))) return given;
    throw new UserError(
      `--electron ${given}: there is no ${relative(given, binaryOf(given))} in it; it must be an unpacked Electron distribution for ${process.platform}.`,
      2,
    );
  }
  const { path, why } = await findElectron(progress);
  if (path === null) {
    throw new UserError(
      `Nothing was packaged: Electron: ${why}. Unpack electron-v${electronVersion()}-${process.platform}-${process.arch}.zip somewhere and run: npm run dist -- --electron <that folder>`,
    );
  }
  return process.platform === 'darwin' ? resolve(path, '..', '..', '..', '..') : dirname(path);
}

function electronVersion() {
  return JSON.parse(readFileSync(packageFile('electron', 'package.json'), 'utf8')).version;
}

/** Where electron-builder left the app: what the fuses are in, and its resources. */
function unpackedApp(out) {
  const folders = readdirSync(out).filter(name => statSync(join(out, name)).isDirectory());
  if (process.platform === 'darwin') {
    const folder = folders.find(name => name.startsWith('mac'));
    const app = join(out, folder ?? 'mac', `${PRODUCT}.app`);
    return { binary: app, resources: join(app, 'Contents', 'Resources') };
  }
  const folder = folders.find(name => name.endsWith('-unpacked'));
  const name = process.platform === 'win32' ? `${PRODUCT}.exe` : EXECUTABLE;
  return { binary: join(out, folder ?? '', name), resources: join(out, folder ?? '', 'resources') };
}

/** @returns {Promise<string[]>} paths in an asar, with forward slashes */
async function listAsar(path) {
  const { listPackage, statFile } = await import('@electron/asar');
  return listPackage(path, { isPack: false })
    .map(each => each.split(sep).join('/').replace(/^\//, ''))
    .filter(each => !('files' in statFile(path, each)));
}

async function check(out, progress) {
  const { binary, resources } = unpackedApp(out);
  const files = await listAsar(join(resources, 'app.asar'));
  const beside = readdirSync(resources).filter(name => /^(default_)?app/.test(name) && name !== 'app.asar');
  const fuses = await checkFuses(binary);
  const problems = [
    ...checkPackedFiles(files),
    ...beside.map(name => `${name} lies beside app.asar and could be loaded in its place.`),
    ...fuses.wrong,
  ];
  if (problems.length > 0) throw new UserError(['The package is not as it must be:', ...problems].join('\n'));
  const shown = relative(ROOT, binary).startsWith('..') ? binary : relative(ROOT, binary);
  progress.line(`  Files: ${files.length} in app.asar, nothing of tests, sources or locks.`);
  progress.line(`  Fuses: ${fuses.checked} of ${fuses.checked} as the table says, read from ${shown}.`);
}

/** Why electron-builder failed, as something a person can act on. */
function notPacked(result, out) {
  const said = `${result.stdout}\n${result.stderr}`;
  const host = /(?:ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN)\s+(\S+)/.exec(said)?.[1];
  const installer = /failed to build (\w+)/.exec(said)?.[1] ?? 'the installer';
  if (host === undefined) return failed('electron-builder', result);
  return new UserError(
    `${installer} was not made: the tools for it are fetched once from ${host}, which does not answer. The unpacked app lies in ${out}; "npm run dist -- --dir" makes only that.`,
  );
}

async function main(args) {
  const options = readArguments(args);
  const progress = new Progress();
  if (options.help) {
    progress.line(USAGE);
    return 0;
  }
  await ensurePackages(progress);
  const electronDist = await findDistribution(options.electron, progress);
  await ensureBuilt(progress, ['window', 'electron']);
  const app = join(DIST, 'package-app');
  gatherApp(app);
  await progress.step(
    'build',
    options.dirOnly ? 'pack the app' : 'pack the app and its installers',
    async () => {
      const given = {
        app,
        out: options.out,
        electronVersion: electronVersion(),
        electronDist,
        dirOnly: options.dirOnly,
      };
      const script = join(ROOT, 'electron', 'packaging', 'pack.mjs');
      const result = await runChild(process.execPath, [script, JSON.stringify(given)], {
        cwd: ROOT,
        limitMs: PACK_MS,
      });
      if (result.code !== 0) throw notPacked(result, options.out);
    },
  );
  await check(options.out, progress);
  progress.line(`Packaged into ${options.out}.`);
  return 0;
}

await runMain(main);
