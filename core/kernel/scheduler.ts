/**
 * Which task runs next, in virtual time: runnable tasks in the order of (moment they are ready, pid); blocked ones wait for
 * a fence and come back at the moment it signals.
 *
 * Invariants I1 a task is in exactly one of the two sets while it is known here
 *            I2 equal histories give equal orders; nothing but virtual time and pids decides
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Nanoseconds } from '../base/units.ts';
import type { Task } from './task.ts';

/** A fence as far as waiting needs it; dma_buf/ has the real one. */
export interface Waitable {
  readonly signalled: boolean;
}

export class Scheduler {
  /** Ascending by (readyAt, pid). */
  private readonly runnable: Task[] = [];
  private readonly blocked = new Map<Task, Waitable>();

  /** Make a task runnable from a moment on. */
  add(task: Task, readyAt: Nanoseconds): void {
    task.readyAt = readyAt;
    let at = this.runnable.length;
    while (at > 0 && before(task, this.runnable[at - 1]!)) at--;
    this.runnable.splice(at, 0, task);
  }

  /** The task that runs next, or null. It stays in the queue until `ran` says when it is ready again. */
  next(): Task | null {
    return this.runnable[0] ?? null;
  }

  /** The task has run; it is ready again at a later moment. */
  ran(task: Task, readyAt: Nanoseconds): void {
    this.take(task);
    this.add(task, readyAt);
  }

  /** The task waits for a fence. */
  block(task: Task, fence: Waitable): void {
    this.take(task);
    this.blocked.set(task, fence);
  }

  /** Make every task runnable whose fence has signalled; lower pids first. */
  wake(now: Nanoseconds): void {
    const ready = [...this.blocked].filter(([, fence]) => fence.signalled).map(([task]) => task);
    ready.sort((a, b) => a.pid - b.pid);
    for (const task of ready) {
      this.blocked.delete(task);
      this.add(task, now);
    }
  }

  /** The task exits. */
  remove(task: Task): void {
    if (!this.blocked.delete(task)) this.take(task);
  }

  get nrBlocked(): number {
    return this.blocked.size;
  }

  private take(task: Task): void {
    const at = this.runnable.indexOf(task);
    invariant(at >= 0, () => `Task ${task.pid} is not runnable.`);
    this.runnable.splice(at, 1);
  }
}
snapshotClass(Scheduler, 'kernel.Scheduler');

function before(a: Task, b: Task): boolean {
  return a.readyAt < b.readyAt || (a.readyAt === b.readyAt && a.pid < b.pid);
}
