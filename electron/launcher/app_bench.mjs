/** `npm run bench -- --app`: how fast the window is, measured from outside: start, script per frame, answers to a person, memory. */
import { largeScenario } from '../../core/public/large_scenario.mjs';
import { browserFlags } from './browser.mjs';
import { CATEGORIES, eventsOf, quantile, scriptPerFrame, workerTasks } from './script_per_frame.mjs';

const STARTS = 5;
const SESSION_MS = 30_000;
const CLICKS = 20;
const PAUSES = 5;
const OPEN_MS = 60_000;
/** An answer that takes longer counts as this long. */
const MOST_ANSWER_MS = 10_000;

const round = value => Math.round(value * 10) / 10;

/** Objects of the large scene, batches before its pause (together ten million events) and behind it. */
export const LARGE = { objects: 100_000, before: 1300, rounds: 1500 };
const LARGE_OPEN_MS = 240_000;

/** Bring the large scene as a person would: as a file dropped on the window. */
async function openLarge(page) {
  const text = largeScenario(LARGE.objects, LARGE.rounds, LARGE.before);
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

const buttonOf = (page, name) => page.getByRole('button', { name, exact: true });

/** Press a button if it is there and can be pressed. */
async function press(page, name) {
  const button = buttonOf(page, name);
  if ((await button.count()) > 0 && (await button.isEnabled())) await button.click();
}

/** Where to press: looking for things in the page while it is measured would be script of the page. */
async function placesOf(page) {
  const middle = async locator => {
    const { x, y, width, height } = await locator.boundingBox();
    return [x + width / 2, y + height / 2];
  };
  const rows = page.getByRole('region', { name: 'Objects', exact: true }).getByRole('row');
  const places = { rows: [], buttons: {} };
  for (let i = 1; i <= 8; i++) places.rows.push(await middle(rows.nth(i)));
  // Run and Pause take turns in one place.
  for (const name of ['Run', 'Step', 'Step back', 'Reset'])
    places.buttons[name] = await middle(buttonOf(page, name));
  return places;
}

/** A person plays a scene and looks around, for half a minute. */
async function session(page, places, large) {
  const end = performance.now() + SESSION_MS;
  const at = place => page.mouse.click(...place);
  const { rows, buttons } = places;
  await at(buttons.Run);
  for (let i = 0; performance.now() < end; i++) {
    await at(rows[i % rows.length]);
    if (i % 5 === 2) {
      await page.locator('.stage').focus();
      await page.keyboard.press('ArrowLeft');
    }
    if (i % 7 === 3) await at(buttons['Step back']);
    if (i % 7 === 4) await at(buttons.Step);
    if (i % 23 === 22) {
      // The large scene takes long to build: it stands for a moment and goes on where it is.
      await at(large ? buttons.Run : buttons.Reset);
      await at(buttons.Run);
    }
    await page.waitForTimeout(180);
  }
  await press(page, 'Pause');
  await idle(page);
}

/** From the click on a row to the frame that shows it selected in the table, in the inspector and over the memory view. */
async function feedback(page) {
  const taken = [];
  for (let i = 0; i < CLICKS; i++) {
    const ms = await page.evaluate(
      ([turn, most]) =>
        new Promise(resolve => {
          const rows = [
            ...document.querySelectorAll('section[aria-label="Objects"] tr[aria-selected="false"]'),
          ].slice(0, 8);
          const row = rows[turn % rows.length];
          const name = row?.cells[1]?.textContent;
          if (!name) return resolve(null);
          const marks = document.querySelector('.stage .overlay');
          // Neighbours among very many objects have one outline on the screen: whose it is tells them apart.
          const before = marks.dataset.outlined;
          const began = performance.now();
          row.click();
          const look = () => {
            const passed = performance.now() - began;
            const inspector = document.querySelector('section[aria-label="Inspector"]')?.textContent ?? '';
            const marked = document.querySelector('section[aria-label="Objects"] tr[aria-selected="true"]');
            const outlined =
              marks.querySelector('polygon.outline') !== null && marks.dataset.outlined !== before;
            const shown = marked?.cells[1]?.textContent === name && inspector.includes(name) && outlined;
            if (shown || passed > most) resolve(passed);
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        }),
      [i, MOST_ANSWER_MS],
    );
    if (ms !== null) taken.push(ms);
  }
  if (taken.length === 0) throw new Error('The table of objects has no row that can be clicked.');
  return taken;
}

/** From the press of Pause in a running scene to the frame that says that it stands. */
async function pauses(page, large) {
  const taken = [];
  for (let i = 0; i < PAUSES; i++) {
    // The large scene is too long to begin anew; a short one would come to its end before it is paused.
    if (!large || !(await buttonOf(page, 'Run').isEnabled())) await press(page, 'Reset');
    await idle(page);
    await press(page, 'Run');
    await buttonOf(page, 'Pause').waitFor();
    await page.waitForTimeout(300);
    // A short scene may have come to its end.
    if ((await buttonOf(page, 'Pause').count()) === 0) continue;
    taken.push(
      await buttonOf(page, 'Pause').evaluate(
        (element, most) =>
          new Promise(resolve => {
            const began = performance.now();
            element.click();
            const look = () => {
              const taken = performance.now() - began;
              if (element.textContent?.includes('Run') || taken > most) resolve(taken);
              else requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
          }),
        MOST_ANSWER_MS,
      ),
    );
    await idle(page);
  }
  return taken;
}

/** From the press of Cancel of a job to the frame that says that it ended. */
async function cancel(page) {
  const line = page.getByRole('region', { name: 'Console', exact: true }).getByRole('combobox');
  await line.fill('show conformance');
  await line.press('Enter');
  const panel = page.getByRole('region', { name: 'Conformance', exact: true });
  await panel.getByRole('button', { name: 'Compare with the recordings' }).click();
  const button = panel.getByRole('button', { name: 'Cancel', exact: true });
  await button.waitFor();
  await page.waitForTimeout(300);
  if ((await button.count()) === 0) return null;
  return button.evaluate(
    (element, most) =>
      new Promise(resolve => {
        const began = performance.now();
        element.click();
        const look = () => {
          const taken = performance.now() - began;
          if (!element.isConnected || taken > most) resolve(taken);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
    MOST_ANSWER_MS,
  );
}

/** MiB of script memory of the window and its workers after a collection, shared memory included; null where nobody tells. */
async function memoryMib(page) {
  const measured = await page.evaluate(() => performance.measureUserAgentSpecificMemory?.() ?? null);
  if (!measured) return null;
  const inWorkers = ({ attribution }) => attribution.some(({ scope }) => scope.endsWith('WorkerGlobalScope'));
  const mib = parts => Math.round(parts.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20);
  return {
    window: mib(measured.breakdown.filter(part => !inWorkers(part))),
    workers: mib(measured.breakdown.filter(inWorkers)),
  };
}

const spread = values => ({
  p50: round(quantile(values, 0.5)),
  p95: round(quantile(values, 0.95)),
  most: round(Math.max(0, ...values)),
  count: values.length,
});

/**
 * Measure the built window.
 *
 * @param browser what chooseBrowser found
 * @param url     where the window is served
 * @param large   with very many objects and events instead of the first scene
 * @param tell    is told what was done
 */
export async function benchApp(browser, url, { large = false, tell = () => {} } = {}) {
  const { chromium } = await import('playwright');
  const program = await chromium.launch({
    executablePath: browser.path,
    // Without it a question about memory waits for the next collection, which may be minutes away.
    args: [...browserFlags(browser.gpu.kind), '--enable-blink-features=ForceEagerMeasureMemory'],
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
    const places = await placesOf(page);
    await program.startTracing(page, { categories: CATEGORIES });
    await session(page, places, large);
    const trace = eventsOf((await program.stopTracing()).toString());
    const script = scriptPerFrame(trace);
    tell('played');
    const clicks = await feedback(page);
    tell('clicked');
    const paused = await pauses(page, large);
    const cancelled = await cancel(page);
    tell('paused and cancelled');
    const status = await page.locator('footer.foot').textContent();
    return {
      adapter: browser.gpu.kind,
      scene: large ? { ...LARGE, openMs, status: (status ?? '').trim() } : 'evict-refault',
      startMs: { median: round(quantile(starts, 0.5)), runs: starts.map(round) },
      scriptPerFrameMs: {
        ...spread(script),
        processorP95: round(quantile(scriptPerFrame(trace, 'tdur'), 0.95)),
      },
      workerTaskMs: { ...spread(workerTasks(trace)), processor: spread(workerTasks(trace, 'tdur')) },
      feedbackMs: spread(clicks),
      pauseMs: spread(paused),
      cancelMs: cancelled === null ? null : round(cancelled),
      memoryMib: await memoryMib(page),
    };
  } finally {
    await program.close();
  }
}
