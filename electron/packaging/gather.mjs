/** Gathers what a package carries: the built shell, the built window, a small package.json, the licence. Nothing else. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DIST, ROOT, WINDOW_DIR } from '../launcher/paths.mjs';

/** Source maps are for a checkout; a name that begins with a dot is the build's own. */
function isCarried(path) {
  const name = basename(path);
  return !name.endsWith('.map') && !name.startsWith('.');
}

/** @param folder is emptied first */
export function gatherApp(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'electron'), { recursive: true });
  for (const name of ['main.cjs', 'preload.cjs'])
    cpSync(join(DIST, 'electron', name), join(folder, 'electron', name));
  cpSync(WINDOW_DIR, join(folder, 'window'), { recursive: true, filter: isCarried });
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  const own = {
    name,
    productName: 'GART Lab',
    version,
    description,
    license,
    author: 'GART Lab maintainers',
    homepage: 'https://gartlab.invalid/',
    main: 'electron/main.cjs',
    desktopName: 'gart-lab.desktop',
    private: true,
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(own, null, 2)}\n`);
}

/** What must not be in a package, as patterns over the paths in app.asar. */
const FOREIGN = [
  [/\.(ts|tsx|map|md|lock)$/, 'a source, a map or notes'],
  [/\.(test|spec|bench)\./, 'a test'],
  [
    /(^|\/)(node_modules|e2e|core|renderer|docs|transcripts|testing|test-results|out)(\/|$)/,
    'a folder of the checkout',
  ],
  [/(^|\/)\./, 'a hidden file'],
  [/\.lock(\/|$)/, 'a lock'],
];
/** What must be in it. */
const NEEDED = ['package.json', 'LICENSE', 'electron/main.cjs', 'electron/preload.cjs', 'window/index.html'];

/**
 * @param paths of the packed app, with forward slashes and without one at the beginning
 * @returns sentences about what is there and must not be, or the other way round
 */
export function checkPackedFiles(paths) {
  const problems = [];
  for (const path of paths) {
    const reason = FOREIGN.find(([pattern]) => pattern.test(path))?.[1];
    if (reason) problems.push(`${path} is in the package: ${reason}.`);
    const [top] = path.split('/');
    if (!['package.json', 'LICENSE', 'electron', 'window'].includes(top))
      problems.push(`${path} is in the package: nothing of the app.`);
  }
  for (const path of NEEDED) if (!paths.includes(path)) problems.push(`${path} is missing in the package.`);
  return problems;
}
