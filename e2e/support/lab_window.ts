/** The window as a person sees it: opened on a scene, driven by accessible names, read as text. */
import { expect, type Locator, type Page } from '@playwright/test';
import { countColours, DRAWN_COLOURS } from '../../electron/launcher/picture_check.mjs';

export const REGIONS = [
  'Tasks',
  'Objects',
  'Files',
  'Memory view',
  'Inspector',
  'Timeline',
  'Charts',
  'Console',
] as const;

/** Every panel there is, by its accessible name. */
export const PANELS = [
  ...REGIONS,
  'Ring and status page',
  'Framebuffer',
  'Log',
  'Scenes',
  'Captions',
  'Differences',
  'SQL',
  'Help',
  'Profiler',
  'Experiments',
  'Conformance',
] as const;

/** For tests to which neither GPU memory nor the drawing in 3D matters: the host machine and a plain canvas, which open quickly. */
export const QUICK = '&machine=host&painter=canvas';

export class LabWindow {
  /** What the page reported as errors. */
  readonly errors: string[] = [];
  /** What the content security policy refused; looked at whenever the window rests. */
  readonly policyReports: string[] = [];

  private constructor(readonly page: Page) {
    page.on('pageerror', error => this.errors.push(error.message));
    page.on('console', message => {
      if (message.type() === 'error') this.errors.push(message.text());
      if (/content security policy/i.test(message.text())) this.policyReports.push(message.text());
    });
  }

  /** Open the window at full speed and wait until it rests. @param query more of the address, `&machine=host` */
  static async open(page: Page, scene: string, query = ''): Promise<LabWindow> {
    const lab = new LabWindow(page);
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', report => {
        console.error(
          `Content Security Policy: ${report.effectiveDirective} refused ${report.blockedURI} in ${report.sourceFile}`,
        );
      });
    });
    await page.goto(`${process.env.GART_LAB_URL}?scene=${scene}&speed=max${query}`);
    await page.waitForFunction(() => typeof window.waitForLabIdle === 'function');
    await lab.rest();
    return lab;
  }

  /** Wait until nothing is pending, drawn or moving. Fails when the content security policy had to refuse something. */
  async rest(): Promise<void> {
    await this.page.evaluate(() => window.waitForLabIdle());
    expect(this.policyReports).toEqual([]);
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async press(name: string): Promise<void> {
    await this.button(name).click();
    await this.rest();
  }

  /** Run a command by its name in the palette. */
  async command(words: string): Promise<void> {
    await this.page.keyboard.press('Control+K');
    await this.page.keyboard.type(words);
    await this.page.keyboard.press('Enter');
    await this.rest();
  }

  region(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  /** Where the window says what failed. */
  get failures(): Locator {
    return this.page.getByRole('alert', { name: 'Failures' });
  }

  /** Where the window says what a person should know. */
  get notices(): Locator {
    return this.page.getByRole('status', { name: 'Notices' });
  }

  get consoleLine(): Locator {
    return this.page.getByRole('combobox', { name: 'Console line' });
  }

  /** Type a line into the console and wait until it is done. */
  async type(line: string): Promise<void> {
    await this.consoleLine.fill(line);
    await this.consoleLine.press('Enter');
    await this.rest();
  }

  get budget(): Locator {
    return this.page.getByRole('slider', { name: 'Budget' });
  }

  /** The lab's worker ends as if it had crashed. */
  async endLab(): Promise<void> {
    const lab = this.page.workers().find(worker => worker.url().includes('lab_worker'))!;
    await lab.evaluate(() => self.close()).catch(() => undefined);
  }

  /** Inputs done and inputs of the scene, from the status bar. */
  async inputs(): Promise<{ done: number; of: number }> {
    const item = this.page.getByRole('contentinfo').getByText(/^input /);
    const text = ((await item.textContent()) ?? '').replace(/[\s\u00a0\u202f,]+/g, ' ');
    const match = /^input (\d[\d ]*) of (\d[\d ]*)$/.exec(text);
    expect(match, `the status bar says: ${text}`).not.toBeNull();
    const number = (digits: string | undefined) => Number((digits ?? '').replaceAll(' ', ''));
    return { done: number(match?.[1]), of: number(match?.[2]) };
  }

  /** The memory view shows something: a drawing with many colours, and the names of the memories beside it. */
  async expectDrawn(): Promise<void> {
    const view = this.region('Memory view');
    for (const name of ['VRAM', 'TT', 'SYSTEM', 'SWAP']) await expect(view).toContainText(name);
    const png = (await view.locator('canvas').screenshot()).toString('base64');
    expect(await this.page.evaluate(countColours, png)).toBeGreaterThan(DRAWN_COLOURS);
  }

  /** Nothing failed: no error of the page, no sentence in the window. */
  async expectNoFailure(): Promise<void> {
    await expect(this.failures).toHaveText('');
    expect(this.errors).toEqual([]);
  }
}
