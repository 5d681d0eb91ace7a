/**
 * Covers a GPU process that really ends, in a browser of its own: once, and another device goes on; twice, and no adapter comes: the
 * host machine goes on in the same session, is named, and a person can try the GPU again.
 */
import { expect, test } from '@playwright/test';
import { LabWindow } from '../support/lab_window.ts';

test('the GPU process ends: another device goes on; it ends again and none comes: the host machine does, named, with a button to try again', async ({
  playwright,
  launchOptions,
  headless,
}) => {
  const browser = await playwright.chromium.launch({ ...launchOptions, headless });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const lab = await LabWindow.open(page, 'evict-refault');
    const badge = page.getByLabel('Adapter');
    const verified = page.getByRole('status', { name: 'Checksums' });
    const devices = await browser.newBrowserCDPSession();
    const loseGpu = () => devices.send('Browser.crashGpuProcess');
    const position = await lab.inputs();

    await loseGpu();
    await expect(lab.failures).toContainText(/The GPU device was lost .*(goes on|takes over)\./);
    await lab.rest();
    // A busy machine may need more than the five seconds to start a GPU process; then a person brings the GPU back.
    const again = lab.button('Try the GPU again');
    if (await again.first().isVisible()) await lab.press('Try the GPU again');
    await expect(badge).not.toContainText('host machine');
    expect(await lab.inputs()).toEqual(position);
    await lab.press('Step');

    // Chromium offers no adapter after a second crash within two minutes.
    await loseGpu();
    await expect(lab.failures).toContainText('The host machine takes over.');
    await lab.rest();
    await expect(badge).toContainText('host machine');
    expect(await lab.inputs()).toEqual({ ...position, done: position.done + 1 });
    await lab.press('Try the GPU again');
    await expect(lab.failures).toContainText(/The GPU was tried again: .* The host machine goes on\./);
    await expect(badge).toContainText('host machine');
    await lab.press('Run');
    expect((await lab.inputs()).done).toBe(position.of);
    await expect(verified).toHaveText(/^([1-9]\d*) of \1 verified$/);
  } finally {
    await browser.close();
  }
});
