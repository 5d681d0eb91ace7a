/**
 * Character devices of FreeBSD: the switch of driver entry points, and the device that may lose it while it is in use.
 *
 * Models     struct cdev, struct cdevsw, dev_ref, dev_rel, dev_refthread, dev_relthread (sys/kern/kern_conf.c, F9.3, F14)
 * Invariants I1 `refs` = 1 while its name exists + open files + VM objects that hold it
 *            I2 `threads` is 0 at rest
 *            I3 `records` are the private records of its open files, in the order they were set
 */
import type { Errno } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { PageIndex, Pages, Pfn } from '../base/units.ts';
import type { CharDevice } from '../fs/char_device.ts';
import type { OpenFile } from '../fs/open_file.ts';
import type { ProcessMm } from '../mm/process_mm.ts';
import type { BsdCore, BusSlot } from './bsd_core.ts';
import type { CdevPriv } from './cdevpriv.ts';
import type { VmObject } from './vm_object.ts';

/** Answer of an entry point: 0, or the error. ERESTART exists between kernel and driver only. */
export type DriverAnswer = 0 | Errno | 'ERESTART';

/** What a call to d_mmap or d_mmap_single is about; one instance a core, reused. */
export class MmapQuestion {
  /** Page of the device; d_mmap_single may change it. */
  page: PageIndex = 0;
  nrPages: Pages = 0;
  /** PROT_* bits. */
  prot = 0;
  /** Answer of d_mmap: the frame. */
  pfn: Pfn = 0;
  /** Answer of d_mmap_single: a VM object with a reference for the caller. */
  object: VmObject | null = null;
}
snapshotClass(MmapQuestion, 'bsd.MmapQuestion');

/** What user space passes to and gets from an ioctl. */
export interface IoctlData {
  /** Number that goes in. */
  value: number;
  /** Another open file of the task, for requests that concern one. */
  file: OpenFile | null;
  /** A page of the caller's memory, for requests that read it. */
  user: { readonly mm: ProcessMm; readonly page: PageIndex } | null;
  /** Number or text that comes back. */
  out: number | string;
}

/** Entry points of a driver; a module-level constant registered with snapshotConstant. Answers, never throws KernelError. */
export interface CdevSwitch {
  readonly name: string;
  /** d_close is called at each close, not only at the last (D_TRACKCLOSE). */
  readonly trackClose?: boolean;
  dOpen?(cdev: Cdev, writable: boolean): DriverAnswer;
  dClose?(cdev: Cdev): DriverAnswer;
  /** @returns bytes, or the error */
  dRead?(cdev: Cdev, offset: number, length: number): number | Errno;
  dWrite?(cdev: Cdev, offset: number, length: number): number | Errno;
  dIoctl?(cdev: Cdev, request: string, data: IoctlData): DriverAnswer;
  /** One page: fills in `pfn`. */
  dMmap?(cdev: Cdev, question: MmapQuestion): DriverAnswer;
  /** A whole mapping: fills in `object` and may change `page`. ENODEV: not mine, ask d_mmap. */
  dMmapSingle?(cdev: Cdev, question: MmapQuestion): DriverAnswer;
  /** Make threads inside leave; called by destroy_dev. */
  dPurge?(cdev: Cdev): void;
}

export class Cdev {
  refs = 1;
  /** Threads inside an entry point. */
  threads = 0;
  /** Open files. */
  opens = 0;
  readonly records = new Set<CdevPriv>();
  /** Devices that go with this one. */
  readonly children: Cdev[] = [];
  /** Its registration and the path of its node, while it has a name. */
  charDevice: CharDevice | null = null;
  path = '';

  /**
   * @param id     dense number, shown in events
   * @param sw     entry points; null once the device is destroyed
   * @param softc  what the driver keeps (si_drv1); null once the device is destroyed
   * @param memory the bus slot whose memory it shows
   */
  constructor(
    readonly core: BsdCore,
    readonly id: number,
    readonly name: string,
    readonly minor: number,
    public sw: CdevSwitch | null,
    public softc: object | null,
    readonly memory: BusSlot,
  ) {}
}
snapshotClass(Cdev, 'bsd.Cdev');

/** One more user. */
export function devRef(cdev: Cdev): void {
  cdev.refs++;
}

/** One user less; the last one frees the device. */
export function devRel(cdev: Cdev): void {
  cdev.refs--;
  invariant(cdev.refs >= 0, () => `Device ${cdev.name} is dropped once too often.`);
  if (cdev.refs === 0) cdev.core.cdevs.delete(cdev);
}

/** A thread goes in. @returns the switch, or null when the device has none any more */
export function devRefThread(cdev: Cdev): CdevSwitch | null {
  if (cdev.sw !== null) cdev.threads++;
  return cdev.sw;
}

/** It comes out. */
export function devRelThread(cdev: Cdev): void {
  cdev.threads--;
  invariant(cdev.threads >= 0, () => `A thread leaves ${cdev.name} that never went in.`);
}
