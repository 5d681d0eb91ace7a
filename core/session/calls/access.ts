/** Calls that load and store: touch, touchRange, stamp, checkStamps. Bytes come from the machine, so answers wait for it. */
import type { Ticket } from '../../hw/data_plane.ts';
import type { Task } from '../../kernel/task.ts';
import { ACCESS_OK, ACCESS_SIGNALS, type AccessOutcome } from '../../kernel/user_access.ts';
import { type CallArgs, type CallContext, Later, numberArg, registerCalls } from '../call_table.ts';
import type { Json } from '../input.ts';
import { pagesArg } from './arguments.ts';

/** What `touch` and `touchRange` store if nothing is said. */
const DEFAULT_VALUE = 165;

/** Runs accesses of one call and counts their faults; a call that must wait and runs again starts counting anew. */
class Accesses {
  private readonly before: number;

  constructor(
    private readonly task: Task,
    private readonly mapFirst: number,
  ) {
    this.before = task.minorFaults;
  }

  /** Faults taken so far by this call. */
  get minorFaults(): number {
    return this.task.minorFaults - this.before;
  }

  /** The answer for a signal. @param page page of the task's address space that the signal reports */
  signal(outcome: AccessOutcome, page: number): Json {
    const signal = ACCESS_SIGNALS[outcome]!;
    return { signal: signal.signal, code: signal.code, page: page - this.mapFirst };
  }
}

registerCalls({
  /** {map, page, byte?, write, value?}: minorFaults and the byte there afterwards, or the signal. */
  touch(context, args) {
    const { kernel } = context;
    const { task, first, mapFirst } = pagesArg(context, args);
    const page = first + numberArg(args, 'page');
    const byte = numberArg(args, 'byte', 0);
    const accesses = new Accesses(task, mapFirst);
    const outcome = store(context, task, page, byte, args);
    if (outcome !== ACCESS_OK) return accesses.signal(outcome, page);
    const minorFaults = accesses.minorFaults;
    return new Later([kernel.access.loadByte(byte)], ([value]) => ({ minorFaults, value: value![0]! }));
  },

  /** {map, first?, count?, step?, write, value?}: touches every step-th page. */
  touchRange(context, args) {
    const { task, first, count, mapFirst } = pagesArg(context, args);
    const accesses = new Accesses(task, mapFirst);
    for (let i = 0; i < count; i += numberArg(args, 'step', 1)) {
      const outcome = store(context, task, first + i, 0, args);
      if (outcome !== ACCESS_OK) return accesses.signal(outcome, first + i);
    }
    return { minorFaults: accesses.minorFaults };
  },

  /** {map, first?, count?, seed}: a zero byte, then the word seed * 2^32 + page index, at the start of each page. */
  stamp(context, args) {
    const { kernel } = context;
    const { task, first, count, mapFirst } = pagesArg(context, args);
    const seed = numberArg(args, 'seed');
    const accesses = new Accesses(task, mapFirst);
    for (let page = first; page < first + count; page++) {
      let outcome = kernel.access.storeByte(task, page, 0, 0);
      if (outcome === ACCESS_OK) outcome = kernel.access.storeWord(task, page, seed, page - mapFirst);
      if (outcome !== ACCESS_OK) return accesses.signal(outcome, page);
    }
    return { minorFaults: accesses.minorFaults };
  },

  /** {map, first?, count?, seed, base?}: how many pages hold their stamp, 0, or something else. */
  checkStamps(context, args) {
    const { kernel } = context;
    const { task, first, count, mapFirst } = pagesArg(context, args);
    const seed = numberArg(args, 'seed');
    const base = numberArg(args, 'base', 0);
    const accesses = new Accesses(task, mapFirst);
    const pfns: number[] = [];
    for (let page = first; page < first + count; page++) {
      const outcome = kernel.access.touch(task, page, false);
      if (outcome !== ACCESS_OK) return accesses.signal(outcome, page);
      pfns.push(kernel.access.pfn);
    }
    const minorFaults = accesses.minorFaults;
    const tickets: Ticket[] = [kernel.queue.loadWords(pfns)];
    return new Later(tickets, ([words]) => {
      let match = 0;
      let zero = 0;
      for (let i = 0; i < count; i++) {
        const low = words![2 * i]!;
        const high = words![2 * i + 1]!;
        if (high === seed && low === first - mapFirst + i + base) match++;
        else if (high === 0 && low === 0) zero++;
      }
      return { match, zero, other: count - match - zero, minorFaults };
    });
  },
});

function store(
  { kernel }: CallContext,
  task: Task,
  page: number,
  byte: number,
  args: CallArgs,
): AccessOutcome {
  if (args.write !== true) return kernel.access.touch(task, page, false);
  return kernel.access.storeByte(task, page, byte, numberArg(args, 'value', DEFAULT_VALUE));
}
