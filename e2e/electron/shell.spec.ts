/** Covers the desktop shell in Electron itself; runs where its binary is installed. */
import { _electron, expect, test } from '@playwright/test';
import { presentElectron } from '../../electron/launcher/electron_binary.mjs';
import { ELECTRON_MAIN } from '../../electron/launcher/paths.mjs';

const rootFlags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

test('the window opens on app://lab, isolated and without Node, and plays the first scene', async () => {
  const app = await _electron.launch({
    executablePath: presentElectron() ?? '',
    args: [ELECTRON_MAIN, '--adapter=software', '--scene=evict-refault', ...rootFlags],
  });
  const page = await app.firstWindow();
  await page.waitForFunction(() => typeof window.waitForLabIdle === 'function');
  expect(new URL(page.url()).host).toBe('lab');
  const seen = await page.evaluate(() => ({
    isolated: crossOriginIsolated,
    node: 'require' in window || 'process' in window,
    shell: typeof window.gartLabShell?.describeShell,
  }));
  expect(seen).toEqual({ isolated: true, node: false, shell: 'function' });
  expect(await page.evaluate(() => window.gartLabShell?.describeShell())).toMatchObject({
    shell: 'electron',
  });
  expect(await page.evaluate(() => window.open('https://example.org/') === null)).toBe(true);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.evaluate(() => window.waitForLabIdle?.());
  await app.close();
});
