/** Covers the timeline and the charts: spans and chains of a run, ranges with statistics, zoom, and the playhead that every panel follows. */
import { expect, type Locator, test } from '@playwright/test';
import { differingPixels } from '../support/differing_pixels.ts';
import { LabWindow, QUICK } from '../support/lab_window.ts';

const SCENE = 'evict-refault';
/** Width of the names, and the middle of the ruler, in the picture. */
const NAMES = 96;
const RULER = 29;

/** What of a panel depends on the instant: its text, or its picture. */
const SHOWN: Readonly<Record<string, (panel: Locator) => Promise<string | null>>> = {
  Tasks: panel => panel.textContent(),
  Objects: panel => panel.textContent(),
  Files: panel => panel.getByRole('document').textContent(),
  Inspector: panel => panel.textContent(),
  Charts: panel => panel.getByRole('img', { name: /^Bytes by placement/ }).getAttribute('aria-label'),
  'Memory view': async panel => (await panel.locator('canvas').screenshot()).toString('base64'),
};

test('the playhead everywhere: the ruler sets the instant that every panel shows, live brings the newest back; ranges, zoom and spans as text', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  await lab.press('Run');
  const timeline = lab.region('Timeline');
  const at = async (part: number) => {
    const box = (await timeline.boundingBox())!;
    return box.x + NAMES + (box.width - NAMES) * part;
  };
  const end = await lab.inputs();
  await lab.region('Files').getByRole('option', { name: '/proc/meminfo', exact: true }).click();
  await lab
    .region('Objects')
    .getByRole('row', { name: /\bframe\b/ })
    .click();
  await lab.rest();
  const shown = async () => {
    const all: Record<string, string | null> = {};
    for (const [name, read] of Object.entries(SHOWN)) all[name] = await read(lab.region(name));
    return all;
  };
  const live = await shown();
  const box = (await timeline.boundingBox())!;
  await page.mouse.click(await at(0.4), box.y + RULER);
  await lab.rest();
  const then = await lab.inputs();
  expect(then.done).toBeGreaterThan(0);
  expect(then.done).toBeLessThan(end.done);
  const badge = page.getByRole('contentinfo').getByRole('button', { name: /before live$/ });
  await expect(badge).toBeVisible();
  const earlier = await shown();
  for (const name of Object.keys(SHOWN)) expect(earlier[name], name).not.toBe(live[name]);
  expect(await differingPixels(page, earlier['Memory view']!, live['Memory view']!)).toBeGreaterThan(500);
  await expect(
    lab.region('Charts').getByRole('img', { name: /^Bytes by placement: VRAM [\d.]+ MiB/ }),
  ).toBeVisible();
  await badge.click();
  await lab.rest();
  expect(await lab.inputs()).toEqual(end);
  const again = await shown();
  // The files say what changed on the way back, too; pictures are equal but for rounding, and for a thin line that the browser
  // rasterizes anew: the same path, antialiased otherwise.
  expect({ ...again, Files: live.Files, 'Memory view': live['Memory view'] }).toEqual(live);
  expect(await differingPixels(page, again['Memory view']!, live['Memory view']!)).toBeLessThan(100);
  await expect(badge).toHaveCount(0);

  const sums = timeline.getByRole('status', { name: 'Statistics of the range' });
  await expect(sums).toContainText(/103 faults.*2 evictions/);
  const y = (await timeline.boundingBox())!.y + 60;
  await page.mouse.move(await at(0.25), y);
  await page.mouse.down();
  await page.mouse.move(await at(0.5), y, { steps: 4 });
  await page.mouse.up();
  await lab.rest();
  await expect(sums).toContainText(/selected.*2 evictions.*MiB moved.*derived.*% waiting/);
  await page.keyboard.press('Escape');
  await lab.rest();
  await expect(sums).toContainText('in view');
  const whole = await sums.textContent();
  for (let i = 0; i < 6; i++) await page.keyboard.press('+');
  await lab.rest();
  expect(await sums.textContent()).not.toBe(whole);
  await page.keyboard.press('0');
  await lab.rest();
  await expect(sums).toHaveText(whole!);
  await timeline.page().getByRole('button', { name: 'Table', exact: true }).click();
  const row = timeline.getByRole('row', { name: /evict for shadow-map/ });
  await row.click();
  await lab.rest();
  await expect(row).toHaveAttribute('aria-selected', 'true');
  await expect(lab.region('Inspector')).toContainText('evict_begin');
  await lab.expectNoFailure();
});
