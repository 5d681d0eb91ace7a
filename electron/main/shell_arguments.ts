/** What the launcher (or a person) tells the shell on its command line. Unknown arguments belong to Chromium. */
import { resolve } from 'node:path';
import { SOFTWARE_SWITCHES } from '../shared/software_switches.mjs';
import { isOpenable } from './opened_file.ts';

export type AdapterKind = 'auto' | 'hardware' | 'software';

export interface ShellArguments {
  readonly adapter: AdapterKind;
  /** Scene to open, or null for the window's own choice. */
  readonly scene: string | null;
  /** Draw one pixel, print what was found as one JSON line, and end. */
  readonly probe: boolean;
  /** WebGPU with developer flags; only when asked. */
  readonly labMode: boolean;
  /** Chromium's sandbox is off. */
  readonly noSandbox: boolean;
  /** Files to open, absolute. */
  readonly files: readonly string[];
}

function readValue(argv: readonly string[], name: string): string | undefined {
  return argv.find(argument => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
}

/** @param folder what relative paths are relative to */
export function readShellArguments(argv: readonly string[], folder: string): ShellArguments {
  const adapter = readValue(argv, 'adapter');
  const scene = readValue(argv, 'scene');
  return {
    adapter: adapter === 'hardware' || adapter === 'software' ? adapter : 'auto',
    scene: scene !== undefined && /^[a-z0-9-]+$/.test(scene) ? scene : null,
    probe: argv.includes('--probe'),
    labMode: argv.includes('--lab-mode'),
    noSandbox: argv.includes('--no-sandbox'),
    files: argv
      .slice(1)
      .filter(argument => !argument.startsWith('-') && isOpenable(argument))
      .map(argument => resolve(folder, argument)),
  };
}

/** Chromium's switches for one kind of adapter, as [name, value]. Developer flags come with lab mode only. */
export function gpuSwitches(
  { adapter, labMode }: Pick<ShellArguments, 'adapter' | 'labMode'>,
  platform: string,
): readonly (readonly [string, string])[] {
  const switches: (readonly [string, string])[] = [];
  // On Linux, and on the processor anywhere, WebGPU is not offered without this one.
  if (labMode || platform === 'linux' || adapter === 'software') switches.push(['enable-unsafe-webgpu', '']);
  if (labMode) switches.push(['enable-webgpu-developer-features', '']);
  if (adapter === 'software') {
    switches.push(...SOFTWARE_SWITCHES);
  } else if (platform === 'linux') {
    switches.push(['enable-features', 'Vulkan']);
  }
  return switches;
}

/** The arguments to start the app again in or out of lab mode; files to open are not opened a second time. */
export function argumentsForLabMode(argv: readonly string[], labMode: boolean): string[] {
  const kept = argv.slice(1).filter(argument => argument !== '--lab-mode' && !isOpenable(argument));
  return labMode ? [...kept, '--lab-mode'] : kept;
}

/** Why the app does not start without Chromium's sandbox, or null if it may. */
export function sandboxRefusal(
  noSandbox: boolean,
  { packaged, uid }: { readonly packaged: boolean; readonly uid: number | undefined },
): string | null {
  if (!noSandbox) return null;
  if (packaged) {
    return 'GART Lab does not run without its sandbox: --no-sandbox was given, by hand or by a start script that found no user namespaces. Allow them (sysctl kernel.unprivileged_userns_clone=1), or use the .deb package, which brings a sandbox of its own.';
  }
  return uid === 0 ? null : '--no-sandbox is only for root; start without it.';
}
