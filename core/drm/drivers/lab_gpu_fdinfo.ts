/**
 * What /proc/<pid>/fdinfo/<fd> says of a file of the lab's GPU: the client, and the bytes of its objects by memory.
 *
 * Models     drm_show_fdinfo, drm_print_memory_stats (drivers/gpu/drm/drm_file.c, Linux 6.12); regions named as by amdgpu
 * Units      bytes, written as KiB or MiB where they divide without a rest
 * Left out   drm-pdev; busy time of engines: the time of the model is not that of a clock
 */
import { USAGE_READ } from '../../dma_buf/dma_resv.ts';
import type { DrmFile } from '../drm_file.ts';
import { TtmBo } from '../ttm/ttm_bo.ts';
import { PL_TT, PL_VRAM } from '../ttm/ttm_placement.ts';

const REGIONS = ['cpu', 'gtt', 'vram'] as const;
type Region = (typeof REGIONS)[number];

function regionOf(bo: TtmBo): Region {
  if (bo.resource?.memType === PL_VRAM) return 'vram';
  return bo.resource?.memType === PL_TT && !bo.tt?.swapped ? 'gtt' : 'cpu';
}

/** `1 MiB`, `192 KiB`, `0`: the largest unit that leaves no rest. */
function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (unit < 2 && size !== 0 && size % 1024 === 0) {
    size /= 1024;
    unit++;
  }
  return `${size}${['', ' KiB', ' MiB'][unit]}`;
}

/** The lines behind those that every descriptor has. */
export function labGpuFdinfo(file: DrmFile): string[] {
  const lines = [`drm-driver:\t${file.device.driver.name}`, `drm-client-id:\t${file.clientId}`];
  const sums = new Map(REGIONS.map(region => [region, { total: 0, shared: 0, active: 0, resident: 0 }]));
  const seen = new Set<TtmBo>();
  for (const [, object] of file.handles.entries()) {
    if (!(object instanceof TtmBo) || seen.has(object)) continue;
    seen.add(object);
    const sum = sums.get(regionOf(object))!;
    sum.total += object.sizeBytes;
    if (object.handleCount > 1 || object.dmaBuf) sum.shared += object.sizeBytes;
    if (!object.resv.testSignaled(USAGE_READ)) sum.active += object.sizeBytes;
    if (object.resource && !object.tt?.swapped) sum.resident += object.sizeBytes;
  }
  for (const region of REGIONS)
    for (const [what, bytes] of Object.entries(sums.get(region)!))
      lines.push(`drm-${what}-${region}:\t${sizeText(bytes)}`);
  return lines;
}
