/**
 * Covers the first window on WebGPU: it opens on the first scene, plays it, steps forth and back, obeys the budget, and
 * proves what it shows. Does not cover its look; the screenshot only has to change when the picture must.
 */
import { expect, test } from '@playwright/test';
import { LabWindow, QUICK, REGIONS } from '../support/lab_window.ts';

const SCENE = 'evict-refault';
/** The three processes that share the frame. */
const TASKS = ['game', 'desktop', 'encoder'];

test('the first thirty seconds: opens paused on a running machine; steps forth and back; Run evicts, says why, and every byte survives', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, SCENE);
  for (const name of REGIONS) await expect(lab.region(name)).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByLabel('Adapter')).toContainText(/software adapter|WebGPU/);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expect(lab.button('Run')).toBeEnabled();
  for (const task of TASKS) await expect(lab.region('Tasks')).toContainText(task);
  await lab.expectDrawn();
  const opened = await lab.region('Memory view').screenshot();

  await test.step('Step does one input, Step back takes it back', async () => {
    const first = await lab.inputs();
    await lab.press('Step');
    await lab.press('Step');
    expect((await lab.inputs()).done).toBe(first.done + 2);
    const there = await lab.region('Objects').textContent();
    await lab.press('Step');
    await lab.press('Step back');
    expect((await lab.inputs()).done).toBe(first.done + 2);
    expect(await lab.region('Objects').textContent()).toBe(there);
  });

  await test.step('Run: evictions logged, every object verified, bytes as the model expects', async () => {
    await lab.press('Run');
    const { done, of } = await lab.inputs();
    expect(done).toBe(of);
    await expect(lab.button('Run')).toBeDisabled();
    await expect(page.getByRole('status', { name: 'Checksums' })).toHaveText(/^([1-9]\d*) of \1 verified$/);
    await expect(page.getByRole('contentinfo')).toContainText('= expected');
    await expect(page.getByRole('contentinfo')).toContainText(/invariants? hold/);
    await expect(page.getByText('Every byte survived.')).toBeVisible();
    await lab.expectDrawn();
    expect(Buffer.compare(opened, await lab.region('Memory view').screenshot())).not.toBe(0);
  });

  await test.step('an object picked in the table is what the inspector shows', async () => {
    const row = lab.region('Objects').getByRole('row').nth(1);
    const name = ((await row.getByRole('cell').first().textContent()) ?? '').trim();
    await row.click();
    await lab.rest();
    await expect(lab.region('Inspector')).toContainText(name);
  });
  await lab.expectNoFailure();
});

test('Budget, lowered: the manager keeps less in VRAM from then on', async ({ page }) => {
  const lab = await LabWindow.open(page, SCENE);
  const full = Number(await lab.budget.inputValue());
  await lab.budget.fill(String(Math.round(Number(await lab.budget.getAttribute('max')) / 2)));
  await lab.budget.dispatchEvent('change');
  await lab.rest();
  expect(Number(await lab.budget.inputValue())).toBeLessThan(full);
  await lab.press('Run');
  await expect(page.getByRole('status', { name: 'Checksums' })).toHaveText(/^([1-9]\d*) of \1 verified$/);
  await lab.expectNoFailure();
});

test('an unknown scene in the address: a sentence names it and the scenes there are', async ({ page }) => {
  const { failures } = await LabWindow.open(page, 'no-such-scene', QUICK);
  await expect(failures).toContainText('There is no scene "no-such-scene".');
  await expect(failures).toContainText(SCENE);
});
