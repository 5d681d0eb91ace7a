/**
 * What the FreeBSD side of a kernel shares: its devices, the pager's list, and td_fpop of every thread.
 *
 * Models     td_fpop (sys/sys/proc.h), dev_pager_object_list (sys/vm/device_pager.c), devfs (F2011, F9.3, F14)
 * Threads    a task is one thread; the running one is the trace's current task
 * Invariants I1 at rest no thread has a td_fpop
 *            I2 live records = records set - destructors run
 * Left out   more than one thread in a task, jails, devfs rules, sleeping in a destructor
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Pages, Pfn } from '../base/units.ts';
import type { OpenFile } from '../fs/open_file.ts';
import type { Vfs } from '../fs/vfs.ts';
import type { MmContext } from '../mm/mm_context.ts';
import { BSD_PANIC } from '../trace/events/bsd.ts';
import type { BsdDesign, BsdEra } from './bsd_era.ts';
import { type Cdev, MmapQuestion } from './cdev.ts';
import type { VmObject } from './vm_object.ts';

/** Major number of all devices here; minors count. */
export const BSD_MAJOR = 235;

/**
 * Memory that a bus slot decodes. It belongs to the slot, not to a device: a device that is destroyed leaves it behind, and the
 * next one in the slot shows the same bytes.
 */
export class BusSlot {
  /** Devices that were attached here so far. */
  attachments = 0;

  constructor(
    readonly number: number,
    readonly frames: readonly Pfn[],
  ) {}
}
snapshotClass(BusSlot, 'bsd.BusSlot');

export class BsdCore {
  /** Devices that anybody still refers to, destroyed ones included. */
  readonly cdevs = new Set<Cdev>();
  /** VM objects of the device pager, in order of insertion. */
  readonly pagers: VmObject[] = [];
  /** td_fpop by task, where it is not NULL. */
  readonly fpops = new Map<number, OpenFile>();
  readonly slots = new Map<number, BusSlot>();
  /** Reused by every call of d_mmap. */
  readonly question = new MmapQuestion();
  /** Why the machine stopped, or null. */
  panicked: string | null = null;
  /** Drivers that are loaded, by name, each with its device. */
  readonly modules = new Map<string, Cdev>();
  /** Counted since the start. */
  recordsSet = 0;
  destructorsRun = 0;
  mmapCallsWithFile = 0;
  mmapCallsWithoutFile = 0;
  /** Fault-time calls of d_mmap that found a file although the design gives none. */
  faultsWithFile = 0;
  /** For checks: the next allocation of a VM object loses the race against another thread that wants the same. */
  loseNextRace = false;
  private nextCdev = 1;
  private nextObject = 1;
  private nextRecord = 1;

  constructor(
    readonly vfs: Vfs,
    readonly context: MmContext,
    readonly era: BsdEra,
    readonly design: BsdDesign,
  ) {}

  takeCdevId(): number {
    return this.nextCdev++;
  }

  takeObjectId(): number {
    return this.nextObject++;
  }

  takeRecordId(): number {
    return this.nextRecord++;
  }

  /** The thread that runs. */
  get curthread(): number {
    return this.context.trace.currentTask;
  }

  /** td_fpop of the running thread. */
  get fpop(): OpenFile | null {
    return this.fpops.get(this.curthread) ?? null;
  }

  set fpop(file: OpenFile | null) {
    if (file === null) this.fpops.delete(this.curthread);
    else this.fpops.set(this.curthread, file);
  }

  /** Memory of a slot; it is found on the bus the first time anybody looks. @throws KernelError ENOMEM */
  slot(number: number, nrPages: Pages): BusSlot {
    const known = this.slots.get(number);
    if (known) return known;
    const frames = this.context.frames.allocRun(nrPages);
    if (!frames)
      throw new KernelError('ENOMEM', 'attach', `${nrPages} pages for slot ${number} are not free.`);
    const slot = new BusSlot(number, frames);
    this.slots.set(number, slot);
    return slot;
  }

  /** The machine stops. */
  panic(cdev: Cdev, page: number, says: string): void {
    this.panicked ??= says;
    this.context.trace.emit(BSD_PANIC, cdev.id, page >>> 0);
  }

  /** @throws KernelError EIO after a panic */
  refuseAfterPanic(op: string): void {
    if (this.panicked !== null) throw new KernelError('EIO', op, `The machine has stopped: ${this.panicked}`);
  }

  /** Give the slots' memory back; nothing may map it any more. */
  shutdown(): void {
    for (const slot of this.slots.values()) for (const pfn of slot.frames) this.context.frames.put(pfn);
    this.slots.clear();
  }
}
snapshotClass(BsdCore, 'bsd.BsdCore');
