/**
 * Runs a TypeScript file in a process of its own: bundled with esbuild, started with the same Node.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * @param entry absolute path of the file to run
 * @param args  its arguments
 * @returns what it wrote to stdout
 */
export function runInProcess(entry: string, args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'gart-lab-test-'));
  try {
    const outfile = join(folder, 'entry.mjs');
    buildSync({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      external: ['webgpu'],
      outfile,
      logLevel: 'silent',
    });
    return execFileSync(process.execPath, [outfile, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
