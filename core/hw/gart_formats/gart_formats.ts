/**
 * The lab's GART entries shown in the formats of real hardware, for the inspector.
 *
 * Units      bytes
 * Places     system memory from address 0 on; VRAM by its offset where the format knows local memory. gen6 does not: its
 *            VRAM is memory taken from the end of RAM ("stolen"), right behind what the kernel has. The scratch (dummy)
 *            page is the first page of system memory behind all that
 */
import { PAGE_SIZE } from '../../base/units.ts';
import { encodeGartEntry, GART_WRITABLE, pfnOfGartEntry } from '../gart_entry.ts';
import { type MachineDescription, vramBytesOf } from '../machine_description.ts';
import { pageOfPfn, REGION_VRAM, regionOfPfn } from '../region.ts';
import { amdgpuFormat } from './amdgpu.ts';
import { gen6Format } from './gen6.ts';
import { gen8Format } from './gen8.ts';
import { entryText, type GartFormat, type HardwareEntry, type HardwarePage } from './hardware_entry.ts';

/** All formats, by the names that machine descriptions use. */
export const GART_FORMATS: Readonly<Record<MachineDescription['pteFormat'], GartFormat>> = {
  gen6: gen6Format,
  gen8: gen8Format,
  amdgpu: amdgpuFormat,
};

/** Where the scratch page (Intel) or dummy page (amdgpu) lies in system memory. */
export function scratchAddress(machine: MachineDescription): number {
  return machine.ramBytes + vramBytesOf(machine);
}

/** The page that a valid entry of the lab names, as a format sees it. */
function hardwarePage(machine: MachineDescription, format: GartFormat, entry: number): HardwarePage {
  const pfn = pfnOfGartEntry(machine, entry);
  const offset = pageOfPfn(pfn) * PAGE_SIZE;
  const writable = (entry & GART_WRITABLE) !== 0;
  if (regionOfPfn(pfn) !== REGION_VRAM) return { address: offset, local: false, writable };
  if (format.name === 'gen6') return { address: machine.ramBytes + offset, local: false, writable };
  return { address: offset, local: true, writable };
}

/** An entry of the lab's table as a format of real hardware has it. */
export function toHardwareEntry(
  machine: MachineDescription,
  format: GartFormat,
  entry: number,
): HardwareEntry {
  if (pfnOfGartEntry(machine, entry) < 0) return format.encodeUnbound(scratchAddress(machine));
  return format.encode(hardwarePage(machine, format, entry));
}

/** One entry in one format: its digits and what they say. */
export interface GartEntryText {
  readonly format: GartFormat['name'];
  readonly digits: string;
  readonly says: string;
}

/** An entry of the lab's table in all formats, the machine's own first. */
export function gartEntryTexts(machine: MachineDescription, entry: number): GartEntryText[] {
  const own = GART_FORMATS[machine.pteFormat];
  const others = [gen6Format, gen8Format, amdgpuFormat].filter(format => format !== own);
  return [own, ...others].map(format => {
    const hardware = toHardwareEntry(machine, format, entry);
    return { format: format.name, digits: entryText(format, hardware), says: format.describe(hardware) };
  });
}

/** The same for a frame that the model would bind read-write. */
export function frameEntryTexts(machine: MachineDescription, pfn: number): GartEntryText[] {
  return gartEntryTexts(machine, encodeGartEntry(machine, pfn, 'read-write'));
}
