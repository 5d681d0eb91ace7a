/**
 * What a machine description needs from an adapter; an adapter that cannot hold it is refused, never silently shrunk.
 */
import type { Bytes } from '../../base/units.ts';
import { type VramLayout, vramHeapSizes } from '../expected_bytes.ts';
import { GpuError } from '../gpu_error.ts';
import type { AdapterInfo } from '../machine.ts';
import { type MachineDescription, vramBytesOf } from '../machine_description.ts';

/** The adapter as people should read it. */
export function adapterInfo(adapter: GPUAdapter): AdapterInfo {
  const { info } = adapter;
  const name =
    info.description || info.device || `${info.vendor} ${info.architecture}`.trim() || 'unnamed adapter';
  const software =
    info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${name} ${info.architecture}`);
  return { name, software, vendor: info.vendor, architecture: info.architecture };
}

/**
 * The device descriptor for a machine.
 *
 * @throws GpuError no-adapter, naming the limit with what the adapter has and what the machine needs
 */
export function deviceDescriptor(
  adapter: GPUAdapter,
  machine: MachineDescription,
  layout: VramLayout,
): GPUDeviceDescriptor {
  const heaps = vramHeapSizes(machine);
  const largest: Bytes = Math.max(
    layout === 'paged' ? Math.max(...heaps, 0) : vramBytesOf(machine),
    machine.ttBytes,
    machine.gartEntries * 4,
  );
  // Data buffers, mirror, GART table, jobs, results.
  const bindings = (layout === 'paged' ? heaps.length + (machine.ttBytes > 0 ? 2 : 0) : 1) + 2;
  const needs = {
    maxBufferSize: largest,
    maxStorageBufferBindingSize: largest,
    maxStorageBuffersPerShaderStage: bindings,
  };
  for (const [limit, needed] of Object.entries(needs)) {
    const has = adapter.limits[limit as keyof typeof needs];
    if (has < needed) {
      throw new GpuError(
        'no-adapter',
        `The adapter "${adapterInfo(adapter).name}" has ${limit} ${has}; the machine ${machine.name} in the ${layout} layout needs ${needed}.`,
      );
    }
  }
  return {
    label: `gart lab ${machine.name}`,
    requiredLimits: {
      maxBufferSize: adapter.limits.maxBufferSize,
      maxStorageBufferBindingSize: adapter.limits.maxStorageBufferBindingSize,
    },
  };
}
