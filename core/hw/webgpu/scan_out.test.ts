/** Covers the picture of a framebuffer on every machine with the paged layout: the same bytes everywhere, as worked out here. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { gpuForTests, machineFile, ringMachineKinds } from '../../testing/hw_machines.ts';
import { DATA, MachinePool, NOWHERE, RingFixture, SYSTEM } from '../../testing/ring_fixture.ts';
import * as C from '../ring/commands.ts';
import { type ScanOut, scratchPixel } from '../ring/scan_out.ts';
import type { WebGpuMachine } from './webgpu_machine.ts';

const description = machineFile('lab-16m');
const kinds = ringMachineKinds(await gpuForTests());
const COPY_DST = 0x08;
const TEXTURE_COPY_SRC = 0x01;
const TEXTURE_COPY_DST = 0x02;
const MAP_READ = 0x01;
const WIDTH = 100;
const HEIGHT = 40;
/** Red, green, blue, alpha of a pixel. */
const pixelOf = (image: Uint8Array, x: number, y: number) => [
  ...image.subarray(4 * (y * WIDTH + x), 4 * (y * WIDTH + x) + 4),
];

describe.each(kinds)('scan-out on $name', kind => {
  const pool = new MachinePool(kind);
  let fixture: RingFixture;

  afterEach(() => fixture.dispose());
  afterAll(() => pool.dispose());

  /** A framebuffer with two rectangles, drawn by the ring. */
  async function draw(format: number, pitch: number, address = DATA): Promise<ScanOut> {
    fixture = await RingFixture.create(pool, description);
    const surface = { address, pitch, format };
    await fixture.execute(
      C.drawRect(surface, { x: 0, y: 0 }, WIDTH, HEIGHT, 0x0010_2030),
      C.drawRect(surface, { x: 33, y: 7 }, 21, 19, 0x00ff_8000),
    );
    return { ...surface, width: WIDTH, height: HEIGHT };
  }

  test.each([
    ['XRGB8888', C.FORMAT_XRGB8888, 512, DATA, [0x10, 0x20, 0x30, 255], [255, 0x80, 0, 255]],
    [
      'XRGB8888 tiled',
      C.FORMAT_XRGB8888 | C.FORMAT_TILED_X,
      512,
      DATA,
      [0x10, 0x20, 0x30, 255],
      [255, 0x80, 0, 255],
    ],
    ['RGB565', C.FORMAT_RGB565, 256, DATA, [0x10, 0x20, 0x31, 255], [255, 0x82, 0, 255]],
    [
      'RGB565 tiled',
      C.FORMAT_RGB565 | C.FORMAT_TILED_X,
      512,
      DATA,
      [0x10, 0x20, 0x31, 255],
      [255, 0x82, 0, 255],
    ],
    [
      'XRGB8888 in system pages',
      C.FORMAT_XRGB8888,
      512,
      SYSTEM,
      [0x10, 0x20, 0x30, 255],
      [255, 0x80, 0, 255],
    ],
  ] as const)(
    '%s: the colours that were drawn, at their places',
    async (_, format, pitch, address, paper, ink) => {
      const image = await picture(await draw(format, pitch, address));
      expect(image).toHaveLength(4 * WIDTH * HEIGHT);
      for (let y = 0; y < HEIGHT; y++) {
        for (let x = 0; x < WIDTH; x++) {
          const inside = x >= 33 && x < 54 && y >= 7 && y < 26;
          if (`${pixelOf(image, x, y)}` !== `${inside ? ink : paper}`)
            expect([x, y, pixelOf(image, x, y)]).toEqual([x, y, inside ? ink : paper]);
        }
      }
    },
  );

  async function picture(of: ScanOut): Promise<Uint8Array> {
    return fixture.machine.scanOut(of);
  }

  test('a page of the framebuffer is unbound: its rows show the pattern, the others their pixels', async () => {
    const of = await draw(C.FORMAT_XRGB8888, 512);
    fixture.unbind(DATA + 4096);
    await fixture.barrier();
    const image = await picture(of);
    const words = new Uint32Array(image.buffer, image.byteOffset);
    // Eight rows of 512 bytes lie in a page.
    for (const [x, y] of [
      [0, 8],
      [99, 8],
      [40, 15],
      [16, 12],
    ] as const)
      expect(words[y * WIDTH + x]).toBe(scratchPixel(x, y));
    expect(scratchPixel(0, 8)).not.toBe(scratchPixel(16, 8));
    expect(pixelOf(image, 0, 7)).toEqual([0x10, 0x20, 0x30, 255]);
    expect(pixelOf(image, 40, 16)).toEqual([255, 0x80, 0, 255]);
  });

  test('nothing bound at all: the pattern everywhere', async () => {
    const of = { ...(await draw(C.FORMAT_XRGB8888, 512)), address: NOWHERE };
    const words = new Uint32Array((await picture(of)).buffer);
    expect(words.every((word, i) => word === scratchPixel(i % WIDTH, Math.floor(i / WIDTH)))).toBe(true);
  });

  test('cursor over the corner of the picture: blended by its alpha, cut off at the edge', async () => {
    const of = await draw(C.FORMAT_XRGB8888, 512);
    const address = DATA + 0x8000;
    // White, one row each with alpha 255, 128, 0.
    for (const [row, alpha] of [255, 128, 0].entries())
      fixture.write(address + 64 * row, new Uint32Array(16).fill(alpha * 2 ** 24 + 0xff_ffff));
    await fixture.barrier();
    const cursor = { address, pitch: 64, width: 16, height: 3, x: -4, y: 0 };
    const image = await picture({ ...of, cursor });
    expect(pixelOf(image, 0, 0)).toEqual([255, 255, 255, 255]);
    expect(pixelOf(image, 11, 1)).toEqual([136, 144, 152, 255]);
    expect(pixelOf(image, 11, 2)).toEqual([0x10, 0x20, 0x30, 255]);
    expect(pixelOf(image, 12, 0)).toEqual([0x10, 0x20, 0x30, 255]);
  });

  test.skipIf(kind.kind === 'host')('on a texture of the device: the same picture', async () => {
    const of = await draw(C.FORMAT_XRGB8888, 512);
    const machine = fixture.machine as WebGpuMachine;
    const device = machine.device!;
    const texture = device.createTexture({
      size: [WIDTH, HEIGHT],
      format: 'rgba8unorm',
      usage: TEXTURE_COPY_SRC | TEXTURE_COPY_DST,
    });
    expect(await machine.present(of, texture)).toBe(true);
    const buffer = device.createBuffer({ size: 512 * HEIGHT, usage: COPY_DST | MAP_READ });
    const encoder = device.createCommandEncoder();
    encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow: 512 }, [WIDTH, HEIGHT]);
    device.queue.submit([encoder.finish()]);
    await buffer.mapAsync(MAP_READ);
    const rows = new Uint8Array(buffer.getMappedRange());
    const image = await picture(of);
    for (let y = 0; y < HEIGHT; y++)
      expect(rows.subarray(512 * y, 512 * y + 4 * WIDTH)).toEqual(
        image.subarray(4 * WIDTH * y, 4 * WIDTH * (y + 1)),
      );
    buffer.destroy();
    texture.destroy();
  });

  test('afterwards: no buffer more than before', async () => {
    const of = await draw(C.FORMAT_XRGB8888, 512);
    const { liveBytes } = fixture.machine.ledger;
    await picture(of);
    expect(fixture.machine.ledger.liveBytes).toBe(liveBytes);
  });
});
