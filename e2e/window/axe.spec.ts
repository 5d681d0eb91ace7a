/** The window before axe: whole, in the three themes; every panel, opened by its command; the menu. And the first scene by keyboard only. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { LabWindow, PANELS, QUICK } from '../support/lab_window.ts';

/** What axe finds in the page, or in a part of it. */
async function violations(page: Page, part?: string): Promise<string[]> {
  // There are no frames here; without them axe needs no second page to put its findings together.
  const builder = new AxeBuilder({ page }).setLegacyMode();
  const found = await (part ? builder.include(part) : builder).analyze();
  return found.violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target.join(' ')}`));
}

test('dark, light, high contrast: axe finds nothing', async ({ page }) => {
  const lab = await LabWindow.open(page, 'evict-refault', QUICK);
  for (const theme of ['dark', 'light', 'high contrast']) {
    await lab.command(`Theme: ${theme}`);
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme.split(' ').at(-1)!);
    expect(await violations(page), theme).toEqual([]);
  }
  expect(lab.errors).toEqual([]);
});

test('every panel comes by its command, under its name, with something in it; axe finds nothing there nor in the menu', async ({
  page,
}) => {
  test.setTimeout(120_000);
  const lab = await LabWindow.open(page, 'boot-console', QUICK);
  for (const name of PANELS) {
    await lab.command(`Show ${name}`);
    const region = lab.region(name);
    // Some are loaded when they are first shown, and say so with a word.
    await expect(region).toHaveText(/.{11}/s);
    expect(await violations(page, `section[aria-label="${name}"]`), name).toEqual([]);
  }
  await lab.button('View and machine').click();
  expect(await violations(page, '#look-menu'), 'menu').toEqual([]);
  expect(lab.errors).toEqual([]);
});

test('the first scene by keyboard only: run to the end, go through tables, select an object, read about a panel', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, 'evict-refault', QUICK);
  await page.keyboard.press('r');
  await lab.rest();
  await expect(page.getByText('Every byte survived.')).toBeVisible();
  await page.keyboard.press(',');
  await lab.rest();
  await page.keyboard.press('.');
  await lab.rest();
  // A table is one stop of Tab; its keys go from row to row, also to those that are out of sight.
  const objects = lab.region('Objects');
  await objects.getByRole('button', { name: 'Used' }).focus();
  await page.keyboard.press('Tab');
  await expect(objects.getByRole('row').nth(1)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await lab.rest();
  await expect(objects.getByRole('row').nth(2)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Tab');
  await expect(objects.locator(':focus')).toHaveCount(0);
  await lab.command('Show Log');
  const row = lab.region('Log').locator(':focus');
  await lab.region('Log').getByRole('option').last().focus();
  for (const [key, place] of [
    ['Home', '1'],
    ['ArrowDown', '2'],
    ['End', await row.getAttribute('aria-setsize')],
  ] as const) {
    await page.keyboard.press(key);
    await expect(row).toHaveAttribute('aria-posinset', place!);
  }
  await lab.command('Show Console');
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
