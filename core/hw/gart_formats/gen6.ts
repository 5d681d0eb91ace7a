/**
 * Entry of gen6 and gen7: 32 bits.
 *
 *   bit 0       valid
 *   bits 2:1    1 uncached, 2 LLC, 3 L3 and LLC (gen7)
 *   bits 11:4   address bits 39:32
 *   bits 31:12  address bits 31:12
 *
 * Models     drivers/gpu/drm/i915/gt/intel_gtt.h GEN6_PTE_ADDR_ENCODE, intel_ggtt.c snb_pte_encode
 * Invariants there is no invalid entry: an unbound page is the scratch page. There is no read-only bit
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotConstant } from '../../base/snapshot.ts';
import { addressOf, type GartFormat, hex } from './hardware_entry.ts';

const VALID = 1;
const CACHE_SHIFT = 1;
const UNCACHED = 1;
const CACHE_LLC = 2;
const CACHE_WORDS = ['no cache bits', 'uncached', 'LLC', 'L3 and LLC'] as const;
const ADDRESS_END = 2 ** 40;

function encodePage(address: number, caching = CACHE_LLC): { low: number; high: number } {
  invariant(
    address >= 0 && address < ADDRESS_END && address % 4096 === 0,
    () =>
      `A gen6 entry cannot hold the page address ${hex(address)}; its addresses end at ${hex(ADDRESS_END)}.`,
  );
  const upper = Math.floor(address / 2 ** 32);
  const lower = address % 2 ** 32;
  return { low: (lower | (upper << 4) | (caching << CACHE_SHIFT) | VALID) >>> 0, high: 0 };
}

export const gen6Format: GartFormat = {
  name: 'gen6',
  bits: 32,
  encode: ({ address, cached }) => encodePage(address, cached === false ? UNCACHED : CACHE_LLC),
  encodeUnbound: scratchAddress => encodePage(scratchAddress),
  describe: ({ low }) => {
    const address = hex(addressOf(low >>> 0, (low >>> 4) & 0xff));
    return `${low & VALID ? 'valid' : 'not valid'}, ${CACHE_WORDS[(low >>> CACHE_SHIFT) & 3]}, page ${address}`;
  },
};
snapshotConstant('hw.gen6Format', gen6Format);
