/**
 * Entries of the graphics translation table as real hardware has them: what an encoder takes and gives.
 *
 * Models     drivers/gpu/drm/i915/gt/intel_ggtt.c, drivers/gpu/drm/amd/amdgpu/amdgpu_gmc.c
 * Units      bytes; an entry is one or two 32-bit words, low word first
 * Not for    translation: WGSL and the host read the lab's own entry (hw/gart_entry.ts)
 */

/** A page as the table of real hardware names it. */
export interface HardwarePage {
  /** Bus address of the page, or its offset in device memory when `local`; a multiple of 4096 below 2^48. */
  readonly address: number;
  /** In the device's own memory, not in system memory. */
  readonly local: boolean;
  readonly writable: boolean;
  /** The last-level cache may hold it (gen6); absent: yes. */
  readonly cached?: boolean;
}

/** An entry: `high` is 0 in formats of 32 bits. */
export interface HardwareEntry {
  readonly low: number;
  readonly high: number;
}

/** One format of real hardware. */
export interface GartFormat {
  readonly name: 'gen6' | 'gen8' | 'amdgpu';
  readonly bits: 32 | 64;
  /** @throws ModelBug an address that the format cannot hold */
  encode(page: HardwarePage): HardwareEntry;
  /** The entry of a page that nothing is bound to; the scratch (dummy) page lies at `scratchAddress` of system memory. */
  encodeUnbound(scratchAddress: number): HardwareEntry;
  /** What an entry says, flag by flag, in words: `valid, LLC, page 0x12345000`. */
  describe(entry: HardwareEntry): string;
}

/** The address of bits 31:12 of the low word and of the bits of `highBits`, which continue it from bit 32 on. */
export function addressOf(low: number, highBits: number): number {
  return highBits * 2 ** 32 + (low - (low & 0xfff));
}

/** `0x` and at least eight hex digits. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

/** An entry as a register dump prints it. */
export function entryText(format: GartFormat, { low, high }: HardwareEntry): string {
  const digits = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
  return format.bits === 64 ? `0x${digits(high)}${digits(low)}` : `0x${digits(low)}`;
}
