/**
 * The data plane's queue: what the control plane appends, a machine executes in order at a barrier.
 *
 * Layout     COMMAND_WORDS words a command in one growing Uint32Array: [op, a, b, c, d]; lists of frames, runs and GART
 *            entries lie in a second array, named by offset. Nothing is allocated per store
 * Owns       the symbolic contents of all frames, the GART table as the model wrote it, the live VRAM allocations: model
 *            state, in every snapshot, and what a machine is refilled from. The commands themselves are never stored: a
 *            snapshot is taken only right after a barrier
 * Invariants I1 tickets are dense and settled in order of asking at a barrier
 *            I2 a mirror frame loses its contents (reads as zeros) when the last GART entry that binds it goes
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { PAGE_SIZE, type Pages, type Pfn } from '../base/units.ts';
import { CommandColumns } from './command_columns.ts';
import {
  OP_COPY_RUN,
  OP_FILL_BYTES,
  OP_FILL_PAGES,
  OP_GART_FLUSH,
  OP_GART_WRITE,
  OP_HASH_GART,
  OP_HASH_PAGES,
  OP_LEARN_PAGE,
  OP_LOAD_BYTE,
  OP_LOAD_WORDS,
  OP_MARK,
  OP_RING_RUN,
  OP_RING_START,
  OP_STORE_BYTE,
  OP_STORE_WORD,
  OP_STORE_WORDS,
  OP_VRAM_ALLOC,
  OP_VRAM_FREE,
} from './command_ops.ts';
import { COPY_REASONS, type CopyReason, type DataPlane, type Ticket } from './data_plane.ts';
import type { MachineDescription } from './machine_description.ts';
import { MirrorBinds } from './mirror_binds.ts';
import { CONTENT_UNDEFINED, PageContents } from './page_contents.ts';
import { pageOfPfn, pfnOf, REGION_MIRROR, REGION_VRAM, regionOfPfn } from './region.ts';
import { A_LANES, type RingRun, type RingSetup, runAnswerWords } from './ring/engine_state.ts';
import { EngineTable } from './ring/engine_table.ts';
import { TicketAnswers } from './ticket_answers.ts';

export * from './command_ops.ts';

/** One live VRAM allocation, in pages of the VRAM region. */
export interface VramAllocation {
  readonly firstPage: number;
  readonly nrPages: Pages;
}

const reasonIndex: Readonly<Record<CopyReason, number>> = Object.fromEntries(
  COPY_REASONS.map((reason, index) => [reason, index]),
) as Record<CopyReason, number>;

export class CommandQueue extends CommandColumns implements DataPlane {
  readonly contents: PageContents;
  /** The GART table as the model wrote it; a machine's table must equal it at every barrier. */
  readonly gart: Uint32Array;
  /** Live VRAM allocations by id. */
  readonly allocations = new Map<number, VramAllocation>();
  /** Engines and their TLB as they are after the last barrier. */
  engines: EngineTable;
  /** Entries that bind each RAM page through the mirror; empty on machines without a GART. */
  private readonly mirrorBinds: MirrorBinds;
  /** Since the last mark: commands, bytes copied, GART faults. Kept by machines, and part of snapshots. */
  commandsSinceMark = 0;
  bytesSinceMark = 0;
  faultsSinceMark = 0;
  private tickets = new TicketAnswers();
  /** Tickets of this session that the queue itself took; they are no part of the run. */
  private ownTickets = new Set<Ticket>();

  constructor(readonly machine: MachineDescription) {
    super();
    this.contents = new PageContents(machine);
    this.gart = new Uint32Array(machine.gartEntries);
    this.engines = new EngineTable(machine);
    this.mirrorBinds = new MirrorBinds(machine.ttBytes > 0 ? machine.ramBytes / PAGE_SIZE : 0);
  }

  storeByte(pfn: Pfn, byte: number, value: number): void {
    this.contents.fillBytes(pfn, byte, 1, value & 0xff);
    this.append(OP_STORE_BYTE, pfn, byte, value & 0xff, 0);
  }

  storeWord(pfn: Pfn, high: number, low: number): void {
    this.contents.storeWord(pfn, high, low);
    this.append(OP_STORE_WORD, pfn, low, high, 0);
  }

  storeWords(pfn: Pfn, byte: number, words: ArrayLike<number>): void {
    const { length } = words;
    if (length === 0) return;
    invariant(
      byte >= 0 && byte % 4 === 0 && byte + 4 * length <= PAGE_SIZE,
      () => `A store of ${length} words at byte ${byte} is not aligned or does not lie inside one page.`,
    );
    this.checkHashable(pfn);
    this.contents.storeWords(pfn, byte, words);
    const start = this.listSpace(length);
    for (let i = 0; i < length; i++) this.lists[start + i] = words[i]!;
    this.append(OP_STORE_WORDS, pfn, byte, start, length);
  }

  fillBytes(pfn: Pfn, byte: number, length: number, value: number): void {
    if (length === 0) return;
    invariant(
      byte >= 0 && length > 0 && byte + length <= PAGE_SIZE,
      () => `A fill of bytes ${byte} to ${byte + length - 1} does not lie inside one page.`,
    );
    this.contents.fillBytes(pfn, byte, length, value & 0xff);
    this.append(OP_FILL_BYTES, pfn, byte | (length << 12), value & 0xff, 0);
  }

  fillPages(firstPfn: Pfn, nrPages: Pages, value: number): void {
    if (nrPages === 0) return;
    this.contents.fillPages(firstPfn, nrPages, value & 0xff);
    this.append(OP_FILL_PAGES, firstPfn, nrPages, value & 0xff, 0);
  }

  copyPages(from: ArrayLike<Pfn>, to: ArrayLike<Pfn>, why: CopyReason): void {
    const nrPages = from.length;
    invariant(
      to.length === nrPages,
      () => `A copy names ${nrPages} source pages and ${to.length} target pages.`,
    );
    const reason = reasonIndex[why];
    for (let i = 0; i < nrPages; i++) if (this.contents.isTouched(from[i]!)) this.learnPage(from[i]!);
    let first = 0;
    while (first < nrPages) {
      const source = from[first]!;
      const target = to[first]!;
      let next = first + 1;
      while (next < nrPages && from[next]! - source === next - first && to[next]! - target === next - first)
        next++;
      this.contents.copyRun(source, target, next - first);
      this.append(OP_COPY_RUN, source, target, next - first, reason);
      first = next;
    }
  }

  /** The frames' contents become undefined: a machine may give them a new buffer. */
  vramAlloc(allocationId: number, firstPage: number, nrPages: Pages): void {
    invariant(!this.allocations.has(allocationId), () => `VRAM allocation ${allocationId} already exists.`);
    this.contents.fillPages(pfnOf(REGION_VRAM, firstPage), nrPages, CONTENT_UNDEFINED);
    this.allocations.set(allocationId, { firstPage, nrPages });
    this.append(OP_VRAM_ALLOC, allocationId, firstPage, nrPages, 0);
  }

  vramFree(allocationId: number): void {
    const allocation = this.allocations.get(allocationId);
    invariant(allocation, () => `VRAM allocation ${allocationId} does not exist.`);
    this.contents.fillPages(pfnOf(REGION_VRAM, allocation.firstPage), allocation.nrPages, CONTENT_UNDEFINED);
    this.allocations.delete(allocationId);
    this.append(OP_VRAM_FREE, allocationId, 0, 0, 0);
  }

  gartWrite(firstEntry: number, entries: ArrayLike<number>): void {
    const nrEntries = entries.length;
    invariant(
      firstEntry >= 0 && firstEntry + nrEntries <= this.gart.length,
      () =>
        `GART entries ${firstEntry} to ${firstEntry + nrEntries - 1} lie outside the table (${this.gart.length} entries).`,
    );
    const start = this.listSpace(nrEntries);
    for (let i = 0; i < nrEntries; i++) {
      const entry = entries[i]! >>> 0;
      const old = this.gart[firstEntry + i]!;
      this.lists[start + i] = entry;
      this.gart[firstEntry + i] = entry;
      const released = this.mirrorBinds.replace(old, entry);
      if (released >= 0) this.contents.forget(pfnOf(REGION_MIRROR, released));
    }
    this.append(OP_GART_WRITE, firstEntry, start, nrEntries, 0);
  }

  gartFlush(): void {
    this.append(OP_GART_FLUSH, 0, 0, 0, 0);
  }

  ringStart(setup: RingSetup): void {
    const { base, bytes, head, statusPage } = setup;
    this.engines.announce(setup);
    const start = this.listSpace(4);
    this.lists[start] = base;
    this.lists[start + 1] = bytes;
    this.lists[start + 2] = head;
    this.lists[start + 3] = statusPage;
    this.append(OP_RING_START, setup.engine, start, 0, 0);
  }

  ringRun(run: RingRun): Ticket {
    const { mayWrite } = run;
    this.engines.checkRun(run);
    const ticket = this.tickets.take(runAnswerWords(mayWrite.length));
    const start = this.listSpace(4 + mayWrite.length);
    this.lists[start] = run.engine;
    this.lists[start + 1] = run.tail;
    this.lists[start + 2] = run.maxSlices;
    this.lists[start + 3] = run.hangSlices;
    for (let i = 0; i < mayWrite.length; i++) this.lists[start + 4 + i] = mayWrite[i]!;
    this.append(OP_RING_RUN, ticket, start, mayWrite.length, 0);
    this.contents.becomeOpaque(mayWrite, ticket, A_LANES);
    return ticket;
  }

  /** Ask for the lanes of a page that the CPU stored into after a ring's commands had written it. */
  private learnPage(pfn: Pfn): void {
    const ticket = this.tickets.take(2);
    this.ownTickets.add(ticket);
    this.append(OP_LEARN_PAGE, ticket, pfn, 0, 0);
    this.contents.willLearn(pfn, ticket);
  }

  /** A machine made the bytes of these frames on its own; their hash is known from the next barrier on. */
  machineWrote(pfns: ArrayLike<Pfn>): void {
    for (let i = 0; i < pfns.length; i++) this.contents.touch(pfns[i]!);
  }

  /** For machines, before the first command is executed: nothing is appended to this batch any more. */
  seal(): void {
    for (const pfn of this.contents.touchedFrames()) this.learnPage(pfn);
  }

  loadByte(pfn: Pfn, byte: number): Ticket {
    this.checkDefined(pfn);
    const ticket = this.tickets.take(1);
    this.append(OP_LOAD_BYTE, ticket, pfn, byte, 0);
    return ticket;
  }

  loadWords(pfns: ArrayLike<Pfn>): Ticket {
    const nrPages = pfns.length;
    const start = this.listSpace(nrPages);
    for (let i = 0; i < nrPages; i++) {
      this.checkDefined(pfns[i]!);
      this.lists[start + i] = pfns[i]!;
    }
    const ticket = this.tickets.take(2 * nrPages);
    this.append(OP_LOAD_WORDS, ticket, start, nrPages, 0);
    return ticket;
  }

  hashPages(pfns: ArrayLike<Pfn>): Ticket {
    const start = this.listLength;
    let nrRuns = 0;
    let first = 0;
    while (first < pfns.length) {
      const pfn = pfns[first]!;
      let next = first + 1;
      this.checkHashable(pfn);
      while (next < pfns.length && pfns[next]! - pfn === next - first) this.checkHashable(pfns[next++]!);
      const at = this.listSpace(2);
      this.lists[at] = pfn;
      this.lists[at + 1] = next - first;
      nrRuns++;
      first = next;
    }
    const ticket = this.tickets.take(2);
    this.append(OP_HASH_PAGES, ticket, start, nrRuns, 0);
    return ticket;
  }

  hashGart(firstEntry: number, nrPages: Pages): Ticket {
    invariant(
      firstEntry >= 0 && firstEntry + nrPages <= this.gart.length,
      () =>
        `GART entries ${firstEntry} to ${firstEntry + nrPages - 1} lie outside the table (${this.gart.length} entries).`,
    );
    const ticket = this.tickets.take(3);
    this.append(OP_HASH_GART, ticket, firstEntry, nrPages, 0);
    return ticket;
  }

  mark(seqno: number): Ticket {
    const ticket = this.tickets.take(3);
    this.append(OP_MARK, ticket, seqno, 0, 0);
    return ticket;
  }

  private checkDefined(pfn: Pfn): void {
    invariant(this.contents.idOf(pfn) !== CONTENT_UNDEFINED, () => undefinedRead(pfn));
  }

  private checkHashable(pfn: Pfn): void {
    invariant(this.contents.isDefined(pfn), () => undefinedRead(pfn));
  }

  /** Tickets taken so far; the next ticket has this number. */
  get nrTickets(): number {
    return this.tickets.next;
  }

  /** True when a barrier has settled this ticket and its answer is still held. */
  isSettled(ticket: Ticket): boolean {
    return this.tickets.isSettled(ticket);
  }

  /** True for a ticket that the queue took for its own bookkeeping: not an answer of the run, no part of its digest. */
  isOwnTicket(ticket: Ticket): boolean {
    return this.ownTickets.has(ticket);
  }

  /**
   * The answer of a settled ticket, as DataPlane says for each question; a view into the answer columns, valid until
   * the next append or forgetAnswers().
   */
  answer(ticket: Ticket): Uint32Array {
    return this.tickets.answer(ticket);
  }

  /** Drop the answers of all tickets taken before now; every one must be settled. */
  forgetAnswers(): void {
    invariant(
      this.nrCommands === 0,
      () => `Answers cannot be forgotten while ${this.nrCommands} commands wait.`,
    );
    this.tickets.forget();
    this.ownTickets.clear();
  }

  /** For machines: where the answer of a ticket of this batch is to be written. */
  answerSlot(ticket: Ticket): Uint32Array {
    return this.tickets.slot(ticket);
  }

  /** For machines: every command has been executed and every answer written; the queue is empty again. */
  settle(): void {
    this.engines.settle(this);
    this.contents.learn(this.tickets);
    this.nrCommands = 0;
    this.listLength = 0;
    this.tickets.settle();
  }

  /** For machines: the answer to a mark, and the counts start again. */
  answerMark(ticket: Ticket): void {
    const answer = this.answerSlot(ticket);
    answer[0] = this.commandsSinceMark;
    answer[1] = this.bytesSinceMark;
    answer[2] = this.faultsSinceMark;
    this.commandsSinceMark = 0;
    this.bytesSinceMark = 0;
    this.faultsSinceMark = 0;
  }

  /** Bring the recipes to their smallest form; call it right before a snapshot. */
  prepareSnapshot(): void {
    invariant(
      this.nrCommands === 0,
      () => `A snapshot is taken only after a barrier; ${this.nrCommands} commands wait.`,
    );
    this.contents.compact();
    this.contents.trim();
    invariant(
      !this.contents.holdsOpaque(),
      () => 'A snapshot holds bytes of every page; some are known to the machine alone (revealContents()).',
    );
  }

  /** Empty command and answer columns, as after a restore. */
  startEmpty(): void {
    this.startColumns();
    this.tickets = new TicketAnswers();
    this.ownTickets = new Set();
  }
}
// Commands, answers and ticket numbers stay behind: a snapshot is taken with an empty queue, and answers are read at
// their barrier.
snapshotClass(CommandQueue, 'hw.CommandQueue', 1, {
  transient: [
    'commands',
    'nrCommands',
    'lists',
    'listLength',
    'tickets',
    'ownTickets',
  ] as unknown as readonly (keyof CommandQueue & string)[],
  rebuild: queue => queue.startEmpty(),
});

function undefinedRead(pfn: Pfn): string {
  return `Page ${pageOfPfn(pfn)} of region ${regionOfPfn(pfn)} is read, but nothing was written to it since it was allocated.`;
}
