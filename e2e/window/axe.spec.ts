/** The whole window before axe in the three themes, with every panel open once; and the first scene by keyboard only. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { LabWindow } from '../support/lab_window.ts';

async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page }).analyze();
  return found.violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target.join(' ')}`));
}

async function command(lab: LabWindow, words: string): Promise<void> {
  await lab.page.keyboard.press('Control+K');
  await lab.page.keyboard.type(words);
  await lab.page.keyboard.press('Enter');
  await lab.rest();
}

test('dark, light, high contrast: axe finds nothing', async ({ page }) => {
  const lab = await LabWindow.open(page, 'evict-refault', '&machine=host');
  for (const theme of ['dark', 'light', 'high contrast']) {
    await command(lab, `Theme: ${theme}`);
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme.split(' ').at(-1)!);
    expect(await violations(page), theme).toEqual([]);
  }
  expect(lab.errors).toEqual([]);
});

test('panels that open when asked, and the menu of the window: axe finds nothing', async ({ page }) => {
  const lab = await LabWindow.open(page, 'shrink-dax', '&machine=host');
  for (const panel of ['Scenes', 'Help', 'Experiments', 'Log']) {
    await command(lab, `Show ${panel}`);
    await expect(page.getByRole('region', { name: panel, exact: true })).toBeVisible();
    expect(await violations(page), panel).toEqual([]);
  }
  await lab.button('View and machine').click();
  expect(await violations(page), 'menu').toEqual([]);
  expect(lab.errors).toEqual([]);
});

test('the first scene by keyboard only: run to the end, select an object, read about a panel', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, 'evict-refault', '&machine=host');
  await page.keyboard.press('r');
  await lab.rest();
  await expect(page.getByText('Every byte survived.')).toBeVisible();
  await page.keyboard.press(',');
  await lab.rest();
  await page.keyboard.press('.');
  await lab.rest();
  await command(lab, 'Show Console');
  await lab.consoleLine.focus();
  await page.keyboard.type('select bo/4');
  await page.keyboard.press('Enter');
  await lab.rest();
  await expect(lab.region('Inspector')).not.toContainText('Select an object');
  await page.getByRole('button', { name: 'What is Tasks?' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Help', exact: true })).toContainText('kernel/fork.c');
  expect(lab.errors).toEqual([]);
});
