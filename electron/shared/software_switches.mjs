/**
 * Chromium's switches for WebGPU on the processor, visible on screen and in screenshots, as [name, value]: the first four together, see
 * ARCHITECTURE.md. Used by the launcher for browsers and by the shell for itself.
 */
export const SOFTWARE_SWITCHES = [
  ['use-webgpu-adapter', 'swiftshader'],
  ['enable-features', 'Vulkan'],
  ['use-vulkan', 'swiftshader'],
  ['use-angle', 'swiftshader'],
  // The page and its canvases are drawn by the browser's own rasterizer: by way of a GPU in software it takes 2.5 times as long.
  ['disable-gpu-rasterization', ''],
  ['disable-accelerated-2d-canvas', ''],
];
