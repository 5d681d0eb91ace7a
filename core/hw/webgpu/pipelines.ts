/**
 * Compute pipelines of one device, made once. The hash pipeline of the paged layout sees all heaps, the mirror and the
 * GART table; that of the dedicated layout one buffer at a time.
 */
import type { VramLayout } from '../expected_bytes.ts';
import type { MachineDescription } from '../machine_description.ts';
import type { GpuMemory } from './gpu_memory.ts';
import { fillShader, hashShader, scatterShader } from './wgsl.ts';

export interface Pipelines {
  readonly hash: GPUComputePipeline;
  readonly scatter: GPUComputePipeline;
  readonly fill: GPUComputePipeline;
}

/** Compile the shaders for a layout. */
export async function createPipelines(
  device: GPUDevice,
  machine: MachineDescription,
  layout: VramLayout,
  memory: GpuMemory,
): Promise<Pipelines> {
  const faultOnUnbound = machine.unboundEntry === 'invalid';
  const hashCode =
    layout === 'paged'
      ? hashShader(
          memory.heaps.length + (memory.mirrorHeap === undefined ? 0 : 1),
          machine.gartEntries > 0 && memory.mirrorHeap !== undefined,
          faultOnUnbound,
        )
      : hashShader(1, false, faultOnUnbound);
  const create = (label: string, code: string) =>
    device.createComputePipelineAsync({
      label,
      layout: 'auto',
      compute: { module: device.createShaderModule({ label, code }), entryPoint: 'main' },
    });
  const [hash, scatter, fill] = await Promise.all([
    create('content hash', hashCode),
    create('scattered stores', scatterShader),
    create('page fill', fillShader),
  ]);
  return { hash, scatter, fill };
}
