/**
 * Draws a film of a session in a headless browser and writes it as a file: one still, or a video encoded frame by frame.
 *
 *   node electron/launcher/render_film.mjs '{"page", "out", "to", "width", "height", "fps", "speed", "at"}'
 *
 * Says how far it is as lines of JSON on stdout; ends early when its stdin ends. Exit code 1 with a sentence on stderr.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { browserFlags, findBrowser } from './browser.mjs';
import { DIST } from './paths.mjs';
import { installAdvice } from './system_packages.mjs';
import { runMain, UserError } from './user_error.mjs';

const OPEN_MS = 120_000;

let cancelled = false;
process.stdin.on('end', () => {
  cancelled = true;
});
process.stdin.resume();

const tell = (done, of) => {
  process.stdout.write(`${JSON.stringify({ done, of })}\n`);
  return !cancelled;
};

async function still(page, { width, height, at }) {
  const url = await page.evaluate(
    ([wide, high, time]) => {
      const stage = window.labPlayer;
      const { film } = stage;
      let step = film.count - 1;
      if (time !== undefined) {
        step = 0;
        while (step < film.count - 1 && film.frame(step).view.status.time < time) step++;
      }
      return stage.drawStep(step, wide, high).toDataURL('image/png');
    },
    [width, height, at],
  );
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

async function video(page, { to, width, height, fps, speed }) {
  await page.exposeFunction('labTell', tell);
  await page.addScriptTag({ content: readFileSync(join(DIST, 'player', 'film_video.js'), 'utf8') });
  const made = await page.evaluate(
    wish => window.labMakeVideo(wish, (done, of) => window.labTell(done, of)),
    {
      container: to,
      width,
      height,
      fps,
      speed,
    },
  );
  if (made === 'cancelled') throw new UserError('The export was ended.');
  if (made === null) throw new UserError(`This browser can encode no video for ${to} at ${width}x${height}.`);
  return Buffer.from(made.base64, 'base64');
}

async function main([text]) {
  const request = JSON.parse(text);
  const path = findBrowser();
  if (path === null) {
    throw new UserError(
      `Pictures and videos are drawn by a browser, and there is none. ${installAdvice(['chromium'])}`,
    );
  }
  const { chromium } = await import('playwright');
  const program = await chromium.launch({ executablePath: path, args: browserFlags('software') });
  const part = `${request.out}.part`;
  try {
    const page = await program.newPage({ bypassCSP: true, colorScheme: 'dark' });
    page.setDefaultTimeout(OPEN_MS);
    await page.goto(pathToFileURL(request.page).href);
    await page.waitForFunction(() => window.labPlayer !== undefined);
    writeFileSync(part, request.to === 'png' ? await still(page, request) : await video(page, request));
    renameSync(part, request.out);
  } finally {
    rmSync(part, { force: true });
    await program.close();
  }
  return 0;
}

await runMain(main);
