/**
 * The app as a person uses it. Projects:
 *   launcher         `npm start` and its flags, as child processes
 *   chromium         the window in a headless browser, WebGPU on the processor
 *   chromium-window  the same in a real window, where there is a display or Xvfb to make one
 *   electron         the desktop shell, where Electron's binary is present
 * A project that cannot run here says so in one line; nothing is skipped in silence.
 */
import { defineConfig } from '@playwright/test';
import { browserFlags, findBrowser } from '../electron/launcher/browser.mjs';
import { presentElectron } from '../electron/launcher/electron_binary.mjs';
import { canHaveDisplay } from './support/display.ts';

const browser = findBrowser();
const display = canHaveDisplay();
const electron = presentElectron();

/** Say once, in the process that plans the run, what cannot run here. */
function note(text: string): void {
  if (process.env.TEST_WORKER_INDEX === undefined) console.log(`note: ${text}`);
}
if (!browser)
  note('projects chromium and chromium-window do not run: no Chromium, Chrome or Edge is installed');
else if (!display) note('project chromium-window does not run: there is no display and no Xvfb');
if (!electron) note("project electron does not run: Electron's binary is not installed");

const launchOptions = { executablePath: browser ?? '', args: browserFlags('software') };
const use = { viewport: { width: 1440, height: 900 }, launchOptions };

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results',
  globalSetup: './support/global_setup.ts',
  fullyParallel: false,
  workers: 1,
  retries: 0,
  timeout: 60_000,
  // A window that does not come up would otherwise cost a minute per test.
  maxFailures: 6,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  projects: [
    { name: 'launcher', testMatch: 'launcher/*.spec.ts' },
    ...(browser
      ? [{ name: 'chromium', testMatch: 'window/*.spec.ts', use: { ...use, headless: true } }]
      : []),
    ...(browser && display
      ? [
          {
            name: 'chromium-window',
            testMatch: 'window/first_window.spec.ts',
            use: { ...use, headless: false },
          },
        ]
      : []),
    ...(electron ? [{ name: 'electron', testMatch: 'electron/*.spec.ts' }] : []),
  ],
});
