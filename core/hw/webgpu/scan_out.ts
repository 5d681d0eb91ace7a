/**
 * The display engine on the GPU: a shader reads the framebuffer through the GART and makes a picture, which is read back or
 * copied to a canvas.
 *
 * Invariants I1 every buffer that a picture needs is gone when it is finished
 */
import type { Bytes } from '../../base/units.ts';
import { SCRATCH_COLORS, SCRATCH_SHIFT, type ScanOut } from '../ring/scan_out.ts';
import { type GartShape, gartBindings, gartFunctions, NO_BUFFER, nrGartBindings } from './gart_wgsl.ts';
import { type GpuDeviceProxy, USAGE } from './gpu_device_proxy.ts';
import { surfaceFunctions } from './streamer_execute_wgsl.ts';

const GROUP = 8;
/** Rows of a picture that is copied to a texture begin at multiples of this. */
const ROW_BYTES = 256;
const PARAMETERS = 16;

/** The picture's rows as they lie in the buffer that the shader writes. */
function rowBytes({ width }: ScanOut): Bytes {
  return Math.ceil((width * 4) / ROW_BYTES) * ROW_BYTES;
}

/** One invocation for each pixel. Bindings: data buffers, table, picture, parameters. */
function scanOutShader(shape: GartShape): string {
  const next = nrGartBindings(shape);
  return `${gartBindings(shape)}
@group(0) @binding(${next}) var<storage, read_write> picture: array<u32>;
@group(0) @binding(${next + 1}) var<uniform> given: array<vec4<u32>, ${PARAMETERS / 4}>;
${gartFunctions(shape)}${surfaceFunctions}
fn is_bound(address: u32) -> bool { return gart_place_load(address).x != ${NO_BUFFER}u; }
fn scratch_pixel(x: u32, y: u32) -> u32 {
  let odd = (((x >> ${SCRATCH_SHIFT}u) + (y >> ${SCRATCH_SHIFT}u)) & 1u) != 0u;
  return select(${SCRATCH_COLORS[0]}u, ${SCRATCH_COLORS[1]}u, odd);
}
fn blend(over: u32, under: u32, alpha: u32) -> u32 { return (over * alpha + under * (255u - alpha) + 127u) / 255u; }
@compute @workgroup_size(${GROUP}, ${GROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let frame = given[0];
  let size = given[1];
  let cursor = given[2];
  let cursor_at = given[3];
  if (id.x >= size.x || id.y >= size.y) { return; }
  let short = is_short(frame.z);
  let at = address_at(frame.x, frame.y, frame.z, id.x * select(4u, 2u, short), id.y);
  let word = gart_load(at & ~3u);
  let value = convert_pixel(select(word, (word >> (8u * (at & 2u))) & 0xffffu, short), frame.z, 0u);
  var shown = 0xff000000u | ((value & 0xffu) << 16u) | (value & 0xff00u) | ((value >> 16u) & 0xffu);
  shown = select(scratch_pixel(id.x, id.y), shown, is_bound(at));
  // Left of the cursor and above it wraps to a large number.
  let column = id.x - cursor_at.x;
  let row = id.y - cursor_at.y;
  if (column < cursor.z && row < cursor.w) {
    let address = cursor.x + row * cursor.y + 4u * column;
    let over = gart_load(address);
    let alpha = over >> 24u;
    let red = blend((over >> 16u) & 255u, shown & 255u, alpha);
    let green = blend((over >> 8u) & 255u, (shown >> 8u) & 255u, alpha);
    let blue = blend(over & 255u, (shown >> 16u) & 255u, alpha);
    shown = select(scratch_pixel(id.x, id.y), 0xff000000u | (blue << 16u) | (green << 8u) | red, is_bound(address));
  }
  picture[id.y * size.z + id.x] = shown;
}
`;
}

function parametersOf(of: ScanOut): Uint32Array<ArrayBuffer> {
  const { cursor } = of;
  const frame = [of.address, of.pitch, of.format, 0, of.width, of.height, rowBytes(of) / 4, 0];
  const over =
    cursor === undefined
      ? new Array(8).fill(0)
      : [cursor.address, cursor.pitch, cursor.width, cursor.height, cursor.x, cursor.y, 0, 0];
  return new Uint32Array([...frame, ...over]);
}

export class ScanOutEngine {
  private pipeline: Promise<GPUComputePipeline> | undefined;

  /**
   * @param shape   memory as the display reads it
   * @param buffers data buffers and table in binding order
   */
  constructor(
    private readonly proxy: GpuDeviceProxy,
    private readonly shape: GartShape,
    private readonly buffers: readonly GPUBuffer[],
  ) {}

  private compile(): Promise<GPUComputePipeline> {
    const { device } = this.proxy;
    const code = scanOutShader(this.shape);
    this.pipeline ??= device.createComputePipelineAsync({
      label: 'scan-out',
      layout: 'auto',
      compute: { module: device.createShaderModule({ label: 'scan-out', code }), entryPoint: 'main' },
    });
    return this.pipeline;
  }

  /** Make the picture, let `use` record what becomes of it, and submit. */
  private async draw(
    of: ScanOut,
    use: (encoder: GPUCommandEncoder, picture: GPUBuffer) => void,
  ): Promise<void> {
    const { proxy, buffers } = this;
    const { device } = proxy;
    const pipeline = await this.compile();
    const pictureUsage = USAGE.STORAGE | USAGE.COPY_SRC;
    const picture = proxy.createBuffer('staging', rowBytes(of) * of.height, pictureUsage, 'picture');
    const given = proxy.createBuffer('staging', PARAMETERS * 4, USAGE.UNIFORM | USAGE.COPY_DST, 'scan-out');
    device.queue.writeBuffer(given, 0, parametersOf(of));
    const entries = [...buffers, picture, given].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    }));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(Math.ceil(of.width / GROUP), Math.ceil(of.height / GROUP));
    pass.end();
    use(encoder, picture);
    proxy.submit(encoder.finish());
    // Destroyed buffers live on until the work that was submitted with them is done.
    proxy.destroyBuffer(picture);
    proxy.destroyBuffer(given);
  }

  /** The picture as RGBA bytes, row by row. @throws GpuError validation */
  async read(of: ScanOut): Promise<Uint8Array> {
    const { proxy } = this;
    const pitch = rowBytes(of);
    const size = pitch * of.height;
    const staging = proxy.createBuffer('staging', size, USAGE.MAP_READ | USAGE.COPY_DST, 'picture read back');
    const image = new Uint8Array(of.width * of.height * 4);
    try {
      await this.draw(of, (encoder, picture) => encoder.copyBufferToBuffer(picture, 0, staging, 0, size));
      const rows = new Uint8Array(await proxy.map(staging, size));
      for (let y = 0; y < of.height; y++)
        image.set(rows.subarray(y * pitch, y * pitch + of.width * 4), y * of.width * 4);
    } finally {
      proxy.destroyBuffer(staging);
    }
    proxy.throwPendingError();
    return image;
  }

  /**
   * Draw the picture on a canvas of this device, configured for rgba8unorm with the usage COPY_DST, of the picture's size or
   * larger.
   */
  async present(of: ScanOut, texture: GPUTexture): Promise<void> {
    await this.draw(of, (encoder, buffer) =>
      encoder.copyBufferToTexture(
        { buffer, bytesPerRow: rowBytes(of), rowsPerImage: of.height },
        { texture },
        [of.width, of.height],
      ),
    );
  }
}
