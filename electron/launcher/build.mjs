/**
 * The build: command line, window and desktop shell, each rebuilt only when a hash over its sources differs from the
 * one recorded beside its output. Output is written beside its place and renamed into it, so a reader never sees half.
 *
 *   npm run build             all targets that are stale
 *   npm run build -- --force  all targets
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runChild } from './child.mjs';
import { withLock } from './lock.mjs';
import { ensurePackages } from './npm_packages.mjs';
import { DIST, packageFile, ROOT } from './paths.mjs';
import { bundlePlayer } from './player_bundle.mjs';
import { failed, Progress } from './progress.mjs';
import { runMain, UserError } from './user_error.mjs';

/** Bundles that Node or Electron loads need `require` for the CommonJS packages inside them. */
const REQUIRE_SHIM =
  "import { createRequire as labCreateRequire } from 'node:module'; const require = labCreateRequire(import.meta.url);";

const TARGETS = {
  cli: {
    entry: 'core/cli/main.ts',
    sources: ['core', 'package-lock.json'],
    output: 'cli',
    build: out =>
      bundle({
        entryPoints: [join(ROOT, 'core/cli/main.ts')],
        outfile: join(out, 'lab.mjs'),
        format: 'esm',
        external: ['webgpu', '@duckdb/node-api'],
        banner: { js: REQUIRE_SHIM },
      }),
  },
  player: {
    entry: 'renderer/player/player.ts',
    sources: [
      'renderer/player',
      'renderer/scene',
      'renderer/state',
      'renderer/theme/tokens.css',
      'core/public',
      'package-lock.json',
    ],
    output: 'player',
    build: out => bundlePlayer(out).catch(error => bundleFailed('renderer/player', error)),
  },
  electron: {
    entry: 'electron/main/main.ts',
    sources: ['electron/main', 'electron/preload', 'electron/shared', 'package-lock.json'],
    output: 'electron',
    build: async out => {
      for (const name of ['main', 'preload']) {
        await bundle({
          entryPoints: [join(ROOT, 'electron', name, `${name}.ts`)],
          outfile: join(out, `${name}.cjs`),
          format: 'cjs',
          external: ['electron'],
        });
      }
    },
  },
  window: {
    entry: 'renderer/main.tsx',
    sources: [
      'renderer',
      'core',
      'assets',
      'vite.config.ts',
      'electron/launcher/player_bundle.mjs',
      'package.json',
      'package-lock.json',
    ],
    output: 'window',
    build: async out => {
      const vite = packageFile('vite', 'bin', 'vite.js');
      const result = await runChild(
        process.execPath,
        [vite, 'build', '--outDir', out, '--emptyOutDir', '--logLevel', 'warn'],
        {
          cwd: ROOT,
          limitMs: 300_000,
        },
      );
      if (result.code !== 0) throw failed('vite build', result);
    },
  },
};

export const ALL_TARGETS = Object.keys(TARGETS);

async function bundle(options) {
  const { build } = await import('esbuild');
  try {
    await build({
      bundle: true,
      platform: 'node',
      target: 'node20',
      sourcemap: 'linked',
      logLevel: 'silent',
      ...options,
    });
  } catch (error) {
    bundleFailed(relative(ROOT, options.entryPoints[0]), error);
  }
}

function bundleFailed(what, error) {
  throw new UserError(`Bundling ${what} failed.\n${error.message}`);
}

function addToHash(hash, path) {
  const name = basename(path);
  if (/\.(test|bench)\.tsx?$/.test(name) || name === 'transcripts') return;
  let names;
  try {
    names = readdirSync(path);
  } catch (error) {
    if (error.code !== 'ENOTDIR') throw error;
    hash.update(`${relative(ROOT, path)}\0`);
    hash.update(readFileSync(path));
    return;
  }
  for (const child of names.sort()) addToHash(hash, join(path, child));
}

/** SHA-256 over names and contents of a target's sources and of this recipe. */
function sourceHash(target) {
  const hash = createHash('sha256');
  for (const source of [...target.sources, 'electron/launcher/build.mjs']) {
    const path = join(ROOT, source);
    if (existsSync(path)) addToHash(hash, path);
  }
  return hash.digest('hex');
}

function recordedHash(target) {
  try {
    return readFileSync(join(DIST, target.output, '.sources'), 'utf8');
  } catch {
    return '';
  }
}

/** Put a finished directory in its place; the old one is moved away first, then removed. */
function replaceDirectory(from, to) {
  const old = `${to}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(to)) renameSync(to, old);
  renameSync(from, to);
  rmSync(old, { recursive: true, force: true });
}

/** Build the named targets where they are stale. Packages must be installed. @throws UserError */
export async function ensureBuilt(progress, names = ALL_TARGETS, options = {}) {
  const stale = () =>
    names.filter(name => options.force || recordedHash(TARGETS[name]) !== sourceHash(TARGETS[name]));
  if (stale().length === 0) return;
  await withLock(
    'build',
    async () => {
      for (const name of stale()) {
        const target = TARGETS[name];
        if (!existsSync(join(ROOT, target.entry)))
          throw new UserError(`Cannot build ${name}: ${target.entry} is missing.`);
        await progress.step('build', `build ${name}`, async () => {
          const hash = sourceHash(target);
          const out = join(DIST, `${target.output}.new`);
          rmSync(out, { recursive: true, force: true });
          mkdirSync(out, { recursive: true });
          await target.build(out);
          writeFileSync(join(out, '.sources'), hash);
          replaceDirectory(out, join(DIST, target.output));
        });
      }
    },
    () => progress.line('  waiting for another build to finish'),
  );
}

async function main(args) {
  const unknown = args.find(arg => arg !== '--force');
  if (unknown) throw new UserError(`Unknown argument ${unknown}. Usage: npm run build [-- --force]`, 2);
  const progress = new Progress();
  await ensurePackages(progress);
  await ensureBuilt(progress, ALL_TARGETS, { force: args.includes('--force') });
  progress.line(`Built ${ALL_TARGETS.join(', ')} into ${DIST}.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runMain(main);
