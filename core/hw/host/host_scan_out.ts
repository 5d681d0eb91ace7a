/** The display engine of the host machine. */
import { type ScanOut, shownPixel } from '../ring/scan_out.ts';
import type { RingMemory } from './ring_memory.ts';

/** The picture as RGBA bytes. */
export function scanOutOnHost(memory: RingMemory, of: ScanOut): Uint8Array {
  const image = new Uint32Array(of.width * of.height);
  const load = (address: number) => (memory.isBound(address) ? memory.load(address) : -1);
  for (let y = 0, i = 0; y < of.height; y++)
    for (let x = 0; x < of.width; x++) image[i++] = shownPixel(of, x, y, load);
  return new Uint8Array(image.buffer);
}
