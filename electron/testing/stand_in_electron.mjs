/**
 * A folder in the shape of an unpacked Electron distribution for Linux, without Electron in it: its binary is a file that holds
 * what @electron/fuses looks for, a sentinel and a wire of fuses in the states that Electron ships.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPackage } from '@electron/asar';

const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** As shipped: everything that helps a developer is on. */
const SHIPPED_WIRE = '10110001';

/** The bytes of a file with a fuse wire in the middle. @param wire '0' off, '1' on, 'r' removed, by position */
export function binaryWithFuses(wire = SHIPPED_WIRE) {
  return Buffer.concat([
    Buffer.from('\x7fELF, but not really. '),
    Buffer.alloc(500, 7),
    Buffer.from(SENTINEL),
    Buffer.from([1, wire.length]),
    Buffer.from(wire),
    Buffer.alloc(100, 9),
  ]);
}

/** @param folder is made */
export async function makeStandInElectron(folder, version) {
  const page = join(folder, 'default_app');
  for (const each of ['resources', 'locales', 'default_app'])
    mkdirSync(join(folder, each), { recursive: true });
  writeFileSync(join(folder, 'electron'), binaryWithFuses(), { mode: 0o755 });
  writeFileSync(join(folder, 'chrome-sandbox'), 'stand-in', { mode: 0o755 });
  writeFileSync(join(folder, 'version'), version);
  for (const each of [
    'LICENSE',
    'LICENSES.chromium.html',
    'icudtl.dat',
    'locales/en-US.pak',
    'locales/de.pak',
  ])
    writeFileSync(join(folder, each), 'stand-in');
  writeFileSync(join(page, 'index.html'), 'the page that Electron shows without an app');
  await createPackage(page, join(folder, 'resources', 'default_app.asar'));
  rmSync(page, { recursive: true });
}
