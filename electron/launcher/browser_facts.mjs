/** What the browser is that the window would run in, and what WebGPU it has: for the diagnostics of `doctor --bundle`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeGpu } from '../shared/gpu_probe.mjs';
import { browserFlags, findBrowser } from './browser.mjs';
import { serveFolder } from './serve.mjs';

const LIMIT_MS = 30_000;

/** Runs in a page: everything that its adapter says of itself. */
async function adapterInPage() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return null;
  const limits = {};
  for (const name in adapter.limits) limits[name] = adapter.limits[name];
  const { vendor, architecture, device, description } = adapter.info;
  return { vendor, architecture, device, description, features: [...adapter.features].sort(), limits };
}

async function factsOf(path, kind, url) {
  const { chromium } = await import('playwright');
  const flags = browserFlags(kind);
  let browser;
  try {
    browser = await chromium.launch({ executablePath: path, args: flags, timeout: LIMIT_MS });
    const page = await browser.newPage();
    await page.goto(url, { timeout: LIMIT_MS });
    const [pixel, adapter] = [await page.evaluate(probeGpu), await page.evaluate(adapterInPage)];
    return { flags, version: browser.version(), pixel, adapter };
  } catch (error) {
    return { flags, failed: error.message.split('\n')[0] };
  } finally {
    await browser?.close();
  }
}

/** @returns {Promise<object>} the browser's path, and for each kind of adapter the flags, the version, a pixel drawn and the adapter */
export async function browserFacts() {
  const path = findBrowser();
  if (path === null) return { missing: 'no Chromium, Chrome or Edge is installed' };
  // Any page of loopback is a secure context; this one is empty.
  const folder = mkdtempSync(join(tmpdir(), 'gart-lab-facts-'));
  const served = await serveFolder(folder);
  try {
    const [hardware, software] = [
      await factsOf(path, 'hardware', served.url),
      await factsOf(path, 'software', served.url),
    ];
    return { path, hardware, software };
  } finally {
    await served.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
