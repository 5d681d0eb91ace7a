/** What the launcher (or a person) tells the shell on its command line. Unknown arguments belong to Chromium. */
export type AdapterKind = 'auto' | 'hardware' | 'software';

export interface ShellArguments {
  readonly adapter: AdapterKind;
  /** Scene to open, or null for the window's own choice. */
  readonly scene: string | null;
  /** Draw one pixel, print what was found as one JSON line, and end. */
  readonly probe: boolean;
}

function readValue(argv: readonly string[], name: string): string | undefined {
  return argv.find(argument => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
}

export function readShellArguments(argv: readonly string[]): ShellArguments {
  const adapter = readValue(argv, 'adapter');
  const scene = readValue(argv, 'scene');
  return {
    adapter: adapter === 'hardware' || adapter === 'software' ? adapter : 'auto',
    scene: scene !== undefined && /^[a-z0-9-]+$/.test(scene) ? scene : null,
    probe: argv.includes('--probe'),
  };
}

/** Chromium's switches for one kind of adapter, as [name, value]. */
export function gpuSwitches(adapter: AdapterKind, platform: string): readonly (readonly [string, string])[] {
  const switches: [string, string][] = [['enable-unsafe-webgpu', '']];
  if (adapter === 'software') {
    switches.push(
      ['use-webgpu-adapter', 'swiftshader'],
      ['enable-features', 'Vulkan'],
      ['use-vulkan', 'swiftshader'],
      ['use-angle', 'swiftshader'],
    );
  } else if (platform === 'linux') {
    switches.push(['enable-features', 'Vulkan']);
  }
  return switches;
}
