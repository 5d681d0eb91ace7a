/**
 * The check that decides which shell and which adapter to use: draw one pixel on a WebGPU canvas and read it back. An
 * adapter that computes but whose canvas stays blank fails it.
 *
 * The function is sent to a page as text, so it may use nothing outside itself.
 * @returns {Promise<{drawn: boolean, adapter: string, software: boolean, why: string}>}
 */
export async function probeGpu() {
  const result = { drawn: false, adapter: '', software: false, why: '' };
  const within = (promise, what) =>
    Promise.race([
      promise,
      new Promise((_, reject) =>
        setTimeout(() => reject(new Error(`${what} did not answer within 10 s`)), 10_000),
      ),
    ]);
  try {
    if (!navigator.gpu) throw new Error('this browser offers no WebGPU');
    const adapter = await within(navigator.gpu.requestAdapter(), 'requestAdapter');
    if (!adapter) throw new Error('no WebGPU adapter');
    const info = adapter.info;
    const names = [info.vendor, info.architecture, info.device, info.description].filter(Boolean);
    result.adapter = names.filter((name, i) => names.indexOf(name) === i).join(' ');
    result.software =
      info.isFallbackAdapter === true ||
      /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(result.adapter);
    const device = await within(adapter.requestDevice(), 'requestDevice');
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const context = canvas.getContext('webgpu');
    if (!context) throw new Error('a canvas gives no WebGPU context');
    context.configure({ device, format: navigator.gpu.getPreferredCanvasFormat(), alphaMode: 'opaque' });
    const encoder = device.createCommandEncoder();
    const view = context.getCurrentTexture().createView();
    const clearValue = { r: 1, g: 0.2, b: 0.6, a: 1 };
    encoder
      .beginRenderPass({ colorAttachments: [{ view, clearValue, loadOp: 'clear', storeOp: 'store' }] })
      .end();
    device.queue.submit([encoder.finish()]);
    const copy = document.createElement('canvas');
    copy.width = copy.height = 1;
    const plain = copy.getContext('2d');
    plain.drawImage(canvas, 0, 0);
    const pixel = plain.getImageData(0, 0, 1, 1).data;
    await within(device.queue.onSubmittedWorkDone(), 'the queue');
    const near = (value, wanted) => Math.abs(value - wanted) <= 3;
    result.drawn = near(pixel[0], 255) && near(pixel[1], 51) && near(pixel[2], 153);
    if (!result.drawn)
      result.why = `the pixel it drew reads back as ${pixel.slice(0, 3).join(', ')} instead of 255, 51, 153`;
    device.destroy();
  } catch (error) {
    result.why = error instanceof Error ? error.message : String(error);
  }
  return result;
}
