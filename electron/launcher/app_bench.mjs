/** `npm run bench -- --app`: how fast the window is, measured from outside: start, script per frame, answer to a click. */
import { largeScenario } from '../../core/public/large_scenario.mjs';
import { browserFlags } from './browser.mjs';
import { quantile, scriptPerFrame } from './script_per_frame.mjs';

const STARTS = 5;
const SESSION_MS = 30_000;
const CLICKS = 20;
const OPEN_MS = 60_000;
const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'v8',
  'toplevel',
  'blink.user_timing',
];

const round = value => Math.round(value * 10) / 10;

/** Objects of the large scene, and batches of 64 that are used afterwards: about ten million events if all of it runs. */
export const LARGE = { objects: 100_000, rounds: 15_000 };
const LARGE_OPEN_MS = 300_000;

/** Bring the large scene as a person would: as a file dropped on the window. */
async function openLarge(page) {
  const text = largeScenario(LARGE.objects, LARGE.rounds);
  const began = performance.now();
  await page.evaluate(json => {
    const files = new DataTransfer();
    files.items.add(new File([json], 'large.json', { type: 'application/json' }));
    document.body.dispatchEvent(
      new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }),
    );
  }, text);
  await page
    .getByRole('region', { name: 'Objects', exact: true })
    .locator(`[aria-rowcount="${LARGE.objects + 4}"]`)
    .waitFor({ timeout: LARGE_OPEN_MS });
  await page
    .getByRole('button', { name: 'Run', exact: true })
    .and(page.locator(':enabled'))
    .waitFor({ timeout: LARGE_OPEN_MS });
  return performance.now() - began;
}

async function open(program, url, query) {
  const page = await program.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(OPEN_MS);
  const began = performance.now();
  await page.goto(`${url}?${query}`);
  await page.getByRole('button', { name: 'Run', exact: true }).and(page.locator(':enabled')).waitFor();
  return { page, ms: performance.now() - began };
}

const idle = page => page.evaluate(() => window.waitForLabIdle());

/** A person plays a scene and looks around, for half a minute. */
async function session(page) {
  const end = performance.now() + SESSION_MS;
  const rows = page.getByRole('region', { name: 'Objects', exact: true }).getByRole('row');
  const stage = page.locator('.stage');
  const press = async name => {
    const button = page.getByRole('button', { name, exact: true });
    // Run and Pause take turns in one place.
    if ((await button.count()) > 0 && (await button.isEnabled())) await button.click();
  };
  await press('Run');
  for (let i = 0; performance.now() < end; i++) {
    await rows.nth(1 + (i % 8)).click();
    if (i % 5 === 2) await stage.press('ArrowLeft');
    if (i % 7 === 3) await press('Step back');
    if (i % 7 === 4) await press('Step');
    if (i % 23 === 22) {
      await press('Reset');
      await press('Run');
    }
    await page.waitForTimeout(180);
  }
  await press('Pause');
  await idle(page);
}

/** From the click on a row to the frame that shows it selected in the table and the inspector. */
async function feedback(page) {
  const rows = page.getByRole('region', { name: 'Objects', exact: true }).getByRole('row');
  const taken = [];
  for (let i = 0; i < CLICKS; i++) {
    const row = rows.nth(1 + (i % 8));
    taken.push(
      await row.evaluate(
        element =>
          new Promise(resolve => {
            const name = element.cells[1].textContent ?? '';
            const began = performance.now();
            element.click();
            const look = () => {
              const inspector = document.querySelector('section[aria-label="Inspector"]')?.textContent ?? '';
              if (element.getAttribute('aria-selected') === 'true' && inspector.includes(name))
                resolve(performance.now() - began);
              else requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
          }),
      ),
    );
  }
  return taken;
}

/**
 * Measure the built window.
 *
 * @param browser what chooseBrowser found
 * @param url     where the window is served
 * @param large   with very many objects and events instead of the first scene
 */
export async function benchApp(browser, url, { large = false, tell = () => {} } = {}) {
  const { chromium } = await import('playwright');
  const program = await chromium.launch({
    executablePath: browser.path,
    args: browserFlags(browser.gpu.kind),
  });
  try {
    const starts = [];
    for (let i = 0; i < STARTS; i++) {
      const { page, ms } = await open(program, url, 'scene=evict-refault');
      starts.push(ms);
      await page.close();
    }
    tell('started');
    const { page } = await open(program, url, 'scene=evict-refault');
    await idle(page);
    let openMs = null;
    if (large) {
      openMs = round(await openLarge(page));
      tell('opened the large scene');
    }
    await program.startTracing(page, { categories: CATEGORIES });
    await session(page);
    const frames = scriptPerFrame((await program.stopTracing()).toString());
    tell('played');
    const clicks = await feedback(page);
    const status = await page.locator('footer').textContent();
    return {
      adapter: browser.gpu.kind,
      scene: large ? { ...LARGE, openMs, status: (status ?? '').trim() } : 'evict-refault',
      startMs: { median: round(quantile(starts, 0.5)), runs: starts.map(round) },
      scriptPerFrameMs: {
        p50: round(quantile(frames, 0.5)),
        p95: round(quantile(frames, 0.95)),
        most: round(Math.max(0, ...frames)),
        frames: frames.length,
      },
      feedbackMs: {
        p50: round(quantile(clicks, 0.5)),
        p95: round(quantile(clicks, 0.95)),
        clicks: clicks.length,
      },
    };
  } finally {
    await program.close();
  }
}
