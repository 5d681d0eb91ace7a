/**
 * `npm run docs:pictures`: a picture of every panel and of every scene at a telling moment, dark and light, from the built
 * window in a headless browser, into docs/pictures/; docs/pictures.md shows them.
 *
 * Usage   npm run docs:pictures -- [--out <folder>] [--only <name>,<name>] [--png] [--machine host]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { browserFlags, findBrowser } from './browser.mjs';
import { ensureBuilt } from './build.mjs';
import { PANEL_PICTURES, SCENE_PICTURES } from './docs_picture_list.mjs';
import { ensurePackages } from './npm_packages.mjs';
import { ROOT, WINDOW_DIR } from './paths.mjs';
import { Progress } from './progress.mjs';
import { serveFolder } from './serve.mjs';
import { runMain, UserError } from './user_error.mjs';

const SIZE = { width: 1280, height: 800 };
const WEBP_QUALITY = 0.8;
const LONGEST_MS = 60_000;

/** What a person does in the window, by its accessible names. */
class Visitor {
  constructor(page, url, options) {
    this.page = page;
    this.url = url;
    this.options = options;
  }

  async open(scene) {
    await this.page.goto(`${this.url}?scene=${scene}&speed=max&machine=${this.options.machine}`);
    await this.page.waitForFunction(() => typeof window.waitForLabIdle === 'function');
    await this.rest();
  }

  rest() {
    return this.page.evaluate(() => window.waitForLabIdle());
  }

  region(name) {
    return this.page.getByRole('region', { name, exact: true });
  }

  /** Run a command of the palette. */
  async command(title) {
    await this.page.keyboard.press('Control+k');
    await this.page.getByRole('combobox', { name: 'Command' }).fill(title);
    await this.page.keyboard.press('Enter');
    await this.rest();
  }

  async show(panel) {
    await this.command(`Show ${panel}`);
    await this.region(panel).waitFor();
    await this.rest();
  }

  /** A line of the console. */
  async type(line) {
    await this.show('Console');
    const field = this.page.getByRole('combobox', { name: 'Console line' });
    await field.fill(line);
    await field.press('Enter');
    await this.rest();
  }

  /** Go to the end of what a caption speaks about; the last one: to the end of the scene. */
  async goToCaption(number) {
    await this.show('Captions');
    const places = (await this.page.locator('.note.is-caption .note-place').allTextContents()).map(text =>
      Number(text.replace(/\D/g, '')),
    );
    const next = places[number + 1];
    if (next === undefined) {
      const run = this.page.getByRole('button', { name: 'Run', exact: true });
      if (await run.isEnabled()) await run.click();
    } else await this.type(`seek ${Math.max(places[number], next - 1)}`);
    await this.rest();
    await this.show('Inspector');
  }

  /** Select an object by its name in the table. */
  async select(name) {
    await this.show('Objects');
    await this.region('Objects').getByText(name, { exact: true }).first().click();
    await this.rest();
  }

  /** Maximise what has the focus, and give the element of its group. */
  async fill(panel) {
    await this.show(panel);
    await this.page.keyboard.press('Control+m');
    await this.rest();
    return this.page.locator('.dv-groupview', { has: this.region(panel) });
  }

  /** Pictures of an element or the window, in both themes: `name-dark`, `name-light`. */
  async take(name, element = this.page) {
    for (const theme of ['dark', 'light']) {
      await this.page.emulateMedia({ colorScheme: theme });
      await this.rest();
      const png = await element.screenshot({ animations: 'disabled' });
      if (this.options.png) writeFileSync(join(this.options.out, `${name}-${theme}.png`), png);
      else writeFileSync(join(this.options.out, `${name}-${theme}.webp`), await this.webp(png));
    }
    await this.page.emulateMedia({ colorScheme: 'dark' });
    await this.rest();
  }

  async webp(png) {
    const base64 = await this.page.evaluate(
      async ([data, quality]) => {
        const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        canvas.getContext('2d').drawImage(bitmap, 0, 0);
        const blob = await canvas.convertToBlob({ type: 'image/webp', quality });
        const out = new Uint8Array(await blob.arrayBuffer());
        let text = '';
        for (const byte of out) text += String.fromCharCode(byte);
        return btoa(text);
      },
      [png.toString('base64'), WEBP_QUALITY],
    );
    return Buffer.from(base64, 'base64');
  }
}

/** Pictures that one visit can take: of one scene at one moment; one that changes something has a visit of its own. */
function groups(pictures) {
  const found = new Map();
  for (const picture of pictures) {
    const key = picture.before
      ? picture.name
      : `${picture.panel ? 'panel' : picture.name} ${picture.scene} ${picture.caption}`;
    found.set(key, [...(found.get(key) ?? []), picture]);
  }
  return [...found.values()];
}

function page(rows) {
  const lines = [
    '# Pictures',
    '',
    'Made by `npm run docs:pictures` from the built window. Left dark, right light.',
  ];
  for (const [title, list] of rows) {
    lines.push('', `## ${title}`);
    for (const { name, title: heading, says } of list) {
      const picture = theme =>
        `<img src="pictures/${name}-${theme}.webp" width="49%" alt="${heading}, ${theme}">`;
      lines.push('', `### ${heading}`, '', says, '', `${picture('dark')} ${picture('light')}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string', default: join(ROOT, 'docs', 'pictures') },
      only: { type: 'string' },
      png: { type: 'boolean', default: false },
      machine: { type: 'string', default: 'auto' },
      window: { type: 'string' },
    },
  });
  const progress = new Progress(process.stdout);
  await ensurePackages(progress);
  if (!values.window) await ensureBuilt(progress, ['window']);
  const browser = findBrowser();
  if (browser === null) throw new UserError('There is no browser to take pictures with.');
  mkdirSync(values.out, { recursive: true });
  const wanted = values.only?.split(',');
  const isWanted = ({ name }) => !wanted || wanted.includes(name);
  const { chromium } = await import('playwright');
  const served = await serveFolder(values.window ?? WINDOW_DIR);
  const program = await chromium.launch({ executablePath: browser, args: browserFlags('software') });
  const problems = [];
  try {
    for (const group of groups([...SCENE_PICTURES, ...PANEL_PICTURES].filter(isWanted))) {
      const context = await program.newContext({ viewport: SIZE, colorScheme: 'dark' });
      const tab = await context.newPage();
      tab.setDefaultTimeout(LONGEST_MS);
      tab.on('pageerror', error => problems.push(`${group[0].name}: ${error.message}`));
      const visitor = new Visitor(tab, served.url, values);
      await visitor.open(group[0].scene);
      if (group[0].caption !== undefined) await visitor.goToCaption(group[0].caption);
      for (const picture of group)
        await progress.step('picture', picture.name, async () => {
          await tab.setViewportSize(picture.size ?? SIZE);
          await visitor.rest();
          if (picture.select) await visitor.select(picture.select);
          await picture.before?.(visitor);
          await visitor.take(picture.name, picture.panel ? await visitor.fill(picture.panel) : tab);
          if (picture.panel) await visitor.command('Maximise');
        });
      await context.close();
    }
  } finally {
    await program.close();
    await served.close();
  }
  if (!values.png) {
    const rows = [
      ['Scenes', SCENE_PICTURES],
      ['Panels', PANEL_PICTURES],
    ];
    writeFileSync(join(values.out, '..', 'pictures.md'), page(rows));
  }
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

await runMain(main);
