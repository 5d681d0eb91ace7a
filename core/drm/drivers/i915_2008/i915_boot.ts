/**
 * What the kernel allocates for itself at module init, before any task exists: status page, ring, framebuffer; and the boot messages
 * drawn into that framebuffer by stores of the CPU through the aperture.
 *
 * Models     i915_gem_init_ringbuffer, i915_gem_init_hws, intelfb_create, drivers/gpu/drm/i915 (Linux 2.6.28, 2.6.29)
 * From       "We need to setup the frame buffer, ring buffer, hardware status page [...] at module init time so that people can see
 *            their boot messages" (Jesse Barnes, August 2008)
 * Rule       these objects skip call, handle and name; they are pinned for life and go when the module does
 */
import { PAGE_SIZE, type Pages } from '../../../base/units.ts';
import { I915_CONSOLE_LINE } from '../../../trace/events/i915.ts';
import { FONT_HEIGHT } from '../../console/font_8x16.ts';
import { textRowWords } from '../../console/text_console.ts';
import type { DrmDevice } from '../../drm_device.ts';
import { putObject } from '../../gem_object.ts';
import { createObject } from './i915_create.ts';
import { setToGttDomain } from './i915_domains.ts';
import { pinObject, unpinObject } from './i915_gtt.ts';
import type { I915Object } from './i915_object.ts';
import { type I915, i915Of } from './i915_state.ts';

/** The mode at boot: 640 x 480 pixels of four bytes. */
export const BOOT_WIDTH = 640;
const BOOT_FRAMEBUFFER_PAGES: Pages = 300;
/** 128 KiB. */
const RING_PAGES: Pages = 32;
/** A row of characters is a whole number of pages, because 640 * 4 * 16 bytes are. */
export const ROW_PAGES: Pages = (BOOT_WIDTH * 4 * FONT_HEIGHT) / PAGE_SIZE;

function makeBootObject(i915: I915, name: string, nrPages: Pages): I915Object {
  const object = createObject(i915.device, nrPages, name, true);
  i915.bootObjects.push(object);
  pinObject(object, name);
  setToGttDomain(object, true);
  return object;
}

/** Make them, and draw what there is to say. @throws KernelError ENOMEM, ENOSPC; freeBootObjects() undoes what was made */
export function makeBootObjects(device: DrmDevice): void {
  const i915 = i915Of(device);
  const { nrEntries } = i915;
  const status = makeBootObject(i915, 'status page', 1);
  const ring = makeBootObject(i915, 'ring', Math.max(1, Math.min(RING_PAGES, Math.floor(nrEntries / 32))));
  const framebuffer = makeBootObject(
    i915,
    'framebuffer',
    Math.max(ROW_PAGES, Math.min(BOOT_FRAMEBUFFER_PAGES, Math.floor(nrEntries / 4))),
  );
  bootMessage(
    i915,
    `i915 ${device.description.pciSlot ?? device.description.name}: GTT of ${nrEntries * 4} KiB`,
  );
  for (const { label, nrPages, gtt } of [status, ring, framebuffer])
    bootMessage(
      i915,
      `${label}: ${nrPages * 4} KiB at GTT 0x${(gtt!.start * PAGE_SIZE).toString(16).padStart(8, '0')}`,
    );
}

/** Draw a line below those before; when the screen is full the oldest are drawn over from the top. */
export function bootMessage(i915: I915, text: string): void {
  const framebuffer = i915.bootObjects.find(({ label }) => label === 'framebuffer')!;
  const { plane } = i915.device.core;
  const rows = Math.floor(framebuffer.nrPages / ROW_PAGES);
  const row = i915.bootLines.length % rows;
  setToGttDomain(framebuffer, true);
  const words = textRowWords(text, BOOT_WIDTH);
  const perPage = PAGE_SIZE / 4;
  framebuffer.mirrorFrames(row * ROW_PAGES, ROW_PAGES).forEach((frame, page) => {
    plane.storeWords(frame, 0, words.subarray(page * perPage, (page + 1) * perPage));
  });
  i915.bootLines.push(text);
  i915.device.trace.emit(I915_CONSOLE_LINE, framebuffer.id, row, text.length);
}

/** Module exit: they are let go, last first. */
export function freeBootObjects(i915: I915): void {
  for (const object of i915.bootObjects.splice(0).reverse()) {
    if (object.pinCount > 0) unpinObject(object);
    putObject(object);
  }
}
