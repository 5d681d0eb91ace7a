/** The machine that a page's trace runs on: a lab_gpu with as much video memory as asked, and room behind it for all the rest. */
import { type Bytes, PAGE_SIZE } from '../../base/units.ts';
import {
  MAX_VRAM_HEAPS,
  type MachineDescription,
  parseMachineDescription,
} from '../../hw/machine_description.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const roundUp = (bytes: Bytes, to: Bytes) => Math.ceil(bytes / to) * to;
const between = (low: Bytes, bytes: Bytes, high: Bytes) => Math.min(high, Math.max(low, bytes));

/** Video memory that holds everything at once, as far as a machine can have so much. */
export function vramForAll(peakBytes: Bytes): Bytes {
  return between(16 * MIB, roundUp(peakBytes + peakBytes / 8, MIB), MAX_VRAM_HEAPS * GIB);
}

/**
 * @param like      a machine description with one lab_gpu, for timings
 * @param vramBytes video memory, in whole MiB
 * @param peakBytes of the trace: RAM holds it twice over, as far as a GART entry can name it
 */
export function webGpuMachine(
  like: MachineDescription,
  vramBytes: Bytes,
  peakBytes: Bytes,
): MachineDescription {
  const ramBytes = between(128 * MIB, roundUp(2 * peakBytes + 64 * MIB, MIB), 4 * GIB);
  const ttBytes = between(32 * MIB, ramBytes / 2, GIB);
  let gartEntries = 16_384;
  while (gartEntries < (vramBytes + ttBytes) / PAGE_SIZE && gartEntries < 2 ** 20) gartEntries *= 2;
  return parseMachineDescription(
    {
      ...like,
      name: `webgpu-${vramBytes / MIB}m`,
      title: `${vramBytes / MIB} MiB of video memory for the trace of a page`,
      ramBytes,
      swapBytes: ramBytes,
      ttBytes: roundUp(ttBytes, PAGE_SIZE),
      gartEntries,
      vramHeapBytes: roundUp(vramBytes / MAX_VRAM_HEAPS, PAGE_SIZE),
      devices: [{ ...like.devices[0]!, vramBytes, visibleVramBytes: Math.min(vramBytes, 256 * MIB) }],
    },
    'of the trace',
  );
}
