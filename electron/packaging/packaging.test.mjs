/**
 * Covers `npm run dist`: the real electron-builder, asar and fuses on a stand-in for Electron's distribution (a binary that
 * holds the sentinel and a fuse wire). Does not cover that Electron starts from it; e2e/electron reads the fuses of the real
 * binary where it is present.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractFile, listPackage, statFile } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runChild } from '../launcher/child.mjs';
import { ROOT } from '../launcher/paths.mjs';
import { binaryWithFuses, makeStandInElectron } from '../testing/stand_in_electron.mjs';
import { checkFuses } from './check_fuses.mjs';
import { FUSE_BITS, FUSES } from './fuse_table.mjs';
import { checkPackedFiles } from './gather.mjs';
import { packageConfig } from './package_config.mjs';

const folder = mkdtempSync(join(tmpdir(), 'gart-lab-dist-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const dist = (...args) => runChild(process.execPath, [join(ROOT, 'electron/launcher/dist.mjs'), ...args]);
const onLinux = process.platform === 'linux' ? describe : describe.skip;

describe('the fuse table', () => {
  test('lets nothing in that runs or loads other code', () => {
    expect(FUSES).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  test('names each fuse at its place in the wire, none left out', async () => {
    const { FuseV1Options } = await import('@electron/fuses');
    for (const [name, bit] of Object.entries(FUSE_BITS))
      expect(FuseV1Options[bit].toLowerCase()).toBe(name.toLowerCase());
    expect(Object.keys(FUSES)).toEqual(Object.keys(FUSE_BITS));
  });
});

describe('the configuration', () => {
  const config = packageConfig({ out: 'o', electronVersion: '1', electronDist: 'd' });

  test('each system gets its installer and an icon that is there', () => {
    expect([config.linux.target, config.mac.target, config.win.target]).toEqual([
      ['AppImage', 'deb'],
      ['dmg'],
      ['nsis'],
    ]);
    for (const { icon } of [config.linux, config.mac, config.win]) expect(existsSync(icon), icon).toBe(true);
    expect(readFileSync(config.mac.icon).subarray(0, 4).toString()).toBe('icns');
    expect([...readFileSync(config.win.icon).subarray(0, 4)]).toEqual([0, 0, 1, 0]);
  });

  test('the app is one asar whose integrity is written into the binary, where the system can check it', () => {
    expect(config.asar).toBe(true);
    expect(config).not.toHaveProperty('disableAsarIntegrity');
    expect(config.electronFuses).toEqual(FUSES);
  });

  test('sessions open by double click, and no start command leaves the sandbox', () => {
    expect(config.fileAssociations[0]).toMatchObject({ ext: 'gartlab', mimeType: 'application/x-gartlab' });
    expect(JSON.stringify(config)).not.toContain('no-sandbox');
  });
});

describe('reading fuses', () => {
  test('as Electron ships them: each that differs is named', async () => {
    const path = join(folder, 'shipped');
    writeFileSync(path, binaryWithFuses());
    const { checked, wrong } = await checkFuses(path);
    expect(checked).toBe(8);
    expect(wrong).toContain('Fuse runAsNode is on and must be off.');
    expect(wrong).toContain('Fuse onlyLoadAppFromAsar is off and must be on.');
    expect(wrong).toHaveLength(7);
  });

  test('a fuse that was removed is not what was wanted', async () => {
    const path = join(folder, 'removed');
    writeFileSync(path, binaryWithFuses('0r001100'));
    expect((await checkFuses(path)).wrong).toEqual([
      'Fuse enableCookieEncryption is removed and must be on.',
    ]);
  });

  test('a file without the sentinel: said, not passed', async () => {
    const path = join(folder, 'no-sentinel');
    writeFileSync(path, 'nothing');
    expect(await checkFuses(path)).toMatchObject({
      checked: 0,
      wrong: [expect.stringContaining('cannot be read')],
    });
  });
});

describe('the list of files', () => {
  const good = ['package.json', 'LICENSE', 'electron/main.cjs', 'electron/preload.cjs', 'window/index.html'];

  test('of the app: nothing to say', () => {
    expect(checkPackedFiles(good)).toEqual([]);
  });

  test.each([
    'core/mm/vma.ts',
    'window/assets/index.js.map',
    'electron/main.test.cjs',
    'node_modules/three/index.js',
    'dist/.build.lock/pid',
    'window/.sources',
    'e2e/window/first_window.spec.ts',
    'assets/transcripts/a.jsonl',
  ])('%s is refused', path => {
    expect(checkPackedFiles([...good, path]).join()).toContain(path);
  });

  test('without the page: said', () => {
    expect(checkPackedFiles(good.slice(0, 4))).toEqual(['window/index.html is missing in the package.']);
  });
});

describe('bad usage', () => {
  test('a folder that is no distribution: exit code 2, and what is not there', async () => {
    const { code, stderr } = await dist('--dir', '--electron', folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/there is no electron.* in it/i);
  });

  test('an unknown option: exit code 2 and the usage', async () => {
    const { code, stderr } = await dist('--everything');
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: npm run dist');
  });
});

onLinux('npm run dist -- --dir with a stand-in for Electron', () => {
  const out = join(folder, 'packages');
  const unpacked = join(out, 'linux-unpacked');
  let result;

  beforeAll(async () => {
    await makeStandInElectron(join(folder, 'electron'), '45.4.1');
    result = await dist('--dir', '--electron', join(folder, 'electron'), '--out', out);
  }, 180_000);

  test('ends well and says what it checked', () => {
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/Files: \d+ in app\.asar/);
    expect(result.stdout).toContain('Fuses: 8 of 8 as the table says');
  });

  test('the layout: the executable under its own name, one app.asar, no page of Electron, one language', () => {
    expect(statSync(join(unpacked, 'gart-lab')).mode & 0o111).not.toBe(0);
    expect(existsSync(join(unpacked, 'electron'))).toBe(false);
    expect(readdirSync(join(unpacked, 'resources'))).toEqual(['app.asar']);
    expect(readdirSync(join(unpacked, 'locales'))).toEqual(['en-US.pak']);
    expect(existsSync(join(unpacked, 'LICENSE.electron.txt'))).toBe(true);
  });

  test('app.asar holds the shell, the window and nothing of tests, sources or locks', () => {
    const asar = join(unpacked, 'resources', 'app.asar');
    const paths = listPackage(asar, { isPack: false }).map(path => path.replace(/^\//, ''));
    const files = paths.filter(path => !('files' in statFile(asar, path)));
    expect(checkPackedFiles(files)).toEqual([]);
    expect(paths.filter(path => !path.includes('/')).sort()).toEqual([
      'LICENSE',
      'electron',
      'package.json',
      'window',
    ]);
    expect(files.filter(path => path.startsWith('electron/'))).toEqual([
      'electron/main.cjs',
      'electron/preload.cjs',
    ]);
  });

  test('the preload needs nothing but Electron, the shell nothing but Electron and Node: no package, as none is packed', () => {
    const asar = join(unpacked, 'resources', 'app.asar');
    const needs = name => {
      const text = extractFile(asar, `electron/${name}.cjs`).toString();
      return new Set([...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(match => match[1]));
    };
    expect([...needs('preload')]).toEqual(['electron']);
    for (const each of needs('main')) expect(each).toMatch(/^(electron$|node:)/);
  });

  test('the fuses of the packed binary are as the table says', async () => {
    expect(await checkFuses(join(unpacked, 'gart-lab'))).toEqual({ checked: 8, wrong: [] });
  });
});
