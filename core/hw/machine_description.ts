/**
 * What the modelled machine consists of: memory sizes, devices with their video memory, GART, timings. Files in
 * `assets/machines/` hold descriptions as JSON; the hash of one is part of every digest, the adapter that runs it is not.
 *
 * Units      bytes, integer nanoseconds, bytes per microsecond
 * Invariants I1 every size is a whole number of pages
 *            I2 VRAM of all devices lies in the VRAM region one after the other, in the order of `devices`
 *            I3 at most MAX_VRAM_HEAPS heaps of `vramHeapBytes` hold it (the GART entry has three bits for the heap, and
 *               heaps, mirror and tables must fit eight storage bindings)
 * Left out   NUMA, more than one GART
 */
import * as v from 'valibot';
import { KernelError } from '../base/errno.ts';
import { type Bytes, type Nanoseconds, PAGE_SIZE, type Pages, type Pfn } from '../base/units.ts';
import { contentHashOfText } from './content_hash.ts';
import { REGION_PAGES, REGION_RAM, REGION_SWAP, type Region } from './region.ts';

/** Heap buffers that the paged VRAM layout may use. */
export const MAX_VRAM_HEAPS = 4;

const wholePages = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.check(bytes => bytes % PAGE_SIZE === 0, 'must be a multiple of 4096 bytes'),
);
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const duration = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Drivers of devices without memory of their own. */
const SHMEM_DRIVERS: readonly string[] = ['vgem', 'virtio_gpu', 'i915_2008'];

const deviceSchema = v.strictObject({
  /** The modelled driver (core/drm/drivers). */
  driver: v.picklist(['lab_gpu', 'bochs', 'qxl', 'vgem', 'virtio_gpu', 'i915_2008']),
  /** Name within the machine, as transcripts and scenarios use it. */
  name: v.pipe(v.string(), v.minLength(1)),
  /** DRM minor; without it the drivers take the lowest free one in order. */
  minor: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(63))),
  /** 0 for drivers whose objects lie in shared memory (SHMEM_DRIVERS). */
  vramBytes: wholePages,
  /** A second memory behind its VRAM (qxl: surfaces), in the same run of pages of the VRAM region. */
  surfaceBytes: v.optional(wholePages),
  /** The part of VRAM, from its start, that the CPU reaches through the aperture. */
  visibleVramBytes: wholePages,
  /** Place on the PCI bus, `0000:00:04.0`. */
  pciSlot: v.optional(v.pipe(v.string(), v.minLength(1))),
  /** Physical addresses of its registers and of its visible video memory; a driver that is bound claims them. */
  registerAddress: v.optional(wholePages),
  vramAddress: v.optional(wholePages),
  /** Where victims of VRAM go first: bound system pages (if there is room) or unbound ones. */
  evictTo: v.optional(v.picklist(['tt', 'system'])),
  /** LRU priorities of the resource managers (TTM_MAX_BO_PRIORITY is 4). */
  nrPriorities: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(4)),
});

const pmemSchema = v.strictObject({
  /** Name of the namespace and of its first device, `dax0.0`. */
  name: v.pipe(v.string(), v.regex(/^dax\d+\.0$/, 'must be dax, a number and .0')),
  bytes: v.pipe(wholePages, v.minValue(PAGE_SIZE)),
  /** Size of one mapping unit: 4 KiB or 2 MiB. */
  align: v.picklist([4096, 2097152]),
  /** Physical address; a driver that is bound claims it. */
  address: v.optional(wholePages),
  /** Devices on it may change their size (a region that is not static). */
  resizable: v.optional(v.boolean()),
});

const timingSchema = v.strictObject({
  syscallNs: duration,
  faultNs: duration,
  copyLatencyNs: duration,
  ramToVramBytesPerUs: positive,
  vramToRamBytesPerUs: positive,
  vramToVramBytesPerUs: positive,
  ramToRamBytesPerUs: positive,
  ramToSwapBytesPerUs: positive,
  swapToRamBytesPerUs: positive,
});

const machineSchema = v.strictObject({
  format: v.literal('gart-lab-machine'),
  version: v.literal(1),
  name: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/, 'must be lower case letters, digits and dashes')),
  title: v.string(),
  /** Which kernel runs on it (kernel/kernel_era.ts). */
  era: v.picklist([
    'linux-6.12',
    'linux-6.12-dma-buf-singleton',
    'linux-6.12-dma-buf-singleton-fdinfo',
    'linux-6.12-dma-buf-rfc',
    'linux-6.12-dma-buf-first-merged',
    'first-open-3.6',
    'first-open-2.6.32',
    'per-node',
    'gem-2008',
    'gem-2.6.32',
    'dax-seed-004',
    'dax-6.18',
  ]),
  ramBytes: v.pipe(wholePages, v.minValue(PAGE_SIZE), v.maxValue(2 ** 38)),
  swapBytes: v.pipe(wholePages, v.maxValue(2 ** 38)),
  /** System pages that may be bound in the GART at one time; the size of the mirror heap. */
  ttBytes: v.pipe(wholePages, v.maxValue(2 ** 30)),
  /** Entries of the GART table, one per page of its address space (at most 4 GiB). */
  gartEntries: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 20)),
  vramHeapBytes: v.pipe(wholePages, v.minValue(PAGE_SIZE), v.maxValue(2 ** 30)),
  /** `invalid`: an unbound entry reads the dummy page and is logged (amdgpu); `scratch`: it reads silently (Intel). */
  unboundEntry: v.picklist(['invalid', 'scratch']),
  /** The command streamer keeps translations until it is told to flush them; without it every entry takes effect at once. */
  tlb: v.optional(v.boolean()),
  /** Encoder shown in the inspector; WGSL reads the lab's own format (hw/gart_entry.ts). */
  pteFormat: v.picklist(['gen6', 'gen8', 'amdgpu']),
  devices: v.array(deviceSchema),
  /** Exporters of shared buffers that the kernel has besides its devices. */
  dmaBufExporters: v.optional(v.array(v.picklist(['udmabuf', 'system_heap']))),
  /** Memory of device-dax: it lies in the RAM region behind system memory, in this order. */
  pmem: v.optional(v.array(pmemSchema)),
  timing: timingSchema,
});

export type DeviceDescription = v.InferOutput<typeof deviceSchema>;
export type PmemDescription = v.InferOutput<typeof pmemSchema>;
export type MachineTiming = v.InferOutput<typeof timingSchema>;
export type MachineDescription = v.InferOutput<typeof machineSchema>;

/**
 * Check a parsed JSON document and return it as a description.
 *
 * @param document the parsed file
 * @param from     where it came from, for the message
 * @throws KernelError EINVAL naming the field and what is wrong with it
 */
export function parseMachineDescription(document: unknown, from: string): MachineDescription {
  const result = v.safeParse(machineSchema, document);
  if (!result.success) {
    const issue = result.issues[0];
    const path = v.getDotPath(issue);
    throw new KernelError(
      'EINVAL',
      'machine',
      `The machine description ${from} is not usable: ${path ?? 'document'}: ${issue.message}.`,
    );
  }
  const machine = result.output;
  const refuse = (says: string): never => {
    throw new KernelError('EINVAL', 'machine', `The machine description ${from} is not usable: ${says}`);
  };
  const heaps = Math.ceil(vramBytesOf(machine) / machine.vramHeapBytes);
  if (heaps > MAX_VRAM_HEAPS) {
    refuse(
      `its VRAM (${vramBytesOf(machine)} bytes) needs ${heaps} heaps of ${machine.vramHeapBytes} bytes; at most ${MAX_VRAM_HEAPS} are possible.`,
    );
  }
  if (machine.ttBytes > machine.ramBytes) {
    refuse(`ttBytes (${machine.ttBytes}) is larger than ramBytes (${machine.ramBytes}).`);
  }
  if (machine.gartEntries > 0 && machine.ramBytes > 2 ** 32) {
    refuse(`a GART entry names at most 2^20 RAM pages; ramBytes is ${machine.ramBytes}.`);
  }
  const names = new Set<string>();
  for (const device of machine.devices) {
    if (names.has(device.name)) refuse(`two devices are called ${device.name}.`);
    names.add(device.name);
    if ((device.vramBytes === 0) !== SHMEM_DRIVERS.includes(device.driver)) {
      refuse(`device ${device.name} of the driver ${device.driver} has ${device.vramBytes} bytes of VRAM.`);
    }
    if ((device.surfaceBytes !== undefined) !== (device.driver === 'qxl')) {
      refuse(`device ${device.name}: the driver qxl, and no other, has surfaceBytes.`);
    }
    if (device.visibleVramBytes > device.vramBytes) {
      refuse(
        `device ${device.name} shows more VRAM (${device.visibleVramBytes} bytes) than it has (${device.vramBytes} bytes).`,
      );
    }
  }
  let pmemPages = 0;
  for (const { name, bytes, align } of machine.pmem ?? []) {
    if (names.has(name)) refuse(`two devices are called ${name}.`);
    names.add(name);
    if (bytes % align !== 0)
      refuse(`${name} (${bytes} bytes) is no multiple of its alignment, ${align} bytes.`);
    pmemPages += bytes / PAGE_SIZE;
  }
  if (machine.ramBytes / PAGE_SIZE + pmemPages > REGION_PAGES) {
    refuse(`ramBytes and pmem together are more than the region of RAM holds (${REGION_PAGES} pages).`);
  }
  return machine;
}

/** Bytes that a device has in the VRAM region: its VRAM, then its second memory. */
export function deviceMemoryOf(device: DeviceDescription): Bytes {
  return device.vramBytes + (device.surfaceBytes ?? 0);
}

/** Bytes of VRAM of all devices together. */
export function vramBytesOf(machine: MachineDescription): Bytes {
  let bytes = 0;
  for (const device of machine.devices) bytes += deviceMemoryOf(device);
  return bytes;
}

/** First page of a device's VRAM within the VRAM region. */
export function firstVramPage(machine: MachineDescription, deviceIndex: number): number {
  let bytes = 0;
  for (let i = 0; i < deviceIndex; i++) bytes += deviceMemoryOf(machine.devices[i]!);
  return bytes / PAGE_SIZE;
}

/** Pages of all memory of device-dax. */
function pmemPagesOf(machine: MachineDescription): Pages {
  return (machine.pmem ?? []).reduce((sum, { bytes }) => sum + bytes / PAGE_SIZE, 0);
}

/** First frame of a piece of device-dax memory. */
export function firstPmemPfn(machine: MachineDescription, index: number): Pfn {
  let page = machine.ramBytes / PAGE_SIZE;
  for (let i = 0; i < index; i++) page += machine.pmem![i]!.bytes / PAGE_SIZE;
  return page;
}

/** Pages of each region, by region number; MIRROR is numbered like RAM. RAM includes device-dax memory. */
export function regionPages(machine: MachineDescription): [Pages, Pages, Pages, Pages] {
  const ram = machine.ramBytes / PAGE_SIZE;
  return [
    ram + pmemPagesOf(machine),
    vramBytesOf(machine) / PAGE_SIZE,
    machine.ttBytes > 0 ? ram : 0,
    machine.swapBytes / PAGE_SIZE,
  ];
}

/** Two-lane hash of the description with its keys in alphabetical order: 16 hex digits; part of every digest. */
export function machineHash(machine: MachineDescription): string {
  return contentHashOfText(canonicalJson(machine));
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/**
 * Virtual time that a copy takes: latency plus size over the bandwidth of its direction, rounded up.
 * MIRROR counts as device memory.
 */
export function copyTimeNs(
  machine: MachineDescription,
  from: Region,
  to: Region,
  nrPages: Pages,
): Nanoseconds {
  const timing = machine.timing;
  let bytesPerUs: number;
  if (to === REGION_SWAP) bytesPerUs = timing.ramToSwapBytesPerUs;
  else if (from === REGION_SWAP) bytesPerUs = timing.swapToRamBytesPerUs;
  else if (from === REGION_RAM)
    bytesPerUs = to === REGION_RAM ? timing.ramToRamBytesPerUs : timing.ramToVramBytesPerUs;
  else bytesPerUs = to === REGION_RAM ? timing.vramToRamBytesPerUs : timing.vramToVramBytesPerUs;
  return timing.copyLatencyNs + Math.ceil((nrPages * PAGE_SIZE * 1000) / bytesPerUs);
}
