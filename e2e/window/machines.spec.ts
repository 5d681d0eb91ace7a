/** Covers that the window shows the same run on both machines and with both layouts of VRAM. */
import { expect, type Page, test } from '@playwright/test';
import { LabWindow } from '../support/lab_window.ts';

async function played(page: Page, query: string): Promise<string> {
  const lab = await LabWindow.open(page, 'evict-refault', query);
  await lab.press('Run');
  await lab.expectNoFailure();
  return (await lab.region('Objects').textContent()) ?? '';
}

test('host, paged and dedicated end with the same objects in the same places', async ({ page }) => {
  const paged = await played(page, '&machine=webgpu&vram=paged');
  await expect(page.getByLabel('Adapter')).not.toContainText('host machine');
  expect(await played(page, '&machine=webgpu&vram=dedicated')).toBe(paged);
  expect(await played(page, '&machine=host')).toBe(paged);
  await expect(page.getByLabel('Adapter')).toContainText('host machine');
});
