/**
 * Which painter works here: each backend has to draw a pixel and read it back before it is believed.
 */
import { createCanvasPainter } from './canvas_painter.ts';
import type { Painter } from './painter.ts';

/** What a backend's probe found. */
interface Probe {
  readonly works: boolean;
  /** Why not, a clause. */
  readonly reason: string;
  readonly software: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i;

/** Read a canvas back through a 2D context: true when its middle pixel is the red that was drawn. */
function showsRed(canvas: HTMLCanvasElement): boolean {
  const copy = document.createElement('canvas');
  copy.width = 4;
  copy.height = 4;
  const context = copy.getContext('2d', { willReadFrequently: true });
  if (!context) return false;
  context.drawImage(canvas, 0, 0, 4, 4);
  const [r, g, b] = context.getImageData(1, 1, 1, 1).data;
  return r! > 200 && g! < 60 && b! < 60;
}

async function probeWebGpu(): Promise<Probe> {
  if (!('gpu' in navigator) || !navigator.gpu)
    return { works: false, reason: 'this browser has no WebGPU', software: false };
  try {
    const adapter = await navigator.gpu.requestAdapter();
    if (!adapter) return { works: false, reason: 'WebGPU offers no adapter', software: false };
    const { vendor, architecture, device: model, description } = adapter.info;
    const software =
      SOFTWARE.test(`${vendor} ${architecture} ${model} ${description}`) ||
      adapter.info.isFallbackAdapter === true;
    const device = await adapter.requestDevice();
    const canvas = document.createElement('canvas');
    canvas.width = 4;
    canvas.height = 4;
    const context = canvas.getContext('webgpu');
    if (!context) return { works: false, reason: 'the browser gives no WebGPU canvas', software };
    context.configure({ device, format: navigator.gpu.getPreferredCanvasFormat(), alphaMode: 'opaque' });
    const encoder = device.createCommandEncoder();
    const view = context.getCurrentTexture().createView();
    encoder
      .beginRenderPass({
        colorAttachments: [{ view, clearValue: [1, 0, 0, 1], loadOp: 'clear', storeOp: 'store' }],
      })
      .end();
    device.queue.submit([encoder.finish()]);
    const works = showsRed(canvas);
    device.destroy();
    return { works, reason: works ? '' : 'a WebGPU canvas stays blank here', software };
  } catch (error) {
    return {
      works: false,
      reason: `WebGPU failed (${error instanceof Error ? error.message : String(error)})`,
      software: false,
    };
  }
}

function probeWebGl(): Probe {
  const canvas = document.createElement('canvas');
  canvas.width = 4;
  canvas.height = 4;
  const gl = canvas.getContext('webgl2');
  if (!gl) return { works: false, reason: 'the browser has no WebGL2', software: false };
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : '');
  gl.clearColor(1, 0, 0, 1);
  gl.clear(gl.COLOR_BUFFER_BIT);
  const works = showsRed(canvas);
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return { works, reason: works ? '' : 'a WebGL2 canvas stays blank here', software: SOFTWARE.test(name) };
}

/** Which painter a person asked for in the address (`?painter=webgl2`), to compare them. */
export type PainterWish = 'webgpu' | 'webgl2' | 'canvas' | null;

/**
 * The first painter that works. three.js is loaded only when a backend of it works.
 *
 * @param makeCanvas a fresh canvas in the place of the former one: a canvas has one kind of context for life
 */
export async function choosePainter(
  makeCanvas: () => HTMLCanvasElement,
  wish: PainterWish,
): Promise<Painter> {
  const reasons: string[] = wish ? ['the address asks for it'] : [];
  const sentence = () => `${reasons.join(', ')}.`.replace(/^./, first => first.toUpperCase());
  for (const backend of ['WebGPU', 'WebGL2'] as const) {
    if (wish && wish !== backend.toLowerCase()) continue;
    const probe = backend === 'WebGPU' ? await probeWebGpu() : probeWebGl();
    if (!probe.works) {
      reasons.push(probe.reason);
      continue;
    }
    try {
      const { createThreePainter } = await import('./three_painter.ts');
      return await createThreePainter(makeCanvas(), {
        backend,
        because: reasons.length > 0 ? sentence() : '',
        software: probe.software,
      });
    } catch (error) {
      reasons.push(`${backend} failed (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  return createCanvasPainter(makeCanvas(), sentence());
}
