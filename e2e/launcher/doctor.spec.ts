/** Covers the diagnostics file of the command line: what is in it, and that it names nobody. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { findBrowser } from '../../electron/launcher/browser.mjs';
import { ROOT } from '../../electron/launcher/paths.mjs';
import { runLauncher } from '../support/launcher.ts';

test('npm run lab -- doctor --bundle: versions, adapters, limits and digests of a run, and no personal path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gart-lab-doctor-'));
  const out = join(folder, 'diagnostics.json');
  try {
    const ended = await runLauncher('lab.mjs', 'doctor', '--bundle', '--out', out);
    expect(ended.code, ended.stderr).toBe(0);
    const text = readFileSync(out, 'utf8');
    const bundle = JSON.parse(text);
    expect(bundle).toMatchObject({ format: 'gart-lab-diagnostics', version: 1 });
    expect(bundle.app.packageLock).toMatch(/^[0-9a-f]{64}$/);
    expect(bundle.node.node).toBe(process.versions.node);
    expect(bundle.doctor.findings.map(({ what }: { what: string }) => what)).toContain('webgpu');
    expect(bundle.gpuTest).toMatchObject({ host: { ok: true }, webgpu: { ok: true }, sameDigest: true });
    if (bundle.doctor.ok) expect(bundle.nodeWebGpu.limits.maxBufferSize).toBeGreaterThan(0);
    if (findBrowser()) {
      expect(bundle.browser.software.pixel.drawn).toBe(true);
      expect(bundle.browser.software.adapter.features.length).toBeGreaterThan(0);
    }
    expect(text).not.toContain(ROOT);
    if (homedir().length > 1) expect(text).not.toContain(`${homedir()}/`);
    expect((await runLauncher('lab.mjs', 'doctor', '--out', out)).code).toBe(2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
