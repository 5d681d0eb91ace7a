/** Covers the ways to tell the lab what to do without a pointer: console, palette, keys; and the files of the modelled machine. */
import { expect, test } from '@playwright/test';
import { LabWindow, QUICK } from '../support/lab_window.ts';

const SCENE = 'evict-refault';

test('the console runs words of the lab and system calls, and says what is wrong with a line', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  const output = page.getByRole('log', { name: 'Console output' });
  const before = await lab.inputs();
  await lab.type('step');
  expect((await lab.inputs()).done).toBe(before.done + 1);
  await lab.type('game: touch map=game.map page=0 write=true');
  await expect(output).toContainText('game: touch map=game.map page=0 write=true');
  expect(await lab.inputs()).toEqual({ done: before.done + 2, of: before.of + 1 });
  await lab.type('game: dup fd=77 as nothing');
  await expect(output.locator('.error').last()).toContainText('EBADF');
  await lab.type('game: touch map');
  await expect(output.locator('.error').last()).toContainText('Column 13: after map comes "=" and a value.');
  await lab.type('nonsense here');
  await expect(output.locator('.error').last()).toContainText('Column');
  await lab.type('gpu.create size=1M');
  await expect(output.locator('.answer').last()).toContainText('Without fd. gpu.create fd= size=');
  // The example of help, as it stands there.
  await lab.type('help');
  const help = (await output.locator('.answer').last().textContent()) ?? '';
  for (const [line] of help.matchAll(/^ {2}\S+: .*$/gm)) await lab.type(line);
  await expect(output.locator('.answer').last()).toContainText('"value":7');
  await lab.type('cat /proc/1/maps');
  await expect(output).toContainText('/dev/dri/card0');
  await lab.expectNoFailure();
});

test('buttons print the line that does the same, and that line does it', async ({ page }) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  const output = page.getByRole('log', { name: 'Console output' });
  await lab.press('Step');
  await expect(output.locator('.ran').last()).toHaveText('lab> step');
  await lab.region('Objects').getByRole('row').nth(2).click();
  await lab.rest();
  const line = ((await output.locator('.ran').last().textContent()) ?? '').replace('lab> ', '');
  expect(line).toMatch(/^select bo\/\d+$/);
  const shown = await lab.region('Inspector').textContent();
  await page.keyboard.press('Escape');
  await expect(lab.region('Inspector')).toContainText('Select an object');
  await lab.type(line);
  expect(await lab.region('Inspector').textContent()).toBe(shown);
  await lab.expectNoFailure();
});

test('Tab completes calls and names; the arrows bring lines back', async ({ page }) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  const field = lab.consoleLine;
  await field.fill('game: gpu.cr');
  await field.press('Tab');
  await expect(field).toHaveValue('game: gpu.create ');
  await field.fill('scene thr');
  await field.press('Tab');
  await expect(field).toHaveValue('scene thrash ');
  await lab.type('help step');
  await field.press('ArrowUp');
  await expect(field).toHaveValue('help step');
});

test('the palette finds a command by a few letters and runs it; the keyboard is enough', async ({ page }) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  const before = await lab.inputs();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('step');
  await expect(page.getByRole('dialog', { name: 'Command palette' })).toBeVisible();
  await page.keyboard.press('Enter');
  await lab.rest();
  await expect(page.getByRole('dialog', { name: 'Command palette' })).toHaveCount(0);
  expect((await lab.inputs()).done).toBe(before.done + 1);
  await page.keyboard.press(',');
  await lab.rest();
  expect((await lab.inputs()).done).toBe(before.done);
  await lab.expectNoFailure();
});

test('files of the machine are text, and show what changed since the last pause', async ({ page }) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  const files = lab.region('Files');
  await files.getByRole('option', { name: '/proc/1/maps', exact: true }).click();
  await expect(files.getByRole('document')).toContainText('/dev/dri/card0');
  await lab.type('game: munmap map=game.map');
  await expect(files.locator('.text-line.removed')).toContainText(['/dev/dri/card0']);
  await lab.press('Step back');
  await expect(files.locator('.text-line.added')).toContainText(['/dev/dri/card0']);
  await lab.expectNoFailure();
});

test('a panel that is closed comes back by its command, and a layout outlives a reload', async ({ page }) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  await page.locator('.dv-tab', { hasText: 'Files' }).hover();
  await page.locator('.dv-tab', { hasText: 'Files' }).locator('.dock-close').click();
  await expect(lab.region('Files')).toHaveCount(0);
  // Kept a little later, once for many changes.
  await page.waitForFunction(() => {
    const kept = localStorage.getItem('gart-lab.layout');
    return kept !== null && !('files' in JSON.parse(kept).layout.panels);
  });
  await page.reload();
  await page.waitForFunction(() => typeof window.waitForLabIdle === 'function');
  await lab.rest();
  await expect(lab.region('Files')).toHaveCount(0);
  await lab.type('show files');
  await expect(lab.region('Files')).toBeVisible();
  await lab.expectNoFailure();
});
