/**
 * Regions of memory that dax devices are cut from, and the devices: which pages of a region each one has.
 *
 * Models     struct dax_region, struct dev_dax, alloc_dev_dax_range, dev_dax_shrink, drivers/dax/bus.c (Linux 6.12)
 * Units      pages; `start` of a range within the region, `pgoff` within the device
 * Invariants I1 ranges of the devices of a region are disjoint and inside it
 *            I2 the ranges of a device cover its pages from 0 on without a gap
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { PAGE_SIZE, type PageIndex, type Pages, type Pfn } from '../base/units.ts';
import type { CharDevice } from '../fs/char_device.ts';
import type { PmemDescription } from '../hw/machine_description.ts';
import type { DaxBus } from './dax_bus.ts';
import type { DaxDevice } from './dax_device.ts';

/** A piece of a device: pages [pgoff, pgoff + nrPages) of it lie at page `start` of the region. */
export interface DaxRange {
  readonly pgoff: PageIndex;
  readonly start: PageIndex;
  nrPages: Pages;
}

export class DaxRegion {
  readonly devices = new Map<number, DevDax>();
  /** The driver of the memory is bound (dax_pmem, dax_hmem); without it the region has no devices. */
  driverBound = false;

  constructor(
    readonly bus: DaxBus,
    readonly id: number,
    readonly description: PmemDescription,
    /** Frame of its first page. */
    readonly firstPfn: Pfn,
  ) {}

  get nrPages(): Pages {
    return this.description.bytes / PAGE_SIZE;
  }

  /** Sizes are fixed by whoever made the namespace (IORESOURCE_DAX_STATIC). */
  get isStatic(): boolean {
    return this.description.resizable !== true;
  }

  get alignPages(): Pages {
    return this.description.align / PAGE_SIZE;
  }

  /** Gaps between ranges, upwards. */
  gaps(): { start: PageIndex; nrPages: Pages }[] {
    const used = [...this.devices.values()]
      .flatMap(device => device.ranges)
      .sort((a, b) => a.start - b.start || a.nrPages - b.nrPages);
    const gaps: { start: PageIndex; nrPages: Pages }[] = [];
    let at = 0;
    for (const { start, nrPages } of used) {
      if (start > at) gaps.push({ start: at, nrPages: start - at });
      at = start + nrPages;
    }
    if (at < this.nrPages) gaps.push({ start: at, nrPages: this.nrPages - at });
    return gaps;
  }

  /** Pages that no device has. */
  get freePages(): Pages {
    return this.gaps().reduce((sum, gap) => sum + gap.nrPages, 0);
  }
}
snapshotClass(DaxRegion, 'dax.DaxRegion');

export class DevDax {
  readonly ranges: DaxRange[] = [];
  /** References: the bus while it is registered, and each cdev that files may still hold. */
  refs = 1;
  /** Registered with the bus: its node exists. */
  registered = false;
  /** What device_dax registered while it is bound. */
  cdev: CharDevice | null = null;

  constructor(
    readonly region: DaxRegion,
    /** Y in daxX.Y. */
    readonly id: number,
    readonly minor: number,
    readonly daxDevice: DaxDevice,
  ) {}

  get name(): string {
    return `dax${this.region.id}.${this.id}`;
  }

  get node(): string {
    return `/dev/${this.name}`;
  }

  get alignPages(): Pages {
    return this.region.alignPages;
  }

  get nrPages(): Pages {
    return this.ranges.reduce((sum, range) => sum + range.nrPages, 0);
  }
}
snapshotClass(DevDax, 'dax.DevDax');

/**
 * The frame of `nrPages` pages of a device from `pgoff` on, all in one range, or null. Models dax_pgoff_to_phys().
 */
export function daxPgoffToPfn(device: DevDax, pgoff: PageIndex, nrPages: Pages): Pfn | null {
  for (const range of device.ranges) {
    if (pgoff < range.pgoff || pgoff >= range.pgoff + range.nrPages) continue;
    if (pgoff + nrPages > range.pgoff + range.nrPages) return null;
    return device.region.firstPfn + range.start + (pgoff - range.pgoff);
  }
  return null;
}

function lastRange(device: DevDax): DaxRange | undefined {
  return device.ranges[device.ranges.length - 1];
}

/**
 * Give a device more pages: the gap behind its last range first, then the lowest gaps.
 *
 * @throws KernelError ENOSPC when the region has fewer free pages; nothing is changed then
 */
export function growDevDax(device: DevDax, nrPages: Pages): void {
  const { region } = device;
  if (region.freePages < nrPages) {
    throw new KernelError(
      'ENOSPC',
      'write',
      `${device.name} wants ${nrPages} more pages; its region has ${region.freePages} free.`,
    );
  }
  let left = nrPages;
  while (left > 0) {
    const last = lastRange(device);
    const gaps = region.gaps();
    const behind = last && gaps.find(gap => gap.start === last.start + last.nrPages);
    const gap = behind ?? gaps[0]!;
    const taken = Math.min(gap.nrPages, left);
    if (behind) last.nrPages += taken;
    else device.ranges.push({ pgoff: device.nrPages as number, start: gap.start, nrPages: taken });
    left -= taken;
  }
}

/** Take pages from a device, the last range first. */
export function shrinkDevDax(device: DevDax, nrPages: Pages): void {
  let left = nrPages;
  while (left > 0) {
    const last = lastRange(device)!;
    const taken = Math.min(last.nrPages, left);
    last.nrPages -= taken;
    left -= taken;
    if (last.nrPages === 0) device.ranges.pop();
  }
}
