/**
 * What the kernel said while it booted, line by line: put together from its state, as dmesg would show it.
 *
 * Models     the lines of init/main.c, mm/page_alloc.c, drivers/gpu/drm (Linux 6.12), in spirit
 */
import { PAGE_SIZE } from '../base/units.ts';
import { LabGpu } from '../drm/drivers/lab_gpu_state.ts';
import type { DrmDevice } from '../drm/drm_device.ts';
import { PLACEMENT_NAMES } from '../drm/ttm/ttm_placement.ts';
import type { Kernel } from './kernel.ts';

const KIB = 1024;

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

function kib(bytes: number): string {
  return `${bytes / KIB} KiB`;
}

function deviceLines(device: DrmDevice): string[] {
  const { description, driver, minor, driverState } = device;
  const lines = [
    `${driver.name}: ${description.name}: ${kib(description.vramBytes)} of VRAM, ${kib(description.visibleVramBytes)} visible`,
  ];
  if (driverState instanceof LabGpu) {
    lines.push(`${description.name}: GART of ${driverState.gart.nrEntries} entries`);
    for (const bo of driverState.bootObjects) {
      const where =
        bo.resource === null
          ? 'nowhere'
          : `${PLACEMENT_NAMES[bo.resource.memType]} page ${bo.resource.start}`;
      lines.push(
        `${description.name}: ${bo.label}: ${bo.nrPages} pages at ${where}, GART ${hex((bo.gart?.start ?? 0) * PAGE_SIZE)}`,
      );
    }
    const { engine } = driverState;
    if (engine !== null)
      lines.push(`${description.name}: engine ${engine.number}: ring of ${kib(engine.ring.size)}`);
  }
  lines.push(`[drm] ${driver.name} for ${description.name} on minor ${minor}`);
  return lines;
}

/** The lines, oldest first. */
export function bootLog(kernel: Kernel): string[] {
  const { description, context, booted } = kernel;
  const { frames } = context;
  const lines = [
    `GART Lab: ${description.title}`,
    `Kernel era ${context.era.name}`,
    `Memory: ${frames.nrFree * 4} KiB of ${frames.nrPages * 4} KiB free`,
    `Swap: ${kib(description.swapBytes)}; system pages that may be bound: ${kib(description.ttBytes)}`,
    `GART: unbound entries are ${description.unboundEntry}${description.tlb ? ', the streamer keeps translations' : ''}`,
  ];
  for (const step of booted) lines.push(`init: ${step}`);
  for (const device of kernel.drm.allDevices) lines.push(...deviceLines(device));
  return lines;
}
