/** Covers the capture script on a page that is not ours: a three.js scene on WebGPU; its trace becomes a session under a small budget. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { ROOT } from '../../electron/launcher/paths.mjs';
import { runLauncher } from '../support/launcher.ts';

const ORIGIN = 'http://page.localhost';
const TEXTURE = 512;

/** Three textured boxes drawn into a render target and onto the canvas; one of them goes in the middle. */
const SCENE = `<!doctype html><meta charset="utf-8"><title>Three boxes</title>
<canvas id="view" width="320" height="200"></canvas>
<script type="importmap">{"imports": {"three": "/three.webgpu.js", "three/webgpu": "/three.webgpu.js"}}</script>
<script src="/webgpu_capture.js"></script>
<script type="module">
  import * as THREE from 'three/webgpu';
  const renderer = new THREE.WebGPURenderer({ canvas: document.querySelector('#view') });
  await renderer.init();
  renderer.setSize(320, 200, false);
  const scene = new THREE.Scene();
  const camera = new THREE.PerspectiveCamera(60, 1.6, 0.1, 50);
  camera.position.z = 6;
  const boxes = [-2, 0, 2].map(x => {
    const map = new THREE.DataTexture(new Uint8Array(${TEXTURE} * ${TEXTURE} * 4).fill(90 + x * 40), ${TEXTURE}, ${TEXTURE});
    map.needsUpdate = true;
    const box = new THREE.Mesh(new THREE.BoxGeometry(), new THREE.MeshBasicMaterial({ map }));
    box.position.x = x;
    scene.add(box);
    return box;
  });
  const target = new THREE.RenderTarget(256, 256);
  for (let frame = 0; frame < 6; frame++) {
    renderer.setRenderTarget(target);
    renderer.render(scene, camera);
    renderer.setRenderTarget(null);
    renderer.render(scene, camera);
    if (frame === 3) {
      scene.remove(boxes[0]);
      boxes[0].geometry.dispose();
      boxes[0].material.map.dispose();
    }
    await new Promise(requestAnimationFrame);
  }
  await renderer.readRenderTargetPixelsAsync(target, 0, 0, 16, 16);
  document.title = 'Drawn';
</script>`;

const FILES: Readonly<Record<string, string>> = {
  '/webgpu_capture.js': join(ROOT, 'assets', 'capture', 'webgpu_capture.js'),
  '/three.webgpu.js': join(ROOT, 'node_modules', 'three', 'build', 'three.webgpu.js'),
  '/three.core.js': join(ROOT, 'node_modules', 'three', 'build', 'three.core.js'),
  '/three.tsl.js': join(ROOT, 'node_modules', 'three', 'build', 'three.tsl.js'),
};

test('a three.js scene is captured, imported under a budget of 4 MiB, and replays', async ({ page }) => {
  await page.route(`${ORIGIN}/**`, route => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: SCENE });
    const path = FILES[pathname];
    return path
      ? route.fulfill({ contentType: 'text/javascript', body: readFileSync(path, 'utf8') })
      : route.fulfill({ status: 404, body: '' });
  });
  const failures: string[] = [];
  page.on('pageerror', error => failures.push(error.message));
  await page.goto(`${ORIGIN}/?token=secret`);
  await expect(page, failures.join()).toHaveTitle('Drawn');
  const [download] = await Promise.all([page.waitForEvent('download'), page.evaluate('gartCapture.save()')]);
  expect(download.suggestedFilename()).toBe('webgpu-capture.jsonl');
  const folder = mkdtempSync(join(tmpdir(), 'gart-lab-capture-'));
  try {
    const trace = join(folder, 'page.jsonl');
    await download.saveAs(trace);
    const lines = readFileSync(trace, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines[0]).toMatchObject({ format: 'gart-lab-webgpu-capture', page: `Drawn (${ORIGIN}/)` });
    const of = (event: string) => lines.filter(({ e }) => e === event);
    const textures = of('texture').filter(({ width, height }) => width === TEXTURE && height === TEXTURE);
    expect(textures).toHaveLength(3);
    const used = new Set(of('submit').flatMap(({ uses }) => uses));
    for (const { id } of textures) expect(used.has(id)).toBe(true);
    expect(of('destroy').some(({ id }) => textures.some(texture => texture.id === id))).toBe(true);
    expect(of('map').length).toBeGreaterThan(0);

    const session = join(folder, 'page.gartlab');
    const imported = await runLauncher(
      'lab.mjs',
      'import',
      trace,
      '--vram',
      '32M',
      '--budget',
      '4M',
      '--out',
      session,
      '--json',
    );
    expect(imported.code, imported.stderr).toBe(0);
    const report = JSON.parse(imported.stdout);
    expect(report).toMatchObject({
      kind: 'webgpu',
      replayable: true,
      linesNotUnderstood: 0,
      leftOut: 0,
      refused: {},
    });
    expect(report.captured).toMatchObject({
      texture: of('texture').length,
      buffer: of('buffer').length,
      submit: of('submit').length,
    });
    expect(report.eventCounts['lab_ttm:evict_victim']).toBeGreaterThan(0);

    const replayed = await runLauncher(
      'lab.mjs',
      'replay',
      session,
      '--machine',
      'host',
      '--verify',
      '--json',
    );
    expect(replayed.code, replayed.stderr).toBe(0);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ ok: true, digest: report.digest });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the script takes itself off a page again, and says so where there is no WebGPU', async ({ page }) => {
  await page.route(`${ORIGIN}/**`, route =>
    route.fulfill({ contentType: 'text/html', body: '<title>x</title>' }),
  );
  await page.goto(ORIGIN);
  const script = readFileSync(FILES['/webgpu_capture.js']!, 'utf8');
  const restored = await page.evaluate(`(() => {
    const before = GPUDevice.prototype.createBuffer;
    ${script}
    const during = GPUDevice.prototype.createBuffer;
    const text = gartCapture.stop();
    return [during !== before, GPUDevice.prototype.createBuffer === before, typeof gartCapture, text.split('\\n').length];
  })()`);
  expect(restored).toEqual([true, true, 'undefined', 2]);
  const warned = page.waitForEvent('console', message => message.type() === 'warning');
  await page.evaluate(`delete globalThis.GPUDevice; ${script}`);
  expect((await warned).text()).toContain('no WebGPU');
});
