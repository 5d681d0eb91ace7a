/** Covers long work beside the lab: an experiment and the conformance board, run and read in the window. */
import { expect, test } from '@playwright/test';
import { LabWindow, QUICK } from '../support/lab_window.ts';

test('an experiment runs beside the lab and its report can be read', async ({ page }) => {
  const lab = await LabWindow.open(page, 'evict-refault', QUICK);
  await lab.type('show experiments');
  const panel = page.getByRole('region', { name: 'Experiments', exact: true });
  await panel.getByRole('button', { name: /Two sessions/ }).click();
  await panel.getByRole('button', { name: 'Run the experiment' }).click();
  await expect(panel.getByRole('heading', { name: 'Findings' })).toBeVisible();
  await expect(panel.getByRole('table').first()).toBeVisible();
  const saved = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Save page' }).click();
  expect((await saved).suggestedFilename()).toBe('two-sessions.html');
  await lab.press('Step');
  await lab.expectNoFailure();
});

test('conformance can be cancelled and keeps what it compared', async ({ page }) => {
  const lab = await LabWindow.open(page, 'evict-refault', QUICK);
  await lab.type('show conformance');
  const panel = page.getByRole('region', { name: 'Conformance', exact: true });
  await panel.getByRole('button', { name: 'Compare with the recordings' }).click();
  await expect(panel.getByRole('progressbar')).toBeVisible();
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await expect(panel).toContainText(/\d+ of \d+ recordings? agree in every step/);
  await lab.expectNoFailure();
});
