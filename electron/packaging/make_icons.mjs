/**
 * Draws the app's icons from assets/icons/app.svg in the forms that systems want: PNG for Linux, ICO for Windows, ICNS for
 * macOS. Run by hand when the drawing changes: node electron/packaging/make_icons.mjs
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { findBrowser, isRoot } from '../launcher/browser.mjs';
import { ROOT } from '../launcher/paths.mjs';

const ICONS = join(ROOT, 'assets', 'icons');
const PNG_SIZES = [16, 32, 48, 64, 128, 256, 512];
const ICO_SIZES = [16, 32, 48, 64, 128, 256];
/** Type of each picture in an ICNS file. */
const ICNS_TYPES = { ic11: 32, ic12: 64, ic07: 128, ic13: 256, ic08: 256, ic14: 512, ic09: 512, ic10: 1024 };

async function drawAll(sizes) {
  const svg = readFileSync(join(ICONS, 'app.svg'), 'utf8');
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  // Without a GPU: edges are smoothed as in print.
  const args = ['--disable-gpu', ...(isRoot() ? ['--no-sandbox'] : [])];
  const browser = await chromium.launch({ executablePath: findBrowser(), args });
  try {
    const page = await browser.newPage({ viewport: { width: 1024, height: 1024 } });
    const pictures = new Map();
    for (const size of sizes) {
      await page.setContent(
        `<body style="margin:0"><img src="${source}" width="${size}" height="${size}"></body>`,
      );
      const clip = { x: 0, y: 0, width: size, height: size };
      pictures.set(size, await page.screenshot({ omitBackground: true, clip }));
    }
    return pictures;
  } finally {
    await browser.close();
  }
}

/** ICO: a directory of 16 bytes an entry, then the PNGs. */
function ico(pictures) {
  const entries = ICO_SIZES.map(size => pictures.get(size));
  const head = Buffer.alloc(6 + 16 * entries.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(entries.length, 4);
  let at = head.length;
  for (const [i, png] of entries.entries()) {
    const entry = 6 + 16 * i;
    head[entry] = head[entry + 1] = ICO_SIZES[i] % 256;
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(png.length, entry + 8);
    head.writeUInt32LE(at, entry + 12);
    at += png.length;
  }
  return Buffer.concat([head, ...entries]);
}

/** ICNS: blocks of a type, a big-endian length with its head, and a PNG. */
function icns(pictures) {
  const block = (type, content) => {
    const head = Buffer.alloc(8);
    head.write(type, 'ascii');
    head.writeUInt32BE(content.length + 8, 4);
    return Buffer.concat([head, content]);
  };
  const blocks = Object.entries(ICNS_TYPES).map(([type, size]) => block(type, pictures.get(size)));
  return block('icns', Buffer.concat(blocks));
}

const pictures = await drawAll([...new Set([...PNG_SIZES, ...ICO_SIZES, ...Object.values(ICNS_TYPES)])]);
mkdirSync(join(ICONS, 'linux'), { recursive: true });
for (const size of PNG_SIZES) writeFileSync(join(ICONS, 'linux', `${size}x${size}.png`), pictures.get(size));
writeFileSync(join(ICONS, 'icon.ico'), ico(pictures));
writeFileSync(join(ICONS, 'icon.icns'), icns(pictures));
