/**
 * What a task's own loads and stores do: the page table decides, else a fault, again and again until the entry is there or a
 * signal stops the task.
 *
 * Models     arch/x86/mm/fault.c: do_user_addr_fault (Linux 6.12), and the walker of the processor that sets accessed and dirty
 * Cost       allocates nothing: a present page is two table reads and one command, a minor fault adds the fault handler
 * Rule       a fault that must wait throws WouldBlock; the access has changed nothing that running it again would not repeat
 */
import { snapshotClass } from '../base/snapshot.ts';
import type { Nanoseconds, PageIndex, Pfn } from '../base/units.ts';
import { WouldBlock } from '../base/would_block.ts';
import type { FenceQueue } from '../dma_buf/fence_queue.ts';
import type { CommandQueue } from '../hw/command_queue.ts';
import type { Ticket } from '../hw/data_plane.ts';
import { PTE_ACCESSED, PTE_DIRTY, PTE_PRESENT, PTE_WRITE, pfnOfPte } from '../mm/page_table.ts';
import { handleMmFault } from '../mm/vm_fault_handler.ts';
import { SIGNAL_GENERATE } from '../trace/events/kernel.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import type { Task } from './task.ts';

/** How an access ended; values other than OK are signals. */
export const ACCESS_OK = 0;
export const ACCESS_SEGV_MAPERR = 1;
export const ACCESS_SEGV_ACCERR = 2;
export const ACCESS_BUS_ADRERR = 3;
/** No memory for the fault: the task is killed. */
export const ACCESS_KILLED = 4;
/** The object behind the page had an error (FreeBSD). */
export const ACCESS_BUS_OBJERR = 5;
export type AccessOutcome = 0 | 1 | 2 | 3 | 4 | 5;

/** Signal names and codes by outcome. */
export const ACCESS_SIGNALS = [
  null,
  { signal: 'SIGSEGV', code: 'SEGV_MAPERR', number: 11, codeNumber: 1 },
  { signal: 'SIGSEGV', code: 'SEGV_ACCERR', number: 11, codeNumber: 2 },
  { signal: 'SIGBUS', code: 'BUS_ADRERR', number: 7, codeNumber: 2 },
  { signal: 'SIGKILL', code: 'SI_KERNEL', number: 9, codeNumber: 128 },
  { signal: 'SIGBUS', code: 'BUS_OBJERR', number: 7, codeNumber: 3 },
] as const;

export class UserAccess {
  /** Frame of the last access that ended OK. */
  pfn: Pfn = 0;

  /** @param faultNs virtual time that a fault takes */
  constructor(
    private readonly queue: CommandQueue,
    private readonly trace: TraceBuffer,
    private readonly fences: FenceQueue,
    private readonly faultNs: Nanoseconds,
  ) {}

  /**
   * Make one page accessible the way a load or store would; counts faults in `task.minorFaults`.
   *
   * @param page page of the task's address space
   * @returns ACCESS_OK with the frame in `pfn`, else the signal
   * @throws WouldBlock when the fault waits for a fence
   */
  touch(task: Task, page: PageIndex, write: boolean): AccessOutcome {
    const mm = task.mm;
    const table = mm.pageTable;
    const needed = write ? PTE_PRESENT | PTE_WRITE : PTE_PRESENT;
    const marks = write ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED;
    for (;;) {
      const word = table.get(page);
      if ((word & needed) === needed) {
        if ((word & marks) !== marks) table.update(page, word | marks);
        this.pfn = pfnOfPte(word);
        return ACCESS_OK;
      }
      task.minorFaults++;
      const { trace, fences } = this;
      if (fences.nrPending === 0) trace.now += this.faultNs;
      else fences.advanceTo(trace.now + this.faultNs);
      const { faults } = mm.context;
      const { nrFailed } = faults;
      const outcome = handleMmFault(mm, page, write);
      switch (outcome.reason) {
        case 'NOPAGE':
        case 'DONE':
        case 'FALLBACK':
          break;
        case 'RETRY':
          if (outcome.waitFor !== null) throw new WouldBlock(outcome.waitFor, 'page fault');
          break;
        case 'SIGBUS':
          return this.signal(
            task,
            page,
            outcome.code === 'BUS_OBJERR' ? ACCESS_BUS_OBJERR : ACCESS_BUS_ADRERR,
          );
        case 'SIGSEGV':
          return this.signal(
            task,
            page,
            outcome.code === 'SEGV_MAPERR' ? ACCESS_SEGV_MAPERR : ACCESS_SEGV_ACCERR,
          );
        case 'OOM':
          // Memory that was refused once may be there now: the access is made again. Else somebody must die, and it is this task.
          if (faults.nrFailed !== nrFailed && !faults.failsForEver) break;
          return this.signal(task, page, ACCESS_KILLED);
      }
    }
  }

  /** Store one byte; `byte` in [0, 4096). @returns as touch */
  storeByte(task: Task, page: PageIndex, byte: number, value: number): AccessOutcome {
    const outcome = this.touch(task, page, true);
    if (outcome === ACCESS_OK) this.queue.storeByte(this.pfn, byte, value);
    return outcome;
  }

  /** Store the 64-bit word high * 2^32 + low at the start of the page. @returns as touch */
  storeWord(task: Task, page: PageIndex, high: number, low: number): AccessOutcome {
    const outcome = this.touch(task, page, true);
    if (outcome === ACCESS_OK) this.queue.storeWord(this.pfn, high, low);
    return outcome;
  }

  /** Ask for a byte of the page that the last access reached. */
  loadByte(byte: number): Ticket {
    return this.queue.loadByte(this.pfn, byte);
  }

  private signal(task: Task, page: PageIndex, outcome: 1 | 2 | 3 | 4 | 5): AccessOutcome {
    const signal = ACCESS_SIGNALS[outcome];
    this.trace.emit(SIGNAL_GENERATE, signal.number, signal.codeNumber, task.pid, page);
    return outcome;
  }
}
snapshotClass(UserAccess, 'kernel.UserAccess');
