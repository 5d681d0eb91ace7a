/**
 * What npm cannot bring: a browser and the Vulkan loader. On Debian and Ubuntu as root they are installed with apt-get;
 * everywhere else the launcher says what to install and goes on with what is there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { findBrowser, isRoot } from './browser.mjs';
import { runChild } from './child.mjs';
import { withLock } from './lock.mjs';

const LOADERS = [
  '/usr/lib/x86_64-linux-gnu/libvulkan.so.1',
  '/usr/lib/aarch64-linux-gnu/libvulkan.so.1',
  '/usr/lib/arm-linux-gnueabihf/libvulkan.so.1',
  '/usr/lib64/libvulkan.so.1',
  '/usr/lib/libvulkan.so.1',
];

/** Debian packages that are missing here; empty on other systems unless the browser is missing. */
export function missingSystemPackages() {
  const missing = [];
  if (findBrowser() === null) missing.push('chromium');
  if (process.platform === 'linux' && !LOADERS.some(path => existsSync(path))) missing.push('libvulkan1');
  return missing;
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** One sentence that says what to install and how. */
export function installAdvice(missing) {
  const browser = missing.includes('chromium');
  if (process.platform === 'linux' && isDebian())
    return `Install it with: sudo apt-get install ${missing.join(' ')}`;
  if (process.platform === 'linux') {
    return `Install ${browser ? 'Chromium, Chrome or Edge' : ''}${browser && missing.length > 1 ? ' and ' : ''}${missing.includes('libvulkan1') ? 'the Vulkan loader (libvulkan.so.1)' : ''} with the package manager of this system.`;
  }
  return 'Install Google Chrome, Microsoft Edge or Chromium.';
}

/** Install what is missing where we may; otherwise say what to install. Never throws. @returns what is still missing */
export async function ensureSystemPackages(progress) {
  let missing = missingSystemPackages();
  if (missing.length === 0) return missing;
  if (process.platform === 'linux' && isDebian() && isRoot()) {
    await withLock('system', async () => {
      missing = missingSystemPackages();
      if (missing.length === 0) return;
      await progress.step('download', `apt-get install ${missing.join(' ')}`, async () => {
        const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
        const install = ['install', '-y', '--no-install-recommends', ...missing];
        const apt = args =>
          runChild('apt-get', ['-o', 'Acquire::Retries=1', '-o', 'DPkg::Lock::Timeout=120', ...args], {
            env,
          });
        let result = await apt(install);
        if (result.code !== 0) {
          await apt(['update']);
          result = await apt(install);
        }
        if (result.code !== 0) {
          const last = result.stderr.trim().split('\n').slice(-2).join(' ');
          progress.line(`  apt-get install ${missing.join(' ')} failed: ${last}`);
        }
      });
    });
    missing = missingSystemPackages();
  }
  if (missing.length > 0) progress.line(`  Missing: ${missing.join(', ')}. ${installAdvice(missing)}`);
  return missing;
}
