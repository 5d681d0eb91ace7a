/**
 * `doctor`: what the lab can run on here, and what is missing. The answers about shells come from the launcher, which is what
 * would open them. With --bundle a file with all of it, for a bug report.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { adapterInfo } from '../../hw/webgpu/adapter_limits.ts';
import { packageRoot } from '../assets.ts';
import { gatherDiagnostics } from '../diagnostics.ts';
import { createNodeGpuProvider } from '../gpu_provider_node.ts';
import { writeWhole } from '../option_values.ts';
import { printJson, printLine, say, UsageError } from '../outcome.ts';

/** Folders in which Vulkan drivers are described. */
const ICD_FOLDERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
/** Vulkan drivers that come with browsers. */
const BROWSER_ICDS = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
  '/opt/microsoft/msedge/vk_swiftshader_icd.json',
];

interface Launcher {
  findBrowser(): string | null;
  presentElectron(): string | null;
  findDisplay(): Promise<{ open: boolean; why: string }>;
  missingSystemPackages(): string[];
  installAdvice(missing: readonly string[]): string;
  browserFacts(): Promise<object>;
}

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** The launcher's own functions; it lies beside the bundle, outside of it. */
async function launcher(): Promise<Launcher> {
  const load = (name: string): Promise<Partial<Launcher>> =>
    import(pathToFileURL(join(packageRoot(), 'electron', 'launcher', name)).href) as Promise<
      Partial<Launcher>
    >;
  const parts = await Promise.all(
    ['browser.mjs', 'browser_facts.mjs', 'electron_binary.mjs', 'display.mjs', 'system_packages.mjs'].map(
      load,
    ),
  );
  return Object.assign({}, ...parts) as Launcher;
}

function vulkanDrivers(): string[] {
  const named = (process.env.VK_ICD_FILENAMES ?? '')
    .split(':')
    .filter(path => path !== '' && existsSync(path));
  const listed = ICD_FOLDERS.filter(existsSync).flatMap(folder =>
    readdirSync(folder)
      .filter(name => name.endsWith('.json'))
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      .map(name => join(folder, name)),
  );
  return [...new Set([...named, ...listed, ...BROWSER_ICDS.filter(existsSync)])];
}

async function webgpu(): Promise<{ ok: boolean; adapter: string; software: boolean; detail: string }> {
  const provider = createNodeGpuProvider();
  try {
    const adapter = await provider.requestAdapter();
    if (!adapter)
      return { ok: false, adapter: '', software: false, detail: `${provider.name} offers no adapter.` };
    const { name, software } = adapterInfo(adapter);
    return { ok: true, adapter: name, software, detail: `${name}${software ? ' (software)' : ''}` };
  } catch (error) {
    return { ok: false, adapter: '', software: false, detail: (error as Error).message };
  } finally {
    provider.release();
  }
}

interface Diagnosis {
  readonly ok: boolean;
  readonly shell: 'electron' | 'browser' | 'headless';
  readonly adapter: string;
  readonly software: boolean;
  readonly missing: readonly string[];
  readonly findings: readonly Finding[];
}

async function diagnose(find: Launcher): Promise<Diagnosis> {
  const electron = find.presentElectron();
  const browser = find.findBrowser();
  const display = await find.findDisplay();
  const drivers = vulkanDrivers();
  const gpu = await webgpu();
  const missing = find.missingSystemPackages();
  const findings: Finding[] = [
    { what: 'node', ok: true, detail: process.version },
    {
      what: 'electron',
      ok: electron !== null,
      detail: electron ?? 'its binary is not installed; a browser does as well',
    },
    { what: 'browser', ok: browser !== null, detail: browser ?? find.installAdvice(['chromium']) },
    { what: 'display', ok: display.open, detail: display.why },
    {
      what: 'vulkan',
      ok: drivers.length > 0 && !missing.includes('libvulkan1'),
      detail: missing.includes('libvulkan1')
        ? `the loader libvulkan.so.1 is missing. ${find.installAdvice(['libvulkan1'])}`
        : drivers.join(', ') || 'no driver (ICD) is installed',
    },
    { what: 'webgpu', ok: gpu.ok, detail: gpu.detail },
  ];
  return {
    ok: gpu.ok && (electron !== null || browser !== null),
    shell: display.open && electron ? 'electron' : display.open && browser ? 'browser' : 'headless',
    adapter: gpu.adapter,
    software: gpu.software,
    missing,
    findings,
  };
}

interface DoctorFlags {
  readonly json?: boolean;
  readonly bundle?: boolean;
  readonly out?: string;
  readonly session?: string;
}

/** Write the diagnostics file; with --json it goes to stdout instead, unless a file is named. */
async function writeBundle(find: Launcher, doctor: Diagnosis, flags: DoctorFlags): Promise<void> {
  say('Trying WebGPU in Node and in the browser, and playing the first scene; this takes some seconds.');
  const bundle = await gatherDiagnostics({
    doctor,
    browser: await find.browserFacts(),
    ...(flags.session !== undefined && { session: flags.session }),
    now: new Date(),
  });
  if (flags.json && flags.out === undefined) {
    printJson(bundle);
    return;
  }
  const out = flags.out ?? 'gart-lab-diagnostics.json';
  writeWhole(out, `${JSON.stringify(bundle, null, 2)}\n`);
  if (flags.json) printJson({ out });
  else printLine(`Wrote ${out}: personal paths and names are left out; read it before you attach it.`);
}

async function doctor(flags: DoctorFlags): Promise<void> {
  const { bundle, out, session } = flags;
  if (!bundle && (out !== undefined || session !== undefined))
    throw new UsageError(`--${out === undefined ? 'session' : 'out'} goes with --bundle.`);
  const find = await launcher();
  const found = await diagnose(find);
  if (bundle) {
    await writeBundle(find, found, flags);
    return;
  }
  if (flags.json) printJson(found);
  else {
    for (const { what, ok, detail } of found.findings)
      printLine(`${ok ? 'ok     ' : 'missing'}  ${what.padEnd(9)} ${detail}`);
    const on = found.adapter === '' ? 'the host machine' : `WebGPU on ${found.adapter}`;
    printLine(`npm start would use: ${found.shell}, ${on}`);
  }
  if (!found.ok) process.exitCode = 1;
}

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('say what shell, browser, GPU and drivers are here and what is missing')
    .option('--bundle', 'write a diagnostics file for a bug report, without personal paths and names')
    .option('--out <file>', 'with --bundle: where to (default gart-lab-diagnostics.json)')
    .option('--session <file>', 'with --bundle: a session that the report is about; its figures and digests')
    .option('--json', 'print one JSON text')
    .action(doctor);
}
