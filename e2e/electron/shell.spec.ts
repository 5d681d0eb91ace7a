/** Covers the desktop shell in Electron itself; runs where its binary is installed. What it decides is covered without Electron. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, expect, type Page, test } from '@playwright/test';
import { presentElectron } from '../../electron/launcher/electron_binary.mjs';
import { ELECTRON_MAIN } from '../../electron/launcher/paths.mjs';
import { FUSE_BITS } from '../../electron/packaging/fuse_table.mjs';

const rootFlags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const folder = mkdtempSync(join(tmpdir(), 'gart-lab-electron-'));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Start the app with settings of its own, so that no other instance and no kept window matters. */
async function open(...args: string[]): Promise<{ app: ElectronApplication; page: Page; reports: string[] }> {
  const app = await _electron.launch({
    executablePath: presentElectron() ?? '',
    args: [ELECTRON_MAIN, '--adapter=software', `--user-data-dir=${folder}`, ...args, ...rootFlags],
  });
  const page = await app.firstWindow();
  const reports: string[] = [];
  page.on('console', message => {
    if (/content security policy/i.test(message.text())) reports.push(message.text());
  });
  await page.waitForFunction(() => typeof window.waitForLabIdle === 'function');
  await page.evaluate(() => window.waitForLabIdle());
  return { app, page, reports };
}

test('the window opens on app://lab, isolated and without Node, and plays the first scene', async () => {
  const { app, page, reports } = await open('--scene=evict-refault');
  expect(new URL(page.url()).host).toBe('lab');
  const seen = await page.evaluate(() => ({
    isolated: crossOriginIsolated,
    node: 'require' in window || 'process' in window,
    shell: typeof window.gartLabShell?.describeShell,
  }));
  expect(seen).toEqual({ isolated: true, node: false, shell: 'function' });
  expect(await page.evaluate(() => window.gartLabShell?.describeShell())).toMatchObject({
    shell: 'electron',
    labMode: false,
    packaged: false,
  });
  expect((await page.evaluate(() => window.gartLabShell?.describeGpu()))?.features).toHaveProperty('webgpu');
  expect(await page.evaluate(() => window.open('https://example.org/') === null)).toBe(true);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.evaluate(() => window.waitForLabIdle());
  expect(reports).toEqual([]);
  await app.close();
});

test('the menus run the commands of the window, and a call that does not fit the contract is refused', async () => {
  const { app, page } = await open('--scene=evict-refault');
  const before = await page.getByRole('contentinfo').textContent();
  await expect
    .poll(() => app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('lab.step')?.enabled))
    .toBe(true);
  await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('lab.step')?.click());
  await expect.poll(() => page.getByRole('contentinfo').textContent()).not.toBe(before);
  const refused = await page.evaluate(() =>
    window.gartLabShell?.saveText({ suggestedName: '../x', text: '' }).catch(error => String(error)),
  );
  expect(refused).toContain('must be a file name');
  await app.close();
});

test('a file of the command line arrives in the window', async () => {
  const path = join(folder, 'nothing.json');
  writeFileSync(path, '');
  const { app, page } = await open('--scene=evict-refault', path);
  // Whether it opens or not, the window speaks of it by name.
  await expect(page.getByText('nothing.json').first()).toBeVisible();
  await app.close();
});

test('the GPU process ends: the window says so and the lab goes on', async () => {
  const { app, page } = await open('--scene=evict-refault');
  await app.evaluate(({ app: electron }) => {
    const gpu = electron.getAppMetrics().find(each => each.type === 'GPU');
    if (gpu) process.kill(gpu.pid, 'SIGKILL');
  });
  await expect(page.getByRole('alert', { name: 'Failures' })).toContainText('The GPU process ended');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.evaluate(() => window.waitForLabIdle());
  await app.close();
});

test('the binary has a fuse wire that the table fits', async () => {
  const { getCurrentFuseWire } = await import('@electron/fuses');
  const wire = (await getCurrentFuseWire(presentElectron() ?? '')) as unknown as Record<number, number>;
  for (const [name, bit] of Object.entries(FUSE_BITS)) expect([0x30, 0x31], name).toContain(wire[bit]);
});
