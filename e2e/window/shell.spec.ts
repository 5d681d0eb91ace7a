/**
 * Covers what the window does around the lab, in a browser: it recovers from a worker that ended, lives beside another window,
 * obeys its policy, opens files, says what it runs in. The same for the desktop shell stands in e2e/electron.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { SCENARIOS } from '../../electron/launcher/paths.mjs';
import { LabWindow, QUICK } from '../support/lab_window.ts';

const SCENE = 'evict-refault';

test('a worker that ended is started again, at the same input of the scene, and the scene plays on', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, SCENE);
  await lab.press('Step');
  const { done, of } = await lab.inputs();
  await lab.endLab();
  await expect(lab.failures).toContainText("The lab's worker ended");
  await lab.rest();
  await expect(lab.failures).toContainText(`went to input ${done}`);
  expect(await lab.inputs()).toEqual({ done, of });
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await lab.press('Run');
  expect((await lab.inputs()).done).toBe(of);
  await expect(page.getByRole('status', { name: 'Checksums' })).toHaveText(/^([1-9]\d*) of \1 verified$/);
  await lab.expectNoFailure();
});

test('a second window has a lab of its own and says that there is another one', async ({ page, context }) => {
  const first = await LabWindow.open(page, SCENE, QUICK);
  const second = await LabWindow.open(await context.newPage(), SCENE, QUICK);
  await expect(second.notices).toContainText('open in another window of this browser');
  await second.press('Run');
  expect((await second.inputs()).done).toBe((await second.inputs()).of);
  await expect(first.notices).toHaveText('');
  await expect(second.page.getByLabel('Adapter')).not.toHaveAttribute('title', /Swap lies in memory/);
  await second.expectNoFailure();
});

test('the policy: text never becomes script, foreign styles and addresses are refused, a style with the nonce is not', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  expect(lab.policyReports).toEqual([]);
  const tried = await page.evaluate(async () => {
    // What the debugger evaluates may do more than the page; after a turn of the event loop it is the page.
    await new Promise(resolve => setTimeout(resolve));
    const refuses = (what: () => unknown) => {
      try {
        what();
        return false;
      } catch {
        return true;
      }
    };
    const colourWith = (nonce: string) => {
      const style = document.createElement('style');
      if (nonce) style.nonce = nonce;
      style.textContent = '#policy-probe { color: rgb(1, 2, 3) }';
      const probe = document.createElement('span');
      probe.id = 'policy-probe';
      document.head.append(style);
      document.body.append(probe);
      const { color } = getComputedStyle(probe);
      style.remove();
      probe.remove();
      return color;
    };
    const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
    return {
      evaluates: !refuses(() => new Function('return 1')),
      compiles: WebAssembly.validate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))
        ? await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).then(
            () => true,
            () => false,
          )
        : false,
      without: colourWith(''),
      with: colourWith(nonce),
      calls: await fetch('https://example.org/').then(
        () => true,
        () => false,
      ),
    };
  });
  expect(tried).toMatchObject({ evaluates: false, compiles: true, with: 'rgb(1, 2, 3)', calls: false });
  expect(tried.without).not.toBe('rgb(1, 2, 3)');
  // And each refusal was seen, so that no test passes over one.
  await expect.poll(() => lab.policyReports.join()).toMatch(/script-src[\s\S]*style-src[\s\S]*connect-src/);
});

/** Let go of a file above the window. */
function drop(page: Page, name: string, text: string): Promise<void> {
  return page.evaluate(
    given => {
      const data = new DataTransfer();
      data.items.add(new File([given.text], given.name));
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    { name, text },
  );
}

test('files dropped: a scenario opens as a scene, a broken one and a picture are refused with a sentence', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  const shipped = JSON.parse(readFileSync(join(SCENARIOS, `${SCENE}.json`), 'utf8'));
  await drop(page, 'mine.json', JSON.stringify({ ...shipped, id: 'mine', title: 'A scene of mine' }));
  await expect(page).toHaveTitle(/^A scene of mine/);
  await lab.press('Run');
  expect((await lab.inputs()).done).toBe((await lab.inputs()).of);
  await lab.expectNoFailure();
  await drop(page, 'broken.json', JSON.stringify({ ...shipped, steps: 7 }));
  await expect(lab.failures).toContainText('broken.json is not a scenario');
  await drop(page, 'holiday.jpg', 'x');
  await expect(lab.failures).toContainText('holiday.jpg was not opened');
  expect(new URL(page.url()).pathname).toBe('/');
  await expect(page).toHaveTitle(/^A scene of mine/);
});

test('About names version, machine, adapter and browser, and saves diagnostics; Escape closes it', async ({
  page,
}) => {
  const lab = await LabWindow.open(page, SCENE, QUICK);
  await lab.command('about gart');
  const about = page.getByRole('dialog', { name: 'About GART Lab' });
  await expect(about).toContainText(/Version\d+\.\d+\.\d+/);
  await expect(about).toContainText(/Isolatedyes/);
  await expect(about).toContainText(/Chrom/);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    about.getByRole('button', { name: 'Save diagnostics' }).click(),
  ]);
  const diagnostics = JSON.parse(readFileSync(await download.path(), 'utf8'));
  expect(diagnostics).toMatchObject({
    format: 'gart-lab-diagnostics',
    window: { isolated: true },
    lab: { scene: SCENE, adapter: { machine: 'host' }, digest: expect.stringMatching(/^[0-9a-f]{16}/) },
    failures: [],
  });
  expect(diagnostics.gpu.limits.maxBufferSize).toBeGreaterThan(0);
  await page.keyboard.press('Escape');
  await expect(about).toHaveCount(0);
  await lab.expectNoFailure();
});
