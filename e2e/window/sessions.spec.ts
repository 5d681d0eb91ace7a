/** Sessions in the window: recorded, saved, opened by drop, gone through, captioned, compared, presented. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { ALL_FORMATS, FilePathSource, Input } from 'mediabunny';
import { WINDOW_DIR } from '../../electron/launcher/paths.mjs';
import { serveFolder } from '../../electron/launcher/serve.mjs';
import { LabWindow, QUICK } from '../support/lab_window.ts';

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

const inputsDone = (page: Page) => page.locator('.foot .item', { hasText: /^input/ });

test('record, caption, bookmark, compare, save; open by drop, step back, present', async ({ page }) => {
  const lab = await LabWindow.open(page, 'evict-refault', QUICK);
  await lab.press('Record');
  await expect(lab.button('Stop recording and save')).toHaveText(/^\d+:\d\d$/);
  await lab.command('Bookmark this moment');
  await lab.press('Run');
  await lab.command('Edit captions');
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

  const sizes = () => lab.region('Console').boundingBox();
  const before = await sizes();
  await lab.command('Present, or end');
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
  await expect.poll(sizes).toEqual(before);
  await expect(lab.region('Tasks')).toBeVisible();

  // As npm start opens a session file that it was given.
  const served = await serveFolder(WINDOW_DIR, 0, file.path);
  try {
    await page.goto(
      `${served.url}?session=${encodeURIComponent(served.fileAddress ?? '')}&speed=max${QUICK}`,
    );
    await page.waitForFunction(() => typeof window.waitForLabIdle === 'function');
    await lab.rest();
    await expect(lab.failures).toBeEmpty();
    await lab.command('Edit captions');
    await expect(captions).toContainText('recorded digests met');
    expect(await inputsDone(page).innerText()).toBe(end);
  } finally {
    await served.close();
  }
  expect(lab.errors).toEqual([]);
});

test('exports and SQL of the session: files of other programs, answers from tables, nothing fetched from elsewhere', async ({
  page,
}) => {
  test.slow();
  const elsewhere: string[] = [];
  page.context().on('request', request => {
    if (!request.url().startsWith(process.env.GART_LAB_URL!)) elsewhere.push(request.url());
  });
  const lab = await LabWindow.open(page, 'evict-refault', QUICK);
  await lab.press('Run');
  const exported = async (title: string) => saved(page, () => lab.command(`Export session as ${title}`));
  const trace = await exported('Perfetto trace');
  expect(trace.name).toBe('evict-and-re-fault.perfetto-trace');
  expect(readFileSync(trace.path).includes('texture-0')).toBe(false);
  expect(readFileSync(trace.path).includes('lab_ttm')).toBe(true);
  const tables = await exported('Parquet tables');
  expect(tables.name).toBe('evict-and-re-fault-parquet.zip');
  expect(readFileSync(tables.path).includes('evictions.parquet')).toBe(true);
  const player = await exported('HTML player');
  expect(readFileSync(player.path, 'utf8')).toContain("script-src 'sha256-");

  await lab.command('SQL');
  const sql = page.getByRole('region', { name: 'SQL', exact: true });
  await sql.getByRole('button', { name: 'Who thrashes' }).click();
  const answer = sql.getByRole('table', { name: 'Answer' });
  await expect(answer).toContainText('frame', { timeout: 60_000 });
  await expect(answer.getByRole('row')).toHaveCount(3);
  await lab.type('sql SELECT count(*) AS n FROM evictions');
  await expect(answer.getByRole('cell')).toHaveText('2');
  await lab.type("sql SELECT * FROM read_parquet('https://example.com/events.parquet')");
  await expect(sql.getByRole('alert')).toContainText('extension parquet, which does not come with the lab');
  await lab.type('sql SELECT nothing FROM events');
  await expect(sql.getByRole('alert')).toContainText('Referenced column "nothing" not found');

  // A session of one call: its video is two seconds long.
  const short = {
    format: 'gart-lab-scenario',
    version: 1,
    id: 'short',
    title: 'Short',
    summary: 'One call.',
  };
  const rest = { machine: 'lab-16m', seed: 1, needs: {}, steps: [{ task: 'game', call: 'spawn' }] };
  const path = test.info().outputPath('short.json');
  writeFileSync(path, JSON.stringify({ ...short, ...rest }));
  await drop(page, 'short.json', path);
  await lab.rest();
  const film = await exported('video (WebM)');
  expect(film.name).toBe('short.webm');
  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(film.path) });
  const track = (await input.getPrimaryVideoTrack())!;
  expect([track.displayWidth, track.displayHeight]).toEqual([1280, 720]);
  const duration = await input.computeDuration();
  expect(duration).toBeGreaterThan(1.5);
  expect((await track.computePacketStats()).packetCount).toBe(Math.round(duration * 30));
  input.dispose();

  expect(elsewhere.filter(address => !address.startsWith('blob:'))).toEqual([]);
  expect(lab.errors).toEqual([]);
});

test('a file that is no session: a sentence, and the scene stays; what was recorded survives a lab that ends', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, 'evict-refault', QUICK);
  await drop(page, 'broken.gartlab', import.meta.filename);
  await expect(lab.failures).toContainText('This is not a session file');
  await lab.press('Step');
  await expect(lab.region('Objects')).toContainText('framebuffer');

  // What a person did by hand survives a lab that ends while it records.
  await lab.press('Record');
  await lab.type('game: mmap flags="private,anon" length=8192 prot=rw as kept');
  const { done } = await lab.inputs();
  // Nor is it lost when a scene takes its place: the recording is saved, the rest offered back.
  const stopped = await saved(page, () => lab.type('scene thrash'));
  expect(stopped.name).toBe('evict-and-re-fault.gartlab');
  await expect(page.getByLabel('Scene', { exact: true })).toHaveValue('thrash');
  await lab.press('Back to it');
  expect((await lab.inputs()).done).toBe(done);
  await expect(lab.region('Tasks')).toContainText('anonymous');
  await lab.press('Record');
  await lab.endLab();
  const recovered = page.getByRole('status', { name: 'Recovered sessions' });
  await expect(recovered).toContainText(/was being recorded.* at most a second, may be missing/);
  await expect(lab.failures).toContainText("The lab's worker ended");
  await lab.rest();
  await recovered.getByRole('button', { name: 'Open recovered session' }).click();
  await expect(recovered).toBeEmpty();
  await lab.rest();
  expect(await lab.inputs()).toEqual({ done, of: done });
  await expect(lab.region('Tasks')).toContainText('game');
});
