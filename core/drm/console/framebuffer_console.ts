/**
 * The kernel's console: lines of text drawn into the framebuffer made at boot, by commands of the ring.
 *
 * Models     drivers/video/fbdev/core/fbcon.c and bitblit.c (Linux 6.12) over a driver that draws by its ring, as intelfb did
 * Units      pixels; cells of 8 x 16 pixels
 * Invariants I1 framebuffer and font are pinned and bound as long as the console lives
 * Left out   colours within a line, the blinking cursor, console switching
 */
import { KernelError } from '../../base/errno.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import { PAGE_SIZE, type Pages } from '../../base/units.ts';
import { copyTimeNs } from '../../hw/machine_description.ts';
import { REGION_VRAM } from '../../hw/region.ts';
import {
  copy,
  drawRect,
  drawText,
  FORMAT_XRGB8888,
  GLYPH_TABLE_BYTES,
  type Surface,
} from '../../hw/ring/commands.ts';
import { CONSOLE_LINE } from '../../trace/events/engine.ts';
import { createLabObject, pinLabObject, unpinLabObject } from '../drivers/lab_gpu.ts';
import { bootObject, labGpuOf } from '../drivers/lab_gpu_state.ts';
import type { DrmDevice } from '../drm_device.ts';
import { putObject } from '../gem_object.ts';
import { reserveBo, type TtmBo, unreserveBo } from '../ttm/ttm_bo.ts';
import { FONT_HEIGHT, FONT_WIDTH, glyphRows } from './font_8x16.ts';

/** The mode that the framebuffer of boot has. */
export const CONSOLE_WIDTH = 640;
export const CONSOLE_HEIGHT = 480;
const PITCH = CONSOLE_WIDTH * 4;

const INK = 0xffd7e0ea;
const PAPER = 0xff10151c;

export class FramebufferConsole {
  /** Row of cells that the next line goes to. */
  row = 0;
  readonly rows: number;
  readonly columns = CONSOLE_WIDTH / FONT_WIDTH;

  constructor(
    readonly device: DrmDevice,
    readonly framebuffer: TtmBo,
    readonly font: TtmBo,
  ) {
    this.rows = Math.floor(Math.min(CONSOLE_HEIGHT, framebuffer.sizeBytes / PITCH) / FONT_HEIGHT);
  }

  /** The picture as the ring's commands name it. */
  get surface(): Surface {
    return { address: this.framebuffer.gart!.start * PAGE_SIZE, pitch: PITCH, format: FORMAT_XRGB8888 };
  }

  /** Paint everything in the colour of the paper. @throws WouldBlock the ring is full */
  clear(): void {
    this.row = 0;
    this.draw(drawRect(this.surface, { x: 0, y: 0 }, CONSOLE_WIDTH, this.rows * FONT_HEIGHT, PAPER));
  }

  /**
   * Print one line below the last one; the picture scrolls when it is full. Characters that do not fit are cut.
   *
   * @throws WouldBlock the ring is full; nothing was printed then
   */
  print(text: string): void {
    const { surface, framebuffer, columns } = this;
    const commands: number[] = [];
    let { row } = this;
    if (row === this.rows) {
      row--;
      const line = PITCH * FONT_HEIGHT;
      commands.push(...copy(surface.address, surface.address + line, line * row));
      commands.push(...drawRect(surface, { x: 0, y: row * FONT_HEIGHT }, CONSOLE_WIDTH, FONT_HEIGHT, PAPER));
    }
    const codes = Array.from(text.slice(0, columns), character => character.charCodeAt(0) & 0xff);
    const at = { x: 0, y: row * FONT_HEIGHT };
    commands.push(...drawText(surface, at, INK, PAPER, this.font.gart!.start * PAGE_SIZE, codes));
    this.draw(commands);
    this.row = row + 1;
    this.device.trace.emit(CONSOLE_LINE, framebuffer.id, row, codes.length);
  }

  private draw(commands: readonly number[]): void {
    const { device, framebuffer, font } = this;
    const engine = labGpuOf(device).engine!;
    engine.reserve(commands.length, 'console');
    const ticket = device.ttm!.newContext().ticket;
    const pages: Pages = Math.ceil((PITCH * FONT_HEIGHT) / PAGE_SIZE);
    reserveBo(framebuffer, ticket);
    reserveBo(font, ticket);
    try {
      const objects = [
        { bo: framebuffer, write: true },
        { bo: font, write: false },
      ];
      engine.submit(commands, objects, copyTimeNs(device.core.machine, REGION_VRAM, REGION_VRAM, pages), 0);
    } finally {
      unreserveBo(font);
      unreserveBo(framebuffer);
    }
  }
}
snapshotClass(FramebufferConsole, 'drm.FramebufferConsole');

/**
 * The console takes the framebuffer of boot over: a font in VRAM, an empty picture.
 *
 * @throws KernelError EBUSY there is one; ENOMEM, ENOSPC no place for the font
 */
export function startConsole(device: DrmDevice): FramebufferConsole {
  const state = labGpuOf(device);
  if (state.console !== null) throw new KernelError('EBUSY', 'console', 'The device has a console.');
  const font = createLabObject(
    device,
    GLYPH_TABLE_BYTES / PAGE_SIZE,
    { domain: 'system', name: 'console font', visible: true, priority: 0 },
    true,
  );
  const framebuffer = bootObject(state, 'framebuffer');
  try {
    pinLabObject(font, 'console font');
    if (!state.gart.bind(font, new Set([framebuffer])))
      throw new KernelError('ENOSPC', 'console', 'The GART has no room for the font of the console.');
  } catch (refusal) {
    if (font.pinCount > 0) unpinLabObject(font);
    putObject(font);
    throw refusal;
  }
  state.bootObjects.push(font);
  device.core.plane.storeWords(font.pfnOfPage(0), 0, glyphTable());
  state.console = new FramebufferConsole(device, framebuffer, font);
  return state.console;
}

/** All 256 glyphs, one byte a row, as dwords. */
function glyphTable(): Uint32Array {
  const bytes = new Uint8Array(GLYPH_TABLE_BYTES);
  for (let code = 0; code < 256; code++) bytes.set(glyphRows(code), code * FONT_HEIGHT);
  return new Uint32Array(bytes.buffer);
}
