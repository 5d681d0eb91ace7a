/**
 * The self-contained player as files: for the command line in dist/player, for the window beside its page. One recipe, so that
 * both write the same page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

const STYLES = ['renderer/theme/tokens.css', 'renderer/player/player.css'];

/**
 * @param folder where the scripts and `player.css` go
 * @param scripts by name: the player, and what makes videos of it for the command line
 */
export async function bundlePlayer(folder, scripts = ['player', 'film_video']) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: scripts.map(name => join(ROOT, 'renderer/player', `${name}.ts`)),
    outdir: folder,
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minify: true,
    charset: 'ascii',
    logLevel: 'silent',
  });
  writeFileSync(
    join(folder, 'player.css'),
    STYLES.map(path => readFileSync(join(ROOT, path), 'utf8')).join(''),
  );
}
