/**
 * What differs between kernels and eras, as fields of one object; no code asks for a version.
 *
 * Source     the transcripts' README ("Where kernels differ") for 6.1 and 6.12; the dossier for the others
 */
import { snapshotConstant } from '../base/snapshot.ts';

/**
 * How shared buffers get their inodes (dma_buf/dma_buf_inodes.ts). `singleton`: all share the anonymous inode, as before the
 * thread of 2019. `singleton-fdinfo`: the counter-proposal there, names and sizes in fdinfo instead of inodes. `rfc`: the patch
 * of the thread. `first-merged`: as it went in. `per-buffer`: today.
 */
export type DmaBufInodeDesign = 'singleton' | 'singleton-fdinfo' | 'rfc' | 'first-merged' | 'per-buffer';

/** Where the mappings of a DRM device hang (drm/device_mapping.ts). */
export type DeviceMapping = 'per-node' | 'first-open' | 'first-open-ihold' | 'per-device';

export interface KernelEra {
  /** Name in machine descriptions, `linux-6.12`. */
  readonly name: string;
  /** The first placement of a TTM buffer, at its creation, zaps its (empty) mappings too. */
  readonly zapAtFirstPlacement: boolean;
  /** bochs can export PRIME buffers. */
  readonly bochsPrime: boolean;
  /** A framebuffer counts as a handle of its object: a flink name survives the last real handle. */
  readonly framebufferHoldsHandle: boolean;
  /** Pages of device-dax count in RSS and smaps. */
  readonly daxCountsInRss: boolean;
  /**
   * Faults first run under a lock of their VMA alone (6.4 and later); what that does not allow begins anew. A first 4 KiB
   * fault of device-dax then makes four tries (1 GiB, 2 MiB, 2 MiB, 4 KiB) instead of three.
   */
  readonly perVmaLock: boolean;
  /** Each process has a pidfd inode on a file system of its own. */
  readonly pidFs: boolean;
  /** madvise(POPULATE_READ) goes on behind a hole. */
  readonly populateReadPassesHoles: boolean;
  /** fdinfo of an eventfd shows `eventfd-semaphore`. */
  readonly eventfdShowsSemaphore: boolean;
  readonly deviceMapping: DeviceMapping;
  readonly dmaBufInodes: DmaBufInodeDesign;
}

export const LINUX_6_12: KernelEra = snapshotConstant('fs.era.linux-6.12', {
  name: 'linux-6.12',
  zapAtFirstPlacement: true,
  bochsPrime: true,
  framebufferHoldsHandle: true,
  daxCountsInRss: false,
  perVmaLock: true,
  pidFs: true,
  populateReadPassesHoles: false,
  eventfdShowsSemaphore: true,
  deviceMapping: 'per-device',
  dmaBufInodes: 'per-buffer',
});

/** 6.12 with another design of shared buffers, everything else being equal: what an experiment compares. */
function withDmaBufInodes(dmaBufInodes: DmaBufInodeDesign): KernelEra {
  return { ...LINUX_6_12, name: `linux-6.12-dma-buf-${dmaBufInodes}`, dmaBufInodes };
}

export const DMA_BUF_ERAS: readonly KernelEra[] = (
  ['singleton', 'singleton-fdinfo', 'rfc', 'first-merged'] as const
).map(design => snapshotConstant(`fs.era.dma-buf-${design}`, withDmaBufInodes(design)));

export const LINUX_6_1: KernelEra = snapshotConstant('fs.era.linux-6.1', {
  name: 'linux-6.1',
  zapAtFirstPlacement: false,
  bochsPrime: false,
  framebufferHoldsHandle: false,
  daxCountsInRss: true,
  perVmaLock: false,
  pidFs: false,
  populateReadPassesHoles: true,
  eventfdShowsSemaphore: false,
  deviceMapping: 'per-device',
  dmaBufInodes: 'per-buffer',
});

/** 6.12 with another address space of DRM devices, everything else being equal. */
function withDeviceMapping(name: string, deviceMapping: DeviceMapping): KernelEra {
  return { ...LINUX_6_12, name, deviceMapping };
}

/** Each device node has its own mappings; shoot-downs know one of them. */
export const PER_NODE: KernelEra = snapshotConstant(
  'fs.era.per-node',
  withDeviceMapping('per-node', 'per-node'),
);

/** The first opener's address space is borrowed as Linux 2.6.32 did it. */
export const FIRST_OPEN_2_6_32: KernelEra = snapshotConstant(
  'fs.era.first-open-2.6.32',
  withDeviceMapping('first-open-2.6.32', 'first-open'),
);

/** The same as Linux 3.6 did it. */
export const FIRST_OPEN_3_6: KernelEra = snapshotConstant(
  'fs.era.first-open-3.6',
  withDeviceMapping('first-open-3.6', 'first-open-ihold'),
);
