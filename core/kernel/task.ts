/**
 * A task: one process with its memory, its descriptors and what waits for it.
 *
 * Models     struct task_struct as far as memory and files need it (Linux 6.12)
 * Left out   threads, process groups, scheduling classes
 */
import { snapshotClass } from '../base/snapshot.ts';
import type { Nanoseconds } from '../base/units.ts';
import { FdTable } from '../fs/fd_table.ts';
import type { Inode } from '../fs/inode.ts';
import { MessageQueue } from '../fs/message_queue.ts';
import type { FileOwner } from '../fs/open_file.ts';
import type { ProcessMm } from '../mm/process_mm.ts';

export class Task implements FileOwner {
  uid = 0;
  /** Page faults taken by accesses of this task (min_flt). */
  minorFaults = 0;
  /** When it can run next; the scheduler orders by it. */
  readyAt: Nanoseconds = 0;
  /** Files sent to it and not yet received. */
  readonly inbox = new MessageQueue();
  /** The inode that its pidfds share; made by the first pidfd. */
  pidInode: Inode | null = null;

  /** @param parent pid of the task that forked it, 0 for a fresh one */
  constructor(
    readonly pid: number,
    readonly name: string,
    readonly parent: number,
    readonly mm: ProcessMm,
    readonly files: FdTable = new FdTable(),
  ) {}
}
snapshotClass(Task, 'kernel.Task');
