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

/**
 * How device-dax stands (dax/dax_history.ts): as it is meant to be, as in the posted patch of seed 004, or with the module init of
 * 6.18 that reports success after a failure.
 */
export type DaxStanding = 'today' | 'seed-004' | 'linux-6.18';

/** What the GEM of its first years did and later kernels do not (chapters 6.8 to 6.16 and 9.2 of the dossier). */
export interface EarlyGem {
  /** Error of a handle that the file does not have; closing one is EINVAL at all times. */
  readonly badHandle: 'EBADF' | 'ENOENT';
  /** Of two faults on one page the later one finds the entry there and is killed for it (EBUSY of vm_insert_pfn). */
  readonly loserOfFaultRaceDies: boolean;
  /** What a fault or MMAP_GTT bound is the next to be evicted, else the last. */
  readonly faultBoundGoesFirst: boolean;
  /** An unbind takes the entries of the GTT first, then those of tasks. */
  readonly unbindZapsLast: boolean;
}

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
  readonly daxStanding: DaxStanding;
  readonly earlyGem: EarlyGem;
}

/** The driver of 2008 with its worst mended: as the lab runs it beside younger kernels. */
const MENDED_GEM: EarlyGem = {
  badHandle: 'ENOENT',
  loserOfFaultRaceDies: false,
  faultBoundGoesFirst: true,
  unbindZapsLast: false,
};

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
  daxStanding: 'today',
  earlyGem: MENDED_GEM,
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
  daxStanding: 'today',
  earlyGem: MENDED_GEM,
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

/** Names of the eras that show what chapter 9.2 of the dossier lists. */
type HistoricName = 'gem-2008' | 'gem-2.6.32' | 'dax-seed-004' | 'dax-6.18';

/** 6.12 with parts of an older or younger kernel, everything else being equal. */
function historic(name: HistoricName, parts: Partial<KernelEra>): KernelEra {
  return { ...LINUX_6_12, ...parts, name };
}

/** GEM as it first mapped through the GTT (2008), as in 2.6.32, and device-dax as posted in 2016 and in 6.18. */
export const HISTORIC_ERAS: readonly KernelEra[] = [
  snapshotConstant(
    'fs.era.gem-2008',
    historic('gem-2008', {
      deviceMapping: 'first-open',
      earlyGem: {
        badHandle: 'EBADF',
        loserOfFaultRaceDies: true,
        faultBoundGoesFirst: true,
        unbindZapsLast: true,
      },
    }),
  ),
  snapshotConstant(
    'fs.era.gem-2.6.32',
    historic('gem-2.6.32', {
      deviceMapping: 'first-open',
      earlyGem: {
        badHandle: 'EBADF',
        loserOfFaultRaceDies: true,
        faultBoundGoesFirst: false,
        unbindZapsLast: false,
      },
    }),
  ),
  snapshotConstant('fs.era.dax-seed-004', historic('dax-seed-004', { daxStanding: 'seed-004' })),
  snapshotConstant('fs.era.dax-6.18', historic('dax-6.18', { daxStanding: 'linux-6.18' })),
];
