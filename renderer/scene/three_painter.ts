/**
 * The three.js painter: one mesh per pattern and one overlay mesh, unlit materials, vertex colours as they are in CSS.
 * It has a device of its own; the lab's device lives in the worker.
 */
import {
  BufferAttribute,
  BufferGeometry,
  ColorManagement,
  DataTexture,
  DoubleSide,
  DynamicDrawUsage,
  LinearFilter,
  LinearSRGBColorSpace,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  NoToneMapping,
  OrthographicCamera,
  RepeatWrapping,
  RGBAFormat,
  Scene,
  UnsignedByteType,
  Vector3,
  WebGPURenderer,
} from 'three/webgpu';
import type { Camera } from './camera.ts';
import { PATTERNS, type Pattern } from './items.ts';
import { MeshBuilder, type VertexList } from './mesh_builder.ts';
import type { Frame, Painter } from './painter.ts';
import { patternShades } from './pattern_pixels.ts';

// Colours are sRGB numbers from the theme and go to the canvas unchanged, as CSS would mix them.
ColorManagement.enabled = false;

/** How far the camera stands from the origin, and how deep it sees, in world units. */
const DISTANCE = 400;

function patternTexture(pattern: Pattern): DataTexture {
  const { size, shades } = patternShades(pattern);
  const pixels = new Uint8Array(size * size * 4);
  shades.forEach((shade, i) => {
    pixels.fill(Math.round(shade * 255), 4 * i, 4 * i + 3);
    pixels[4 * i + 3] = 255;
  });
  const texture = new DataTexture(pixels, size, size, RGBAFormat, UnsignedByteType);
  texture.wrapS = RepeatWrapping;
  texture.wrapT = RepeatWrapping;
  texture.minFilter = LinearFilter;
  texture.magFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}

/** A mesh whose vertices are replaced every frame. */
class LiveMesh {
  readonly mesh: Mesh<BufferGeometry, MeshBasicMaterial>;
  private capacity = 0;

  constructor(material: MeshBasicMaterial, order: number) {
    this.mesh = new Mesh(new BufferGeometry(), material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = order;
    this.mesh.matrixAutoUpdate = false;
    this.mesh.visible = false;
  }

  show(list: VertexList): void {
    this.mesh.visible = list.count > 0;
    if (list.count === 0) return;
    if (list.capacity !== this.capacity) {
      this.mesh.geometry.dispose();
      const geometry = new BufferGeometry();
      const attribute = (array: Float32Array, size: number) =>
        new BufferAttribute(array, size).setUsage(DynamicDrawUsage);
      geometry.setAttribute('position', attribute(list.position, 3));
      geometry.setAttribute('color', attribute(list.color, 4));
      geometry.setAttribute('uv', attribute(list.uv, 2));
      this.mesh.geometry = geometry;
      this.capacity = list.capacity;
    }
    const { geometry } = this.mesh;
    for (const name of ['position', 'color', 'uv'] as const) {
      const attribute = geometry.getAttribute(name) as BufferAttribute;
      attribute.clearUpdateRanges();
      attribute.addUpdateRange(0, list.count * attribute.itemSize);
      attribute.needsUpdate = true;
    }
    geometry.setDrawRange(0, list.count);
  }
}

function aim(three: OrthographicCamera, camera: Camera, width: number, height: number): void {
  const { right, up, toward, scale, originX, originY } = camera;
  three.left = -originX / scale;
  three.right = (width - originX) / scale;
  three.top = originY / scale;
  three.bottom = -(height - originY) / scale;
  three.near = 1;
  three.far = 2 * DISTANCE;
  three.matrixAutoUpdate = false;
  three.matrix.copy(
    new Matrix4().makeBasis(new Vector3(...right), new Vector3(...up), new Vector3(...toward)),
  );
  three.matrix.setPosition(new Vector3(...toward).multiplyScalar(DISTANCE));
  three.updateMatrixWorld(true);
  three.updateProjectionMatrix();
}

export interface ThreeChoice {
  readonly backend: 'WebGPU' | 'WebGL2';
  readonly because: string;
  readonly software: boolean;
}

/**
 * The renderer asks for an animation frame for ever once it has drawn; here a picture is drawn when something changed, and nothing
 * runs in between. The next `render` starts it again. There is no public way to say so.
 */
function restAfterFrame(renderer: WebGPURenderer): void {
  const { _animation: animation } = renderer as unknown as { _animation?: { stop?: () => void } };
  animation?.stop?.();
}

/**
 * @throws when the backend cannot be had; the caller then tries the next one on a fresh canvas
 */
export async function createThreePainter(canvas: HTMLCanvasElement, choice: ThreeChoice): Promise<Painter> {
  const renderer = new WebGPURenderer({
    canvas,
    antialias: true,
    alpha: false,
    forceWebGL: choice.backend === 'WebGL2',
  });
  await renderer.init();
  renderer.outputColorSpace = LinearSRGBColorSpace;
  renderer.toneMapping = NoToneMapping;
  const scene = new Scene();
  const builder = new MeshBuilder();
  const opaque = PATTERNS.map((pattern, i) => {
    const material = new MeshBasicMaterial({
      vertexColors: true,
      side: DoubleSide,
      polygonOffset: true,
      polygonOffsetFactor: 1,
      polygonOffsetUnits: 1,
      ...(pattern !== 'plain' && { map: patternTexture(pattern) }),
    });
    return { pattern, live: new LiveMesh(material, i) };
  });
  const overlay = new LiveMesh(
    new MeshBasicMaterial({
      vertexColors: true,
      side: DoubleSide,
      transparent: true,
      depthWrite: false,
      forceSinglePass: true,
    }),
    PATTERNS.length,
  );
  scene.add(...opaque.map(each => each.live.mesh), overlay.mesh);
  const camera = new OrthographicCamera();
  let lost: (sentence: string) => void = () => {};
  renderer.onDeviceLost = info =>
    lost(
      `The window's ${choice.backend} device is lost (${info.message || info.reason || 'no reason given'}).`,
    );

  let [width, height, pixelRatio] = [0, 0, 0];
  return {
    name: choice.backend,
    because: choice.because,
    software: choice.software,
    onLost: tell => {
      lost = tell;
    },
    draw(frame: Frame) {
      if (frame.pixelRatio !== pixelRatio) {
        pixelRatio = frame.pixelRatio;
        renderer.setPixelRatio(pixelRatio);
      }
      if (frame.width !== width || frame.height !== height) {
        width = frame.width;
        height = frame.height;
        renderer.setSize(width, height, false);
      }
      builder.build(frame.items, frame.camera);
      for (const { pattern, live } of opaque) live.show(builder.opaque[pattern]);
      overlay.show(builder.overlay);
      aim(camera, frame.camera, width, height);
      const [r, g, b] = frame.ground;
      renderer.setClearColor(
        (Math.round(r * 255) << 16) | (Math.round(g * 255) << 8) | Math.round(b * 255),
        1,
      );
      renderer.render(scene, camera);
      restAfterFrame(renderer);
    },
    dispose() {
      renderer.dispose();
    },
  };
}
