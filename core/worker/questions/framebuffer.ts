/** What the display of the machine shows: the picture as the machine reads it, where it comes from, and the text that stands in it. */
import { PAGE_SIZE, pagesUp } from '../../base/units.ts';
import { FONT_HEIGHT, FONT_WIDTH, glyphRows } from '../../drm/console/font_8x16.ts';
import { LAB_GPU_DRIVER } from '../../drm/drivers/lab_gpu.ts';
import { scanOutOf } from '../../drm/drivers/lab_gpu_display.ts';
import { bootObject, labGpuOf } from '../../drm/drivers/lab_gpu_state.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import type { TtmBo } from '../../drm/ttm/ttm_bo.ts';
import { pfnOfGartEntry } from '../../hw/gart_entry.ts';
import { FORMAT_TILED_X } from '../../hw/ring/commands.ts';
import { isShort } from '../../hw/ring/surface.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { takePicture } from '../../lab/screenshot.ts';
import type { FramebufferView } from '../../public/machine_types.ts';
import type { Answering } from './question.ts';

/** Bits of a cell, one hexadecimal word a row, to its character; the font has no two equal ones but the unprintable. */
function glyphTable(): Map<string, string> {
  const table = new Map<string, string>();
  for (let code = 0x20; code < 0x7f; code++) table.set(glyphRows(code).join(), String.fromCharCode(code));
  return table;
}

/**
 * Text of a picture that the console drew: cells of 8 x 16 pixels in two colours whose shape is a character of its font.
 *
 * @param pixels RGBA words; the colour of the left upper pixel is paper, as no character touches it
 * @returns lines without trailing blanks; empty when a tenth of the cells cannot be read
 */
export function readConsoleText(pixels: Uint32Array, width: number, height: number): string {
  const table = glyphTable();
  const paper = pixels[0];
  const lines: string[] = [];
  let unread = 0;
  const columns = Math.floor(width / FONT_WIDTH);
  const rows = Math.floor(height / FONT_HEIGHT);
  const bits: number[] = new Array(FONT_HEIGHT).fill(0);
  for (let row = 0; row < rows; row++) {
    let line = '';
    for (let column = 0; column < columns; column++) {
      for (let y = 0; y < FONT_HEIGHT; y++) {
        const at = (row * FONT_HEIGHT + y) * width + column * FONT_WIDTH;
        let word = 0;
        for (let x = 0; x < FONT_WIDTH; x++) if (pixels[at + x] !== paper) word |= 0x80 >> x;
        bits[y] = word;
      }
      const character = table.get(bits.join());
      if (character === undefined) unread++;
      line += character ?? '?';
    }
    lines.push(line.trimEnd());
  }
  if (unread * 10 > rows * columns) return '';
  return lines.join('\n').trimEnd();
}

function shownDisplay(kernel: Kernel): DrmDevice | null {
  for (const { device } of kernel.devices.values()) {
    if ((device as DrmDevice).driver === LAB_GPU_DRIVER) return device as DrmDevice;
  }
  return null;
}

function unboundPages(kernel: Kernel, address: number, nrPages: number): number {
  const first = address / PAGE_SIZE;
  let unbound = 0;
  for (let page = 0; page < nrPages; page++) {
    const entry = kernel.queue.gart[first + page];
    if (entry === undefined || pfnOfGartEntry(kernel.description, entry) < 0) unbound++;
  }
  return unbound;
}

export const FRAMEBUFFER: Answering<'framebuffer'> = {
  between: true,
  answer: async ({ session: { kernel, player }, names }): Promise<FramebufferView | { none: string }> => {
    const device = shownDisplay(kernel);
    if (!device) {
      return {
        none: `Only the display of lab_gpu is read through the GART here; the machine ${kernel.description.name} has none.`,
      };
    }
    if (player.machine.layout !== 'paged') {
      return {
        none: 'With one GPU buffer per object there is no table of pages for the display to read through. Open the window with vram=paged.',
      };
    }
    const picture = await takePicture(player, device.description.name);
    if (!picture) return { none: 'The display shows nothing.' };
    const shown = scanOutOf(device);
    const { crtc } = device;
    const object = (crtc?.fb.object ?? bootObject(labGpuOf(device), 'framebuffer')) as TtmBo;
    const nrPages = pagesUp(shown.pitch * shown.height);
    const { width, height, pixels } = picture;
    const words = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
    return {
      width,
      height,
      pixels,
      device: device.description.name,
      format: `${isShort(shown.format) ? 'RGB565' : 'XRGB8888'}${shown.format & FORMAT_TILED_X ? ', tiled X' : ''}`,
      pitch: shown.pitch,
      address: shown.address,
      source: crtc ? 'framebuffer' : 'console',
      objectId: object.id,
      objectName: names.object(object.id),
      pinned: object.pinCount > 0 ? object.pinnedFor || 'pinned' : null,
      unboundPages: unboundPages(kernel, shown.address, nrPages),
      nrPages,
      cursor: shown.cursor ? { x: shown.cursor.x, y: shown.cursor.y } : null,
      text: crtc ? '' : readConsoleText(words, width, height),
    };
  },
};
