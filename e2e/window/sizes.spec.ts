/** Windows from 1024 x 640 to 2560 x 1440: nothing is wider than what holds it, and no text is under 11 px. */
import { expect, type Page, test } from '@playwright/test';
import { LabWindow, QUICK } from '../support/lab_window.ts';

/** What overflows or is too small, in words. */
function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) found.push(`The page is ${root.scrollWidth} wide.`);
    const shown = (element: Element) => element.checkVisibility({ visibilityProperty: true });
    for (const box of document.querySelectorAll('header.bar, .panel-body')) {
      const name = box.closest('[aria-label]')?.getAttribute('aria-label') ?? box.className;
      if (shown(box) && box.scrollWidth > box.clientWidth + 1)
        found.push(`${name} holds ${box.scrollWidth} in ${box.clientWidth}.`);
    }
    for (const element of document.querySelectorAll('body *')) {
      const says = [...element.childNodes].some(node => node.nodeType === 3 && node.nodeValue?.trim());
      if (says && shown(element) && Number.parseFloat(getComputedStyle(element).fontSize) < 11)
        found.push(`${element.textContent?.slice(0, 40)} is under 11 px.`);
    }
    return found;
  });
}

test('nothing overflows and no text is under 11 px', async ({ page }) => {
  const lab = await LabWindow.open(page, 'evict-refault', QUICK);
  for (const [width, height] of [
    [1024, 640],
    [1280, 800],
    [1920, 1080],
    [2560, 1440],
  ] as const) {
    await page.setViewportSize({ width, height });
    await lab.rest();
    await expect.poll(() => misfits(page), { message: `${width} x ${height}`, timeout: 5000 }).toEqual([]);
  }
});
