/** What the profiler gets in a test: the clock of Node, and a GPU where there is one. */
import { nodeClock } from '../cli/clock_node.ts';
import type { GpuProvider } from '../hw/ports.ts';
import { CancelToken, type ProfileSetup } from '../lab/profile/profile_setup.ts';
import { machineAsset } from './transcript_files.ts';

export function profileSetup(
  provider: GpuProvider | undefined,
  more: Partial<ProfileSetup> = {},
): ProfileSetup {
  return {
    clock: nodeClock,
    provider: provider ?? {
      name: 'No GPU',
      requestAdapter: async () => undefined,
      release: () => undefined,
    },
    machine: machineAsset('lab-64m'),
    date: '2026-01-01T00:00:00.000Z',
    quick: true,
    driverCliff: false,
    gpuLimitBytes: 16 * 1024 * 1024,
    backend: 'test',
    flags: [],
    versions: {},
    load: 'unknown',
    kernelSources: [],
    cancel: new CancelToken(),
    onProgress: () => undefined,
    ...more,
  };
}
