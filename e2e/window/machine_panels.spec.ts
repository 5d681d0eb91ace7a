/** Ring, framebuffer, pages of an object, and the memory view as a plan, seen from outside. */
import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { LabWindow, QUICK } from '../support/lab_window.ts';

const open = (page: Page, scene: string) => LabWindow.open(page, scene, QUICK);

async function show(lab: LabWindow, tab: string): Promise<void> {
  await lab.page.getByRole('tab', { name: tab, exact: true }).click();
  await lab.rest();
}

const region = (lab: LabWindow, name: string) => lab.page.getByRole('region', { name, exact: true });

test('the ring says what its commands are, and the framebuffer shows and says what they drew', async ({
  page,
}) => {
  const lab = await open(page, 'boot-console');
  await show(lab, 'Ring');
  const ring = region(lab, 'Ring and status page');
  await expect(ring.getByRole('img', { name: /^Ring of 131072 bytes: head at 0x/ })).toBeVisible();
  const drawn = /"(.*)" at/.exec(
    (await ring
      .getByText(/^".*" at \d+,\d+ of 0x/)
      .first()
      .textContent()) ?? '',
  );
  expect(drawn?.[1]?.length).toBeGreaterThan(5);
  await expect(ring.getByText('Status page')).toBeVisible();
  const seqno = /\d+/.exec(
    (await ring
      .getByText(/^seqno \d+$/)
      .first()
      .textContent()) ?? '',
  )?.[0];
  await expect(ring.getByRole('row', { name: /seqno/ })).toContainText(seqno ?? 'none');

  await show(lab, 'Framebuffer');
  const panel = region(lab, 'Framebuffer');
  const picture = panel.getByRole('img', {
    name: /^The display shows the kernel's console, 640 by \d+ pixels/,
  });
  await expect(picture).toBeVisible();
  await expect(picture).toHaveAccessibleDescription(new RegExp(`${literally(drawn![1]!.trim())}$`));
  const download = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Save PNG' }).click();
  const file = await (await download).path();
  expect([...readFileSync(file).subarray(1, 4)].map(code => String.fromCharCode(code)).join('')).toBe('PNG');

  await show(lab, 'Console');
  await lab.type('K: lab.forceOutShown');
  await show(lab, 'Framebuffer');
  await expect(panel).toContainText('not pinned');
  await expect(panel.getByRole('img')).toHaveAccessibleName(/pattern of missing memory/);
  const colour = await panel.locator('canvas').evaluate(canvas => {
    const [r, g, b] = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(2, 2, 1, 1).data;
    return [r, g, b];
  });
  expect(colour).toEqual([255, 0, 255]);
  expect(lab.errors).toEqual([]);
});

test('a machine that works in virtual time has no ring and no picture, and says so', async ({ page }) => {
  const lab = await open(page, 'boot-objects');
  await show(lab, 'Ring');
  await expect(region(lab, 'Ring and status page')).toContainText('virtual time');
  await show(lab, 'Framebuffer');
  await expect(region(lab, 'Framebuffer')).toContainText('lab_gpu');
});

test('an object has its pages in the inspector; f frames it; the memories can be a plan', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, 'evict-refault', '&machine=host');
  await region(lab, 'Objects').getByText('frame', { exact: true }).click();
  await lab.rest();
  const inspector = region(lab, 'Inspector');
  await expect(inspector.getByRole('img', { name: /^Pages: \d+ pages/ })).toBeVisible();
  for (const format of ['gen6', 'gen8', 'amdgpu']) await expect(inspector).toContainText(format);
  await expect(inspector).toContainText('created in VRAM');
  const memory = region(lab, 'Memory view');
  const label = memory.getByText('frame', { exact: true });
  const before = await memory.locator('canvas').screenshot();
  await page.keyboard.press('f');
  await lab.rest();
  expect((await memory.locator('canvas').screenshot()).equals(before)).toBe(false);
  await memory.page().getByRole('combobox', { name: 'Drawn' }).selectOption('2D');
  await lab.rest();
  await lab.expectDrawn();
  await expect(label).toBeVisible();
  await page.getByRole('combobox', { name: 'Drawn' }).selectOption('3D');
  await lab.rest();
  await lab.expectDrawn();
  expect(lab.errors).toEqual([]);
});

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
