/**
 * A VMA: one contiguous range of a task's address space with one protection, one set of flags and one file window.
 *
 * Models     struct vm_area_struct (Linux 6.12)
 * Units      pages everywhere; addresses are `page * 4096`
 * Invariants I1 VMAs of one mm are disjoint and ordered
 *            I2 a file VMA is in file.mapping.mmapTree exactly while it is linked
 */
import { snapshotClass } from '../base/snapshot.ts';
import type { PageIndex, Pages } from '../base/units.ts';
import type { MappedRange } from '../fs/address_space.ts';
import type { OpenFile } from '../fs/open_file.ts';
import type { AnonVma } from './anon_vma.ts';
import type { ProcessMm } from './process_mm.ts';
import type { VmOperations } from './vm_fault.ts';

/** vm_flags; values as in include/linux/mm.h where Linux fixes them. */
export const VM_READ = 0x1;
export const VM_WRITE = 0x2;
export const VM_EXEC = 0x4;
export const VM_SHARED = 0x8;
export const VM_MAYREAD = 0x10;
export const VM_MAYWRITE = 0x20;
export const VM_MAYEXEC = 0x40;
export const VM_MAYSHARE = 0x80;
export const VM_PFNMAP = 0x400;
export const VM_LOCKED = 0x2000;
export const VM_IO = 0x4000;
export const VM_DONTCOPY = 0x20000;
export const VM_DONTEXPAND = 0x40000;
export const VM_ACCOUNT = 0x100000;
export const VM_NORESERVE = 0x200000;
export const VM_WIPEONFORK = 0x2000000;
export const VM_DONTDUMP = 0x4000000;
export const VM_SOFTDIRTY = 0x8000000;
export const VM_MIXEDMAP = 0x10000000;
/** What mprotect sets; the VM_MAY* bits lie 4 higher. */
export const VM_ACCESS = VM_READ | VM_WRITE | VM_EXEC;
/** Never merged, never grown. */
export const VM_SPECIAL = VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP;

export class VmArea implements MappedRange {
  ops: VmOperations | null = null;
  /** vm_private_data: the object a driver mapping shows. */
  privateData: object | null = null;
  /** The mapped file; a VMA holds one reference. Null for anonymous memory. */
  file: OpenFile | null = null;
  /** Own anon_vma, since the first anonymous page; null before. */
  anonVma: AnonVma | null = null;
  /** All anon_vmas whose pages may lie here (anon_vma_chain), own one included. */
  anonChain: AnonVma[] | null = null;
  /**
   * For checks only, from when the VMA was made: serial number (entries are newer), pgoff - start (splits and merges keep it)
   * and length (a special VMA never grows). Copies and halves inherit the first two.
   */
  bornSerial: number;
  pageDelta: number;
  bornPages: Pages;

  /**
   * @param id    dense number, never reused; total order in the mapping tree, shown in events
   * @param mm    the address space it belongs to
   * @param start first page
   * @param end   page behind the last one
   * @param pgoff page of the file at `start`
   * @param flags VM_* bits
   */
  constructor(
    readonly id: number,
    readonly mm: ProcessMm,
    public start: PageIndex,
    public end: PageIndex,
    public pgoff: PageIndex,
    public flags: number,
  ) {
    this.bornSerial = mm.context.pteSerial;
    this.pageDelta = pgoff - start;
    this.bornPages = end - start;
  }

  get nrPages(): Pages {
    return this.end - this.start;
  }

  /** Private anonymous memory: no operations (vma_is_anonymous). */
  get isAnonymous(): boolean {
    return this.ops === null;
  }

  /** Shows memory of a device-dax file: never locked (vma_is_dax). */
  get isDax(): boolean {
    return this.file?.mapping.host.isDax === true;
  }

  /** Shared and allowed to become writable: counts in mapping.mmapWritable. */
  get isSharedMayWrite(): boolean {
    return (this.flags & (VM_SHARED | VM_MAYWRITE)) === (VM_SHARED | VM_MAYWRITE);
  }
}
snapshotClass(VmArea, 'mm.VmArea');
