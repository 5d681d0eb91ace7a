/**
 * Choosing where the app runs and on which adapter: Electron before a browser, hardware before software, each only if
 * it draws a pixel on a WebGPU canvas that reads back right.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { probeGpu } from '../shared/gpu_probe.mjs';
import { browserFlags, findBrowser, isRoot } from './browser.mjs';
import { endChild, runChild, startChild } from './child.mjs';
import { findElectron } from './electron_binary.mjs';
import { ELECTRON_MAIN } from './paths.mjs';
import { installAdvice } from './system_packages.mjs';
import { UserError } from './user_error.mjs';

const PROBE_MS = 30_000;

/** The kinds of adapter to try, best first. */
function kindsToTry(adapter) {
  return adapter === 'auto' ? ['hardware', 'software'] : [adapter];
}

/** Draw the pixel in a headless browser. */
async function probeBrowser(path, kind, labMode, url) {
  const { chromium } = await import('playwright');
  let browser;
  try {
    browser = await chromium.launch({
      executablePath: path,
      args: browserFlags(kind, labMode),
      timeout: PROBE_MS,
    });
    const page = await browser.newPage();
    await page.goto(url, { timeout: PROBE_MS });
    return await page.evaluate(probeGpu);
  } catch (error) {
    return { drawn: false, adapter: '', software: false, why: error.message.split('\n')[0] };
  } finally {
    await browser?.close();
  }
}

function electronFlags(kind, labMode) {
  return [
    ELECTRON_MAIN,
    `--adapter=${kind}`,
    ...(labMode ? ['--lab-mode'] : []),
    ...(isRoot() ? ['--no-sandbox'] : []),
  ];
}

async function probeElectron(path, kind, labMode) {
  const result = await runChild(path, [...electronFlags(kind, labMode), '--probe'], { limitMs: PROBE_MS });
  const line = result.stdout.split('\n').find(text => text.startsWith('{"drawn"'));
  if (line) return JSON.parse(line);
  const why = result.timedOut
    ? `no answer within ${PROBE_MS / 1000} s`
    : result.stderr.trim().split('\n').pop();
  return { drawn: false, adapter: '', software: false, why: `Electron did not start (${why})` };
}

/** Try the kinds in order. @returns the first that draws (with `kind`), and why the ones before it did not */
async function firstThatDraws(kinds, probe) {
  const refused = [];
  for (const kind of kinds) {
    const found = await probe(kind);
    // A software adapter found while looking for hardware is tried again with the flags that make its canvas work.
    if (found.drawn && !(kind === 'hardware' && found.software && kinds.includes('software'))) {
      return { ...found, kind, refused };
    }
    refused.push(
      `${kind}: ${found.drawn ? 'only a software adapter' : found.software ? 'no GPU, only a software adapter' : found.why}`,
    );
  }
  return { drawn: false, adapter: '', software: false, kind: kinds[kinds.length - 1], refused };
}

function gpuPhrase(gpu) {
  if (!gpu.drawn) return `no WebGPU (${gpu.refused.join('; ')}), so the host machine takes over`;
  const kind = gpu.software ? 'a software adapter' : 'hardware';
  const because = gpu.refused.length > 0 ? `; ${gpu.refused.join('; ')}` : '';
  return `${gpu.adapter}, ${kind}: it drew a pixel that read back right${because}`;
}

/**
 * The browser to use and what its GPU can do.
 * @param url a page of the served app, for a secure context
 * @throws UserError when there is no browser
 */
export async function chooseBrowser({ adapter, labMode }, url) {
  const path = findBrowser();
  if (path === null) throw new UserError(`There is no browser to run in. ${installAdvice(['chromium'])}`);
  const gpu = await firstThatDraws(kindsToTry(adapter), kind => probeBrowser(path, kind, labMode, url));
  if (adapter !== 'auto' && !gpu.drawn)
    throw new UserError(`--adapter ${adapter}: ${gpu.refused.join('; ')}.`);
  return { kind: 'browser', name: basename(path), path, gpu, gpuPhrase: gpuPhrase(gpu) };
}

/** Electron if it is there and starts, else a browser. @throws UserError when there is neither */
export async function chooseShell(options, url, progress) {
  let why = '';
  if (options.shell !== 'browser') {
    const electron = await findElectron(progress);
    why = electron.why;
    if (electron.path) {
      const kinds = kindsToTry(options.adapter);
      const gpu = await firstThatDraws(kinds, kind => probeElectron(electron.path, kind, options.labMode));
      if (gpu.drawn || options.shell === 'electron') {
        return {
          kind: 'electron',
          name: 'Electron',
          path: electron.path,
          gpu,
          why,
          gpuPhrase: gpuPhrase(gpu),
        };
      }
      why = `Electron does not draw here: ${gpu.refused.join('; ')}`;
    }
    if (options.shell === 'electron')
      throw new UserError(`Electron cannot be used: ${why}. Try --shell browser.`);
    why = `Electron: ${why}`;
  } else {
    why = 'asked for with --shell browser';
  }
  return { ...(await chooseBrowser(options, url)), why };
}

/** Open the window at an address and wait until it is closed; Electron takes a session file by itself. @returns exit code */
export async function openWindow(shell, address, { scene, file, labMode }, progress) {
  if (isRoot()) progress.line("Running as root, so the browser's sandbox is off (--no-sandbox).");
  if (shell.kind === 'electron') {
    const first = [`--scene=${scene}`, ...(file === undefined ? [] : [file])];
    const child = startChild(shell.path, [...electronFlags(shell.gpu.kind, labMode), ...first], {
      stdio: 'inherit',
    });
    return exitOf(child);
  }
  const profile = mkdtempSync(join(tmpdir(), 'gart-lab-'));
  const flags = [
    ...browserFlags(shell.gpu.kind, labMode),
    `--user-data-dir=${profile}`,
    '--window-size=1440,900',
    '--window-position=0,0',
  ];
  // The launcher has said it; the browser's bar would cover the window's head.
  if (isRoot()) flags.push('--test-type');
  const child = startChild(shell.path, [...flags, `--app=${address}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    said = (said + text).slice(-4000);
  });
  try {
    const code = await exitOf(child);
    if (code !== 0)
      progress.line(
        `${shell.name} ended with exit code ${code}.\n${said.trim().split('\n').slice(-5).join('\n')}`,
      );
    return code === 0 ? 0 : 1;
  } finally {
    await endChild(child);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function exitOf(child) {
  return new Promise(resolve => {
    child.on('error', () => resolve(127));
    child.on('exit', (code, signal) =>
      resolve(code ?? (signal === 'SIGTERM' || signal === 'SIGINT' ? 0 : 1)),
    );
  });
}
