/** Covers the one selection of the window: made in any panel, it is marked in all that know the thing. */
import { expect, test } from '@playwright/test';
import { LabWindow, QUICK } from '../support/lab_window.ts';

test('selection everywhere: from table, memory view, tasks, log and console into all the others; Escape selects nothing', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, 'evict-refault', QUICK);
  await lab.press('Run');
  const inspector = lab.region('Inspector');
  const chosen = lab.region('Objects').locator('tr[aria-selected=true]');
  const memory = lab.region('Memory view');
  const nothing = async () => {
    await page.keyboard.press('Escape');
    await lab.rest();
    await expect(inspector).toContainText('Select an object');
    await expect(chosen).toHaveCount(0);
  };

  await lab
    .region('Objects')
    .getByRole('row', { name: /\bframe\b/ })
    .click();
  await lab.rest();
  await expect(chosen).toContainText('frame');
  await expect(inspector).toContainText('frame');
  const marked = (await memory.locator('canvas').screenshot()).toString('base64');
  const line = await page.getByRole('log', { name: 'Console output' }).locator('.ran').last().textContent();
  expect(line).toMatch(/^lab> select bo\/\d+$/);
  await nothing();
  expect((await memory.locator('canvas').screenshot()).toString('base64')).not.toBe(marked);

  // The label stands on its block.
  const label = memory.getByText('frame', { exact: true }).first();
  const box = (await label.boundingBox())!;
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await lab.rest();
  await expect(chosen).toContainText('frame');
  await nothing();

  await lab.region('Tasks').getByRole('treeitem', { name: /frame/ }).first().click();
  await lab.rest();
  await expect(lab.region('Tasks').locator('[aria-selected=true]')).toHaveCount(1);
  await expect(inspector).toContainText('frame');
  await expect(lab.region('Objects').locator('tr.related')).toContainText('frame');
  await nothing();

  await lab.command('Show Log');
  await lab.region('Log').getByRole('option').first().click();
  await lab.rest();
  const event = lab.region('Log').locator('[aria-selected=true] .what');
  await expect(inspector).toContainText(((await event.textContent()) ?? '').replace(/^.*:/, ''));
  await nothing();

  await lab.type(line!.replace('lab> ', ''));
  await expect(chosen).toContainText('frame');
  await lab.expectNoFailure();
});
