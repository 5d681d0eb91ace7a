/**
 * The generator of ring/batch_generator.ts as a compute shader: one thread writes one slot of commands through the GART.
 */

import { type BatchRequest, GENERATED_PITCH, SLOT_BYTES, SLOT_DWORDS } from '../ring/batch_generator.ts';
import * as C from '../ring/commands.ts';
import { type GartShape, gartBindings, gartFunctions, nrGartBindings } from './gart_wgsl.ts';
import type { GpuDeviceProxy } from './gpu_device_proxy.ts';
import { mixFunctions } from './wgsl.ts';

const GROUP = 64;

/** WGSL; the request is part of the code. */
export function generatorShader(shape: GartShape, request: BatchRequest): string {
  const { address, slots, slotsPerBatch, seed, target, targetBytes } = request;
  const dwords = targetBytes / 4;
  const header = (opcode: number, length: number) => `${C.commandHeader(opcode, length)}u`;
  return `
${gartBindings(shape)}
${mixFunctions}
${gartFunctions(shape)}
const TARGET = ${target}u;
const SLOT_DWORDS = ${SLOT_DWORDS}u;
var<private> out: array<u32, ${SLOT_DWORDS}>;

fn generate(slot: u32) -> u32 {
  if (slot % ${slotsPerBatch}u == ${slotsPerBatch - 1}u || slot == ${slots - 1}u) {
    out[0] = ${header(C.CMD_BATCH_END, 1)};
    return 1u;
  }
  let a = mix_a(slot, ${seed >>> 0}u);
  let b = mix_b(slot, ${seed >>> 0}u);
  switch (a & 15u) {
    case 0u: {
      out[0] = ${header(C.CMD_COPY, 4)};
      out[1] = TARGET + 4u * (b % ${dwords - 64}u);
      out[2] = TARGET + 4u * ((b >> 7u) % ${dwords - 64}u);
      out[3] = 4u * (1u + ((a >> 4u) & 63u));
      return 4u;
    }
    case 1u: {
      out[0] = ${header(C.CMD_FILL, 4)};
      out[1] = TARGET + 4u * (b % ${dwords - 256}u);
      out[2] = 4u * (1u + ((a >> 4u) & 255u));
      out[3] = b;
      return 4u;
    }
    case 2u: {
      out[0] = ${header(C.CMD_DRAW_RECT, 7)};
      out[1] = TARGET;
      out[2] = ${GENERATED_PITCH}u;
      out[3] = ${C.FORMAT_XRGB8888}u;
      out[4] = (b & 31u) | (((b >> 5u) & 31u) << 16u);
      out[5] = (1u + ((a >> 4u) & 31u)) | ((1u + ((a >> 9u) & 7u)) << 16u);
      out[6] = b;
      return 7u;
    }
    default: {
      out[0] = ${header(C.CMD_STORE_DWORD, 3)};
      out[1] = TARGET + 4u * (b % ${dwords}u);
      out[2] = a;
      return 3u;
    }
  }
}

@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= ${slots}u) { return; }
  let used = generate(id.x);
  for (var i = 0u; i < SLOT_DWORDS; i++) {
    var word = out[i];
    if (i >= used) { word = 0u; }
    if (i == used) { word = ${header(C.CMD_NOP, 1)} | (${SLOT_DWORDS - 1}u - used); }
    gart_store(${address}u + ${SLOT_BYTES}u * id.x + 4u * i, word);
  }
}
`;
}

/**
 * Write the slots; what was recorded before must have been submitted, the table included.
 *
 * @param buffers in the order of gartBindings()
 */
export async function generateOnGpu(
  proxy: GpuDeviceProxy,
  shape: GartShape,
  buffers: readonly GPUBuffer[],
  request: BatchRequest,
): Promise<void> {
  const { device } = proxy;
  const code = generatorShader({ ...shape, data: 'read_write' }, request);
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  });
  const entries = buffers.slice(0, nrGartBindings(shape)).map((buffer, binding) => ({
    binding,
    resource: { buffer },
  }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(Math.ceil(request.slots / GROUP));
  pass.end();
  device.queue.submit([encoder.finish()]);
  await proxy.finish();
  proxy.throwPendingError();
}
