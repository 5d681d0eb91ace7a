/** Covers the sources of the real kernel on folders that look like /proc and debugfs; what is absent is said with its reason. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bufinfoSource } from './bufinfo_source.ts';
import { fdinfoSource } from './fdinfo_source.ts';

const capture = (name: string) =>
  fileURLToPath(new URL(`../../../assets/captures/${name}.txt`, import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'gart-lab-proc-'));

beforeAll(() => {
  mkdirSync(join(root, '7', 'fdinfo'), { recursive: true });
  mkdirSync(join(root, '8', 'fdinfo'), { recursive: true });
  writeFileSync(join(root, '7', 'fdinfo', '0'), 'pos:\t0\nflags:\t02\n');
  // A duplicate of the descriptor: the client counts once.
  for (const fd of ['5', '6']) copyFileSync(capture('xe-discrete.fdinfo'), join(root, '7', 'fdinfo', fd));
  copyFileSync(capture('integrated.fdinfo'), join(root, '7', 'fdinfo', '9'));
  writeFileSync(join(root, '8', 'fdinfo', '0'), 'pos:\t0\nflags:\t02\n');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('fdinfo of a process: bytes by region and key, each client once', () => {
  const source = fdinfoSource(7, root);
  expect(source.absent()).toBeNull();
  const sample = source.sample();
  expect(sample.get('vram0 resident')).toBe(23992 * 1024);
  expect(sample.get('system0 evicted')).toBe(12 * 1024);
  expect(sample.get('system0 purgeable')).toBe(1688 * 1024);
  expect(sample.get('system0 active')).toBe(64 * 1024);
});

test('a process without a DRM device, and one that does not exist, are absent with the reason', () => {
  const without = fdinfoSource(8, root);
  expect(without.absent()).toMatch(/no descriptor in .*fdinfo belongs to a DRM device/);
  expect(without.sample().size).toBe(0);
  expect(fdinfoSource(99, root).absent()).toMatch(/cannot be read \(ENOENT\)/);
});

test('bufinfo: bytes by exporter and in all; absent where debugfs is not mounted', () => {
  const source = bufinfoSource(capture('linux-6.12.bufinfo'));
  expect(source.absent()).toBeNull();
  expect([...source.sample()]).toEqual([
    ['drm', 8355840],
    ['system', 1048576],
    ['all', 9404416],
  ]);
  const none = bufinfoSource(join(root, 'dma_buf', 'bufinfo'));
  expect(none.absent()).toMatch(/cannot be read \(ENOENT\)/);
  expect(none.sample().size).toBe(0);
});
