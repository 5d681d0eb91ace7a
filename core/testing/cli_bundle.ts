/** The command line as people run it: bundled once for a test file, started as a process in a folder of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import { packageRoot } from '../cli/assets.ts';

export interface CliBundle {
  /** The bundle, for tests that start it in a way of their own. */
  readonly bundle: string;
  /** Where it runs; gone after the tests. */
  readonly folder: string;
  lab(...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string };
}

/** @param name of the test file; bundles of different files must not meet */
export function useCliBundle(name: string): CliBundle {
  const root = packageRoot();
  // Beside the other build outputs, so that assets/ and node_modules/ are found from it.
  const bundle = join(root, 'dist', 'test', `${name}-${process.pid}.mjs`);
  const folder = mkdtempSync(join(tmpdir(), `gart-lab-${name}-`));
  beforeAll(() => {
    mkdirSync(join(root, 'dist', 'test'), { recursive: true });
    buildSync({
      entryPoints: [join(root, 'core', 'cli', 'main.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      external: ['webgpu', '@duckdb/node-api'],
      outfile: bundle,
      logLevel: 'silent',
      banner: {
        js: "import { createRequire as labCreateRequire } from 'node:module'; const require = labCreateRequire(import.meta.url);",
      },
    });
  });
  afterAll(() => {
    rmSync(bundle, { force: true });
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    bundle,
    folder,
    lab: (...args) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, ...args], {
        encoding: 'utf8',
        cwd: folder,
      });
      return { code: status, out: stdout, err: stderr };
    },
  };
}
