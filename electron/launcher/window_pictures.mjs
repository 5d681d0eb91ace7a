/** Pictures of the served window, taken while a headless browser plays a scene in it as a person would: Run, then look. */
import { browserFlags } from './browser.mjs';
import { countColours, DRAWN_COLOURS } from './picture_check.mjs';

const OPEN_MS = 60_000;
const RUN_MS = 240_000;
const MOST_STEPS = 60;

/**
 * @param browser  what chooseBrowser found
 * @param url      where the window is served
 * @param tell     called with a phrase when a part is done
 * @returns {Promise<{pictures: {title: string, png: Buffer}[], problems: string[]}>} problems are what the page itself
 *   reported as errors; no picture can be missing without one
 */
export async function takePictures(browser, url, scene, tell = () => {}) {
  const { chromium } = await import('playwright');
  const pictures = [];
  const problems = [];
  const program = await chromium.launch({
    executablePath: browser.path,
    args: browserFlags(browser.gpu.kind),
  });
  try {
    const page = await program.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
    page.on('pageerror', error => problems.push(error.message));
    page.on('console', message => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.setDefaultTimeout(OPEN_MS);
    await page.goto(`${url}?scene=${encodeURIComponent(scene)}`);
    await idle(page);
    pictures.push({ title: 'The scene before it runs', png: await page.screenshot() });
    tell('the window is open');
    if (await stepToEviction(page)) {
      pictures.push({
        title: 'An eviction: the bytes leave VRAM, the mappings are gone',
        png: await page.screenshot(),
      });
      tell('an eviction happened');
    }
    const run = page.getByRole('button', { name: 'Run', exact: true });
    if (await run.isEnabled()) await run.click();
    page.setDefaultTimeout(RUN_MS);
    await idle(page);
    pictures.push({ title: 'The scene at its end', png: await page.screenshot() });
    const drawing = await page.locator('canvas').first().screenshot();
    const colours = await page.evaluate(countColours, drawing.toString('base64'));
    if (colours < DRAWN_COLOURS) problems.push(`its memory view is blank (${colours} colours)`);
    tell('the scene has played');
  } catch (error) {
    problems.push(error.message.split('\n')[0]);
  } finally {
    await program.close();
  }
  return { pictures, problems };
}

/** Step until the window explains an eviction. @returns false when the scene ends or goes on for long without one */
async function stepToEviction(page) {
  const step = page.getByRole('button', { name: 'Step', exact: true });
  const card = page.getByText(/^Why .* was evicted$/);
  for (let steps = 0; steps < MOST_STEPS && (await step.isEnabled()); steps++) {
    await step.click();
    await idle(page);
    if (await card.isVisible()) return true;
  }
  return false;
}

/** Wait until the window has opened, has nothing to do and has drawn it. */
async function idle(page) {
  await page.waitForFunction(() => typeof window.waitForLabIdle === 'function');
  await page.evaluate(() => window.waitForLabIdle());
}
