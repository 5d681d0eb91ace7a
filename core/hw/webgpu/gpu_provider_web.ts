/** The GPU of a browser: `navigator.gpu` of the worker or window this runs in. */
import { GpuError } from '../gpu_error.ts';
import type { GpuProvider } from '../ports.ts';

/**
 * @param gpu   navigator.gpu; undefined where the browser has no WebGPU
 * @param power which adapter to prefer on a machine with two
 */
export function createWebGpuProvider(
  gpu: GPU | undefined,
  power: GPUPowerPreference = 'high-performance',
): GpuProvider {
  return {
    name: 'WebGPU of the browser',
    async requestAdapter() {
      if (gpu === undefined) {
        throw new GpuError(
          'no-adapter',
          'This browser has no WebGPU (navigator.gpu is missing); Chrome or Edge 113 or newer has it, Chromium on Linux with --enable-unsafe-webgpu.',
        );
      }
      return (await gpu.requestAdapter({ powerPreference: power })) ?? undefined;
    },
    release() {},
  };
}
