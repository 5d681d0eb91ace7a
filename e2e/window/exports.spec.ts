/** Covers exports that are pictures: the player from disk, stills, and videos whose frames are those of the player. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import { ALL_FORMATS, FilePathSource, Input } from 'mediabunny';
import { runLauncher } from '../support/launcher.ts';

const SIZE = '640x360';
const FPS = 10;
const SPEED = 16;

const folder = mkdtempSync(join(tmpdir(), 'gart-lab-exports-'));
const session = join(folder, 'session.gartlab');
const at = (name: string) => join(folder, name);
let digest = '';

async function lab(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runLauncher('lab.mjs', ...args);
  expect(code, stderr).toBe(0);
  return stdout;
}

test.beforeAll(async () => {
  await lab('run', 'evict-refault', '--machine', 'host', '--record', session, '--json');
  digest = JSON.parse(await lab('info', session, '--json')).lastDigest;
  await lab('export', session, '--to', 'html', '--out', at('player.html'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = async (page: Page) => {
  const outside: string[] = [];
  page.on('request', request => {
    if (!/^(file|data|blob):/.test(request.url())) outside.push(request.url());
  });
  const errors: string[] = [];
  page.on('pageerror', error => errors.push(error.message));
  page.on('console', message => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(pathToFileURL(at('player.html')).href);
  return { outside, errors };
};
const body = (page: Page, name: string) => page.locator('body').getAttribute(`data-${name}`);

test('the player opens from disk and steps through the session, by buttons, keys and by itself', async ({
  page,
}) => {
  const { outside, errors } = await open(page);
  await expect(page).toHaveTitle('Evict and re-fault - GART Lab');
  expect(await body(page, 'step')).toBe('0');
  await page.getByRole('button', { name: 'Step forward' }).click();
  await page.keyboard.press('ArrowRight');
  expect(await body(page, 'step')).toBe('2');
  await page.keyboard.press('ArrowLeft');
  expect(await body(page, 'step')).toBe('1');
  const before = await page.locator('#picture').screenshot();
  await page.keyboard.press('End');
  expect(await body(page, 'digest')).toBe(digest);
  expect(Buffer.compare(before, await page.locator('#picture').screenshot())).not.toBe(0);
  await expect(page.getByRole('slider', { name: 'Step' })).toHaveValue(
    String((await body(page, 'step')) ?? ''),
  );
  await page.keyboard.press('Home');
  expect(Buffer.compare(before, await page.locator('#picture').screenshot())).not.toBe(0);
  await page.keyboard.press('ArrowRight');
  expect(Buffer.compare(before, await page.locator('#picture').screenshot())).toBe(0);
  await page.getByLabel('Pace').selectOption('4');
  await page.getByRole('button', { name: 'Play' }).click();
  await expect.poll(async () => Number(await body(page, 'step'))).toBeGreaterThan(2);
  await page.getByRole('button', { name: 'Pause' }).click();
  expect([outside, errors]).toEqual([[], []]);
});

/** Mean difference of the channels of a still and of a frame of a video at a time, 0 to 255. */
function difference(page: Page, still: Buffer, video: Buffer, type: string, time: number): Promise<number> {
  return page.evaluate(
    async ([png, film, mime, seconds]) => {
      const bytes = (text: string) => Uint8Array.from(atob(text), c => c.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes(png)]));
      const element = document.createElement('video');
      element.muted = true;
      element.src = URL.createObjectURL(new Blob([bytes(film)], { type: mime }));
      await new Promise((done, fail) => {
        element.onloadeddata = done;
        element.onerror = () => fail(new Error(`the video does not load: ${element.error?.message}`));
      });
      element.currentTime = seconds;
      await new Promise(done => {
        element.onseeked = done;
      });
      const pixels = (source: CanvasImageSource) => {
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d')!;
        context.drawImage(source, 0, 0);
        return context.getImageData(0, 0, image.width, image.height).data;
      };
      const a = pixels(image);
      // A frame that was gone to may not be decoded yet: then nothing is drawn, and the picture is transparent.
      let b = pixels(element);
      for (let i = 0; i < 200 && b[3] === 0; i++) {
        await new Promise(done => setTimeout(done, 20));
        b = pixels(element);
      }
      let sum = 0;
      for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
      return sum / a.length;
    },
    [still.toString('base64'), video.toString('base64'), type, time] as const,
  );
}

test('a still and two videos: size, duration, frames and codec; the last frame is the still, the first is not', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await open(page);
  const length = await page.evaluate(() => window.labPlayer!.film.length);
  await lab('export', session, '--to', 'png', '--size', SIZE, '--out', at('still.png'));
  const still = readFileSync(at('still.png'));
  expect([still.readUInt32BE(16), still.readUInt32BE(20)]).toEqual([640, 360]);
  await page.goto('about:blank');
  for (const [to, codecs] of [
    ['webm', ['vp9', 'vp8', 'av1']],
    ['mp4', ['avc', 'vp9', 'av1']],
  ] as const) {
    const path = at(`film.${to}`);
    const shape = ['--size', SIZE, '--fps', String(FPS), '--speed', String(SPEED)];
    await lab('export', session, '--to', to, ...shape, '--out', path);
    const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(path) });
    const track = (await input.getPrimaryVideoTrack())!;
    expect(codecs).toContain(track.codec);
    expect([track.displayWidth, track.displayHeight]).toEqual([640, 360]);
    const frames = Math.ceil((length / SPEED / 1000) * FPS);
    expect((await track.computePacketStats()).packetCount).toBe(frames);
    const duration = await input.computeDuration();
    expect(duration).toBeCloseTo(frames / FPS, 1);
    input.dispose();
    const film = readFileSync(path);
    const last = await difference(page, still, film, `video/${to}`, duration - 0.5 / FPS);
    const first = await difference(page, still, film, `video/${to}`, 0);
    expect(last).toBeLessThan(3);
    expect(first).toBeGreaterThan(2 * last);
  }
});

test('without a browser: a sentence, exit 1, and no file', async () => {
  const before = process.env.GART_LAB_BROWSER;
  process.env.GART_LAB_BROWSER = at('no-browser');
  try {
    const ended = await runLauncher('lab.mjs', 'export', session, '--to', 'webm', '--out', at('none.webm'));
    expect([ended.code, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toMatch(/drawn by a browser, and there is none/);
    expect(existsSync(at('none.webm'))).toBe(false);
  } finally {
    if (before === undefined) delete process.env.GART_LAB_BROWSER;
    else process.env.GART_LAB_BROWSER = before;
  }
});
