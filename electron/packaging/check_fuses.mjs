/** Reads the fuse wire of a binary and compares it with the table. */
import { FUSE_BITS, FUSES } from './fuse_table.mjs';

/** What a byte of the wire says. */
const STATES = { 48: 'off', 49: 'on', 114: 'removed', 144: 'inherited' };

/**
 * @param binary Electron's binary, or on macOS its .app
 * @returns {Promise<{checked: number, wrong: string[]}>} a sentence for each fuse that is not as the table says
 */
export async function checkFuses(binary) {
  const { getCurrentFuseWire } = await import('@electron/fuses');
  let wire;
  try {
    wire = await getCurrentFuseWire(binary);
  } catch (error) {
    return { checked: 0, wrong: [`The fuses of ${binary} cannot be read: ${error.message}`] };
  }
  const wrong = [];
  for (const [name, wanted] of Object.entries(FUSES)) {
    const found = STATES[wire[FUSE_BITS[name]]] ?? 'unknown';
    if (found !== (wanted ? 'on' : 'off'))
      wrong.push(`Fuse ${name} is ${found} and must be ${wanted ? 'on' : 'off'}.`);
  }
  return { checked: Object.keys(FUSES).length, wrong };
}
