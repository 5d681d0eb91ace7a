/**
 * What differs between FreeBSD kernels, and the designs that were argued about in 2008, as fields; no code asks for a version.
 *
 * Source     dossier chapter 4 (F2011: head of January 2011, F9.3, F14)
 */
import { KernelError } from '../base/errno.ts';
import { snapshotConstant } from '../base/snapshot.ts';

export interface BsdEra {
  readonly name: string;
  /** There are VM objects whose pages are managed (OBJT_MGTDEVICE), so drm2 runs. */
  readonly managedPager: boolean;
  /** The legacy pager holds a reference of the device while its VM object lives. */
  readonly pagerHoldsDevice: boolean;
  /**
   * A legacy fault that gets no address, because the device is gone or d_mmap refuses: the kernel panics, or the pager fails
   * and the fault goes on to an empty page.
   */
  readonly failedLegacyFault: 'panic' | 'zero-fill';
  /** What a task gets when a managed pager answers an error. */
  readonly managedFaultSignal: 'SIGSEGV' | 'SIGBUS';
  /** The wrapper of ioctl puts td_fpop back; otherwise it leaves NULL there. */
  readonly ioctlRestoresFpop: boolean;
}

export const F2011: BsdEra = snapshotConstant('bsd.era.F2011', {
  name: 'F2011',
  managedPager: false,
  pagerHoldsDevice: false,
  failedLegacyFault: 'panic',
  managedFaultSignal: 'SIGSEGV',
  ioctlRestoresFpop: false,
});
export const F9_3: BsdEra = snapshotConstant('bsd.era.F9.3', {
  name: 'F9.3',
  managedPager: true,
  pagerHoldsDevice: true,
  failedLegacyFault: 'zero-fill',
  managedFaultSignal: 'SIGSEGV',
  ioctlRestoresFpop: false,
});
export const F14: BsdEra = snapshotConstant('bsd.era.F14', {
  name: 'F14',
  managedPager: true,
  pagerHoldsDevice: true,
  failedLegacyFault: 'zero-fill',
  managedFaultSignal: 'SIGBUS',
  ioctlRestoresFpop: true,
});

/** All eras, newest first. */
export const BSD_ERAS: readonly BsdEra[] = [F14, F9_3, F2011];

/** The era of this name. @throws KernelError EINVAL naming the known ones */
export function bsdEraByName(name: string): BsdEra {
  const era = BSD_ERAS.find(candidate => candidate.name === name);
  if (era) return era;
  const known = BSD_ERAS.map(candidate => candidate.name).join(', ');
  throw new KernelError('EINVAL', 'bsd.load', `There is no era ${name}; known are ${known}.`);
}

/** Whose VM object a legacy mapping shows: one for each device (every FreeBSD), or one for each open file. */
export const VM_OBJECT_DESIGNS = ['device', 'session'] as const;
export type VmObjectDesign = (typeof VM_OBJECT_DESIGNS)[number];

/**
 * What d_mmap finds in td_fpop during a fault. `none`: NULL (every FreeBSD). `entry`: the file that made the mapping, kept in
 * the map entry as long as it is open (what the second half of the patch of 2008 would have been). `thread`: whatever the
 * thread had there, which is the file of another call when the kernel itself faults (why it is saved and cleared).
 */
export const FAULT_FILE_DESIGNS = ['none', 'entry', 'thread'] as const;
export type FaultFileDesign = (typeof FAULT_FILE_DESIGNS)[number];

export interface BsdDesign {
  readonly vmObjects: VmObjectDesign;
  readonly faultFile: FaultFileDesign;
}

/** What FreeBSD does. */
export const REAL_DESIGN: BsdDesign = snapshotConstant('bsd.real_design', {
  vmObjects: 'device',
  faultFile: 'none',
});
