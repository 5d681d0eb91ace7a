/** Makes the machine of a scene in the browser: WebGPU where there is an adapter, else the host, named as such. */
import type { VramLayout } from '../hw/expected_bytes.ts';
import { GpuError } from '../hw/gpu_error.ts';
import { createHostMachine } from '../hw/host/host_machine.ts';
import type { Machine } from '../hw/machine.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import type { Clock } from '../hw/ports.ts';
import { createWebGpuProvider } from '../hw/webgpu/gpu_provider_web.ts';
import { createWebGpuMachine } from '../hw/webgpu/webgpu_machine.ts';
import type { MachineMaker } from './machine_keeper.ts';
import { createOpfsSwapFile } from './swap_file_opfs.ts';

export const webClock: Clock = {
  nowMs: () => performance.now(),
  delay: ms => new Promise(resolve => setTimeout(resolve, ms)),
};

/** @throws GpuError when WebGPU is there but refuses, and it was asked for by name */
export const makeWebMachine: MachineMaker = async (
  description: MachineDescription,
  kind: 'auto' | 'webgpu' | 'host',
  layout: VramLayout,
  power: GPUPowerPreference = 'high-performance',
): Promise<{ machine: Machine; because: string; refused?: boolean }> => {
  const swapFile = await createOpfsSwapFile();
  const swap = swapFile.file ? { swapFile: swapFile.file } : {};
  const alsoSwap = (because: string) => (swapFile.file ? because : `${because} ${swapFile.because}`);
  const host = (because: string) => ({
    machine: createHostMachine(description, { layout, ...swap }),
    because: alsoSwap(because),
  });
  if (kind === 'host') return host('The host machine was asked for.');
  try {
    const provider = createWebGpuProvider(navigator.gpu, power);
    const machine = await createWebGpuMachine(description, provider, { layout, clock: webClock, ...swap });
    const because = machine.adapter.software
      ? 'No GPU was found: WebGPU work runs on the processor. A browser with a GPU and its driver offers a real adapter.'
      : power === 'low-power'
        ? 'The adapter that WebGPU offers for low power.'
        : 'The first adapter that WebGPU offers.';
    return { machine, because: alsoSwap(because) };
  } catch (error) {
    if (!(error instanceof GpuError) || kind === 'webgpu') throw error;
    // Where there is an adapter, it could not hold this machine: a person has to know that, not only where none is.
    const refused = Boolean(await navigator.gpu?.requestAdapter());
    return {
      ...host(`${error.message} The host machine takes over: the bytes lie in this process.`),
      refused,
    };
  }
};
