/**
 * Covers a browser without WebGPU, played by Chromium with navigator.gpu taken away in the page and in the worker: the lab runs on
 * the host machine, says so, and says what would help. Does not cover other differences of Firefox and Safari.
 */
import { expect, test } from '@playwright/test';
import { LabWindow } from '../support/lab_window.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
test.use({ userAgent: FIREFOX });

test('no navigator.gpu: the host machine plays the scene, and a sentence says why and what would help', async ({
  page,
}) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(Navigator.prototype, 'gpu');
  });
  await page.route('**/lab_worker-*.js', async route => {
    const response = await route.fetch();
    const body = `Reflect.deleteProperty(WorkerNavigator.prototype, 'gpu');${await response.text()}`;
    await route.fulfill({ response, body });
  });
  const lab = await LabWindow.open(page, 'evict-refault');
  await expect(page.getByLabel('Adapter')).toContainText('host machine');
  await expect(lab.notices).toContainText('This Firefox has no WebGPU. The lab runs on the host machine');
  await lab.expectDrawn();
  await lab.press('Run');
  await expect(page.getByRole('status', { name: 'Checksums' })).toHaveText(/^([1-9]\d*) of \1 verified$/);
  await lab.expectNoFailure();
});
