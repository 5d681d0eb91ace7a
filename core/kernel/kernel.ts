/**
 * The kernel as a whole: memory, files, devices, tasks and virtual time. The one face that sessions, tests and the app use;
 * system calls are functions on it, one family a file (sys_*.ts).
 *
 * Models     what the rooms below have in common; Linux 6.12
 * Invariants I1 everything reachable from here is one graph that a snapshot carries to another process
 */
import { invariant } from '../base/invariant.ts';
import { holdsIn, type InvariantKind } from '../base/invariant_entry.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Nanoseconds } from '../base/units.ts';
import type { BsdCore } from '../bsd/bsd_core.ts';
import type { DaxBus } from '../dax/dax_bus.ts';
import type { DmaBufRegistry } from '../dma_buf/dma_buf.ts';
import type { DmaFence } from '../dma_buf/dma_fence.ts';
import type { FenceQueue } from '../dma_buf/fence_queue.ts';
import type { SystemHeapModule } from '../dma_buf/system_heap.ts';
import type { UdmabufModule } from '../dma_buf/udmabuf.ts';
import type { BoundDevice, DrmCore } from '../drm/drm_core.ts';
import { deliverEngineAnswer, takeEngineAnswers } from '../drm/engine/engine_answers.ts';
import type { AnonInodes } from '../fs/anon_inode.ts';
import { TextRegistry } from '../fs/text_registry.ts';
import type { Vfs } from '../fs/vfs.ts';
import type { CommandQueue } from '../hw/command_queue.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import type { MmContext } from '../mm/mm_context.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import { CheckPass } from './check_pass.ts';
import { checkStep } from './check_step.ts';
import { invariantEntries } from './invariants.ts';
import type { KernelInvariant } from './kernel_invariants.ts';
import { Scheduler } from './scheduler.ts';
import type { Task } from './task.ts';
import type { UserAccess } from './user_access.ts';

export class Kernel {
  /** Set by the steps of boot (boot_steps.ts), in their order; null again after shutdown. */
  vfs!: Vfs;
  anonInodes!: AnonInodes;
  fences!: FenceQueue;
  access!: UserAccess;
  dmaBufs!: DmaBufRegistry;
  drm!: DrmCore;
  /** Null on a machine without memory for it. */
  dax: DaxBus | null = null;
  /** FreeBSD's devices and pager; null until the first of its drivers is loaded. */
  bsd: BsdCore | null = null;
  /** Exporters of shared buffers, where the machine has them. */
  udmabuf: UdmabufModule | null = null;
  systemHeap: SystemHeapModule | null = null;
  readonly proc = new TextRegistry();
  readonly debugfs = new TextRegistry();
  readonly sysfs = new TextRegistry();
  /** Bound devices of the machine by name, with the nodes through which tasks reach them. */
  readonly devices = new Map<string, BoundDevice>();
  readonly tasks = new Map<number, Task>();
  readonly scheduler = new Scheduler();
  /** Steps of boot that are done; names of boot_steps.ts. */
  readonly booted: string[] = [];
  /** Number that the next eventfd shows in fdinfo. */
  nextEventfdId = 0;
  private nextPid = 1;

  constructor(
    readonly description: MachineDescription,
    readonly trace: TraceBuffer,
    readonly queue: CommandQueue,
    readonly context: MmContext,
  ) {}

  /** A number for a new task. */
  takePid(): number {
    return this.nextPid++;
  }

  /** The task with this pid; there must be one. */
  task(pid: number): Task {
    const task = this.tasks.get(pid);
    invariant(task, () => `There is no task ${pid}.`);
    return task;
  }

  /** True when the machine has a device of this name and a driver is bound to it. */
  hasDevice(name: string): boolean {
    return this.devices.has(name);
  }

  /** Let virtual time pass: fences due on the way signal at their own moments. */
  advanceTime(duration: Nanoseconds): void {
    this.fences.advanceTo(this.trace.now + duration);
    if (this.scheduler.nrBlocked > 0) this.scheduler.wake(this.trace.now);
  }

  /**
   * The running task waits: virtual time passes until this fence has signalled, and the task is runnable again then. The
   * machine has been drained.
   *
   * @returns false when the machine must be drained once more first: an engine was reset, and requests run again
   */
  waitForFence(fence: object): boolean {
    const awaited = fence as DmaFence;
    if (awaited.signalled) return true;
    this.fences.advanceTo(awaited.signalAt);
    this.deliverAnswers();
    if (!awaited.signalled) return false;
    const task = this.tasks.get(this.trace.currentTask);
    if (task) this.scheduler.block(task, awaited);
    this.scheduler.wake(this.trace.now);
    return true;
  }

  /** A barrier is over: keep what engines answered until its time comes. Changes nothing else. */
  takeAnswers(): void {
    if (this.booted.includes('drm')) takeEngineAnswers(this.drm, this.queue);
  }

  /** True when virtual time cannot go on before an answer of the machine is looked at. */
  get answersDue(): boolean {
    return this.booted.length > 0 && this.fences.heldDue !== null;
  }

  /**
   * Look at the answers whose time has come: fences signal, faults and hangs are dealt with.
   *
   * @returns false when an answer is due that has not come: the machine must be drained
   */
  deliverAnswers(): boolean {
    while (this.fences.heldDue !== null) {
      if (!deliverEngineAnswer(this.drm, this.queue, this.fences.heldDue)) return false;
      this.fences.advanceTo(this.trace.now);
    }
    if (this.scheduler.nrBlocked > 0) this.scheduler.wake(this.trace.now);
    return true;
  }

  /**
   * Check invariants of every room (chapter 8 of the dossier): after a step those of the state; `trace`, `transition` and
   * `scenario` entries at the end of a run.
   *
   * @param pass what entries of one check share; a check in parts hands the same one to each
   * @returns one sentence per violation, with the invariant's number and name; empty when all hold
   */
  check(
    entries: readonly KernelInvariant[] = invariantEntries(),
    kinds: readonly InvariantKind[] = ['state'],
    pass: CheckPass = new CheckPass(this),
  ): string[] {
    const violations: string[] = [];
    for (const entry of entries) {
      if (!kinds.includes(entry.kind)) continue;
      if (!holdsIn(entry, this.context.era.name)) continue;
      for (const says of entry.check(this, pass)) violations.push(`${entry.number} ${entry.name}: ${says}`);
    }
    return violations;
  }

  /**
   * The cheap flavour, for after every step of a long run: what the step touched (check_step.ts).
   *
   * @param firstEvent index of the first event of the step
   * @returns as `check`
   */
  checkStep(firstEvent: number): string[] {
    return checkStep(this, firstEvent);
  }
}
snapshotClass(Kernel, 'kernel.Kernel');
