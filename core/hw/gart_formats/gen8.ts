/**
 * Entry of gen8 and later: 64 bits.
 *
 *   bit 0       present
 *   bit 1       the address is an offset in local memory (gen12)
 *   bits 45:12  address
 *   bits 53:52  caching index (Meteor Lake; 0 is write-back)
 *
 * Models     drivers/gpu/drm/i915/gt/intel_ggtt.c gen8_ggtt_pte_encode, mtl_ggtt_pte_encode
 * Invariants there is no invalid entry: an unbound page is the scratch page. The table has no read-only bit
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotConstant } from '../../base/snapshot.ts';
import { addressOf, type GartFormat, hex } from './hardware_entry.ts';

const PRESENT = 1;
const LOCAL = 2;
const ADDRESS_END = 2 ** 46;
const HIGH_ADDRESS = 0x3fff;
/** Of the high word. */
const CACHE_SHIFT = 20;

function encodePage(address: number, flags: number): { low: number; high: number } {
  invariant(
    address >= 0 && address < ADDRESS_END && address % 4096 === 0,
    () =>
      `A gen8 entry cannot hold the page address ${hex(address)}; its addresses end at ${hex(ADDRESS_END)}.`,
  );
  return { low: ((address % 2 ** 32) | flags) >>> 0, high: Math.floor(address / 2 ** 32) };
}

export const gen8Format: GartFormat = {
  name: 'gen8',
  bits: 64,
  encode: page => encodePage(page.address, page.local ? PRESENT | LOCAL : PRESENT),
  encodeUnbound: scratchAddress => encodePage(scratchAddress, PRESENT),
  describe: ({ low, high }) => {
    const words = [
      low & PRESENT ? 'present' : 'not present',
      low & LOCAL ? 'local memory' : 'system memory',
      `caching index ${(high >>> CACHE_SHIFT) & 3}`,
    ];
    return `${words.join(', ')}, page ${hex(addressOf(low >>> 0, high & HIGH_ADDRESS))}`;
  },
};
snapshotConstant('hw.gen8Format', gen8Format);
