/** Sessions in the window: recorded, saved, opened by drop, gone through, captioned, compared, presented. */
import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { LabWindow } from '../support/lab_window.ts';

/** What a press saves: the name of the file and where it lies now. */
async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; path: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()]);
  return { name: download.suggestedFilename(), path: await download.path() };
}

/** Drop a file on the window, as a file manager does. */
function drop(page: Page, name: string, path: string): Promise<void> {
  return page.evaluate(
    ([file, text]) => {
      const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], file));
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    [name, readFileSync(path).toString('base64')] as const,
  );
}

async function runCommand(lab: LabWindow, title: string): Promise<void> {
  await lab.page.keyboard.press('Control+K');
  await lab.page.keyboard.type(title);
  await lab.page.keyboard.press('Enter');
  await lab.rest();
}

const inputsDone = (page: Page) => page.locator('.foot .item', { hasText: /^input/ });

test('record, caption, bookmark, compare, save; open by drop, step back, present', async ({ page }) => {
  const lab = await LabWindow.open(page, 'evict-refault', '&machine=host');
  await lab.press('Record');
  await expect(lab.button('Stop recording and save')).toHaveText(/^\d+:\d\d$/);
  await runCommand(lab, 'Bookmark this moment');
  await lab.press('Run');
  await runCommand(lab, 'Edit captions');
  const captions = page.getByRole('region', { name: 'Captions', exact: true });
  await captions.getByLabel('New caption here').fill('All done. Nobody lost a byte.');
  await captions.getByRole('button', { name: 'Add caption' }).click();
  await lab.rest();
  await expect(captions.getByRole('listitem').filter({ hasText: 'Nobody lost a byte' })).toHaveCount(1);

  await captions.getByRole('button', { name: 'Diff with here' }).click();
  const differences = page.getByRole('region', { name: 'Differences', exact: true });
  await expect(differences.getByRole('rowgroup').filter({ hasText: 'Objects' })).toContainText('texture-0');
  await expect(differences).toContainText('Counters');

  const file = await saved(page, () => lab.button('Stop recording and save').click());
  expect(file.name).toMatch(/\.gartlab$/);
  const end = await inputsDone(page).innerText();

  await lab.press('Reset');
  await drop(page, file.name, file.path);
  await expect(captions).toContainText('recorded digests met');
  await lab.rest();
  await expect(captions).toContainText('Recorded on the host machine, replayed on the host machine.');
  await expect(captions.getByRole('listitem').filter({ hasText: 'Nobody lost a byte' })).toHaveCount(1);
  expect(await inputsDone(page).innerText()).toBe(end);
  await lab.press('Step back');
  expect(await inputsDone(page).innerText()).not.toBe(end);
  await expect(lab.failures).toBeEmpty();

  await runCommand(lab, 'Present, or end');
  const presenter = page.getByRole('region', { name: 'Presenter' });
  await expect(presenter).toBeVisible();
  await page.keyboard.press('Home');
  await lab.rest();
  await expect(presenter).toContainText('1 of ');
  await page.keyboard.press('ArrowRight');
  await lab.rest();
  await expect(presenter).toContainText('2 of ');
  await page.keyboard.press(' ');
  await lab.rest();
  await expect(presenter).toContainText('3 of ');
  await page.keyboard.press('ArrowLeft');
  await lab.rest();
  await expect(presenter).toContainText('2 of ');
  await page.keyboard.press('Escape');
  await expect(presenter).toBeHidden();
  await expect(lab.region('Tasks')).toBeVisible();
  expect(lab.errors).toEqual([]);
});

test('a file that is no session: a sentence, and the scene stays', async ({ page }) => {
  const lab = await LabWindow.open(page, 'evict-refault', '&machine=host');
  await drop(page, 'broken.gartlab', import.meta.filename);
  await expect(lab.failures).toContainText('This is not a session file');
  await lab.press('Step');
  await expect(lab.region('Objects')).toContainText('framebuffer');
});
