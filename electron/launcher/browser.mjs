/** Finding an installed Chromium, Chrome or Edge, and the flags it needs for WebGPU. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SOFTWARE_SWITCHES } from '../shared/software_switches.mjs';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
  'msedge',
];

const PLACES = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap(name => {
    const base = process.env[name];
    if (!base) return [];
    return [
      join(base, 'Google/Chrome/Application/chrome.exe'),
      join(base, 'Microsoft/Edge/Application/msedge.exe'),
    ];
  }),
  linux: ['/usr/lib/chromium/chromium', '/opt/google/chrome/chrome', '/snap/bin/chromium'],
};

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a browser, or null. GART_LAB_BROWSER names one outright. */
export function findBrowser() {
  const given = process.env.GART_LAB_BROWSER;
  if (given) return isProgram(given) ? given : null;
  const ending = process.platform === 'win32' ? '.exe' : '';
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .flatMap(folder => NAMES.map(name => join(folder, name + ending)));
  return [...onPath, ...(PLACES[process.platform] ?? [])].find(isProgram) ?? null;
}

export function isRoot() {
  return process.getuid?.() === 0;
}

const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
];

/** WebGPU on the processor. */
const SOFTWARE = [
  '--enable-unsafe-webgpu',
  ...SOFTWARE_SWITCHES.map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`)),
];

/** On Linux Chromium offers no WebGPU without these; elsewhere a GPU needs nothing. */
const HARDWARE = process.platform === 'linux' ? ['--enable-unsafe-webgpu', '--enable-features=Vulkan'] : [];

/** WebGPU for developers: finer timestamps, features that are not final. Only when asked. */
const LAB_MODE = ['--enable-unsafe-webgpu', '--enable-webgpu-developer-features'];

/** Flags for one kind of adapter: 'hardware' or 'software'. @param labMode with developer flags of WebGPU */
export function browserFlags(adapter, labMode = false) {
  return [
    ...new Set([
      ...QUIET,
      ...(isRoot() ? ['--no-sandbox'] : []),
      ...(adapter === 'software' ? SOFTWARE : HARDWARE),
      ...(labMode ? LAB_MODE : []),
    ]),
  ];
}
