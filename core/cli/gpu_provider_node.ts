/**
 * The GPU in Node: Dawn from the npm package `webgpu`.
 *
 * Traps      what create() returned must stay referenced as long as a device lives, or mapAsync crashes the process; and
 *            must be let go at the end, or Node does not exit. A Vulkan driver that is too old for Dawn offers no adapter:
 *            then the software Vulkan that comes with Chromium is tried
 */
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { GpuError } from '../hw/gpu_error.ts';
import type { GpuProvider } from '../hw/ports.ts';
import { adapterInfo } from '../hw/webgpu/adapter_limits.ts';

/** Vulkan drivers (ICD files) of installed browsers, tried when the system's own drivers offer nothing. */
const SOFTWARE_DRIVERS = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
  '/opt/microsoft/msedge/vk_swiftshader_icd.json',
];

const INSTALL_HINT =
  'on Debian or Ubuntu install the packages libvulkan1 and chromium (its software Vulkan is used), or a Vulkan driver for your GPU';

const HARDWARE_HINT =
  'install a Vulkan driver for your GPU (and on Debian or Ubuntu the package libvulkan1), or leave --adapter out';

export interface NodeGpuOptions {
  /** `hardware` or `software` to insist on one; without it hardware is preferred. */
  readonly prefer?: 'hardware' | 'software';
  /** Options of Dawn, `disable-dawn-features=timestamp_quantization`. */
  readonly flags?: readonly string[];
}

/** Dawn for this process; nothing is loaded before the first request. */
export function createNodeGpuProvider(options: NodeGpuOptions = {}): GpuProvider {
  return new NodeGpuProvider(options);
}

class NodeGpuProvider implements GpuProvider {
  readonly name = 'WebGPU of Dawn (npm package webgpu)';
  /** Referenced as long as devices may live. */
  private gpu: GPU | undefined;

  constructor(private readonly options: NodeGpuOptions) {}

  async requestAdapter(): Promise<GPUAdapter | undefined> {
    if (this.gpu !== undefined) {
      const again = await this.gpu.requestAdapter({ powerPreference: 'high-performance' });
      if (again !== null) return again;
    }
    let create: (flags: string[]) => GPU;
    try {
      ({ create } = await import('webgpu'));
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      throw new GpuError('no-adapter', `WebGPU for Node could not be loaded (${reason}); ${INSTALL_HINT}.`);
    }
    for (const driver of this.driversToTry()) {
      const adapter = await this.tryDriver(create, driver);
      if (adapter !== undefined) return adapter;
    }
    const which =
      this.options.prefer === undefined ? 'WebGPU adapter' : `${this.options.prefer} WebGPU adapter`;
    const hint = this.options.prefer === 'hardware' ? HARDWARE_HINT : INSTALL_HINT;
    throw new GpuError('no-adapter', `No ${which} was found; ${hint}.`);
  }

  /** Vulkan drivers in order; undefined stands for whatever the system has. */
  private driversToTry(): (string | undefined)[] {
    const { prefer } = this.options;
    const isChosen = process.env.VK_ICD_FILENAMES !== undefined;
    const software = isChosen ? [] : SOFTWARE_DRIVERS.filter(driver => existsSync(driver));
    if (prefer === 'hardware') return [undefined];
    if (prefer === 'software') return [...software, undefined];
    // A system driver that finds no device complains on stderr: with no device in sight it is asked last.
    return hasGpuDevice() || isChosen ? [undefined, ...software] : [...software, undefined];
  }

  private async tryDriver(
    create: (flags: string[]) => GPU,
    driver: string | undefined,
  ): Promise<GPUAdapter | undefined> {
    const restore = setEnvironment({
      ...(driver === undefined ? {} : { VK_ICD_FILENAMES: driver }),
      // Without it Vulkan's window-system layer complains on stderr, although nothing is drawn in a window.
      ...(process.env.XDG_RUNTIME_DIR === undefined ? { XDG_RUNTIME_DIR: tmpdir() } : {}),
    });
    try {
      const gpu = create([...(this.options.flags ?? [])]);
      const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
      if (adapter === null) return undefined;
      if (this.options.prefer === 'hardware' && adapterInfo(adapter).software) return undefined;
      this.gpu = gpu;
      return adapter;
    } finally {
      // Devices opened later load the same driver, which Dawn has open by now.
      restore();
    }
  }

  release(): void {
    this.gpu = undefined;
  }
}

/** False only where it is certain that there is no GPU: on Linux without any render node. */
function hasGpuDevice(): boolean {
  if (process.platform !== 'linux') return true;
  if (existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')) return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some(name => name.startsWith('renderD'));
}

/** Set variables of this process. @returns what puts the old values back */
function setEnvironment(values: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(values).map(name => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
