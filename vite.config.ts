import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import preact from '@preact/preset-vite';
import { defineConfig, type Plugin } from 'vite';
import { bundlePlayer } from './electron/launcher/player_bundle.mjs';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The player that exports of the window put into their pages lies beside it. */
function player(): Plugin {
  return {
    name: 'player',
    apply: 'build',
    writeBundle: ({ dir }) => bundlePlayer(join(dir!, 'player'), ['player']),
  };
}

/** The window: renderer/index.html with its worker, served under app:// or on loopback from dist/window. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [preact({ devToolsEnabled: false }), player()],
  define: { __GART_LAB_VERSION__: JSON.stringify(version) },
  build: {
    outDir: '../dist/window',
    emptyOutDir: true,
    target: 'es2022',
    // Inline scripts and data: modules would need a weaker content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
  worker: { format: 'es' },
  server: {
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
});
