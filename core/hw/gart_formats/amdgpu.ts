/**
 * Entry of amdgpu's GART: 64 bits.
 *
 *   bit 0       valid
 *   bit 1       system memory
 *   bit 2       snooped
 *   bit 4       executable
 *   bit 5       readable
 *   bit 6       writable
 *   bits 47:12  address
 *
 * Models     drivers/gpu/drm/amd/amdgpu/amdgpu_vm.h AMDGPU_PTE_*, amdgpu_ttm.c amdgpu_ttm_tt_pte_flags,
 *            amdgpu_gart.c amdgpu_gart_unbind
 * Invariants an unbound page is the dummy page's address with no flag: an access to it is a fault
 * Left out   fields of single generations (memory type, fragment size)
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotConstant } from '../../base/snapshot.ts';
import { addressOf, type GartFormat, type HardwareEntry, type HardwarePage, hex } from './hardware_entry.ts';

const VALID = 1 << 0;
const SYSTEM = 1 << 1;
const SNOOPED = 1 << 2;
const EXECUTABLE = 1 << 4;
const READABLE = 1 << 5;
const WRITABLE = 1 << 6;
const FLAG_WORDS: readonly (readonly [number, string])[] = [
  [SYSTEM, 'system memory'],
  [SNOOPED, 'snooped'],
  [EXECUTABLE, 'executable'],
  [READABLE, 'readable'],
  [WRITABLE, 'writable'],
];
const ADDRESS_END = 2 ** 48;
const HIGH_ADDRESS = 0xffff;

function encodePage(address: number, flags: number): HardwareEntry {
  invariant(
    address >= 0 && address < ADDRESS_END && address % 4096 === 0,
    () =>
      `An amdgpu entry cannot hold the page address ${hex(address)}; its addresses end at ${hex(ADDRESS_END)}.`,
  );
  return { low: ((address % 2 ** 32) | flags) >>> 0, high: Math.floor(address / 2 ** 32) };
}

/** System pages are cached ones, so the entry snoops. */
function flagsOf({ local, writable }: HardwarePage): number {
  const memory = local ? 0 : SYSTEM | SNOOPED;
  return VALID | memory | EXECUTABLE | READABLE | (writable ? WRITABLE : 0);
}

export const amdgpuFormat: GartFormat = {
  name: 'amdgpu',
  bits: 64,
  encode: page => encodePage(page.address, flagsOf(page)),
  encodeUnbound: scratchAddress => encodePage(scratchAddress, 0),
  describe: ({ low, high }) => {
    const words = FLAG_WORDS.filter(([flag]) => low & flag).map(([, word]) => word);
    const flags = [low & VALID ? 'valid' : 'not valid', ...words].join(', ');
    return `${flags}, page ${hex(addressOf(low >>> 0, high & HIGH_ADDRESS))}`;
  },
};
snapshotConstant('hw.amdgpuFormat', amdgpuFormat);
