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
import { COPY_REASONS, type CopyReason, type DataPlane, type Ticket } from './data_plane.ts';
import type { MachineDescription } from './machine_description.ts';
import { MirrorBinds } from './mirror_binds.ts';
import { CONTENT_UNDEFINED, PageContents } from './page_contents.ts';
import { pageOfPfn, pfnOf, REGION_MIRROR, REGION_VRAM, regionOfPfn } from './region.ts';

/** Words of one command. */
export const COMMAND_WORDS = 5;

/** [pfn, byte, value] */
export const OP_STORE_BYTE = 1;
/** [pfn, low, high] */
export const OP_STORE_WORD = 2;
/** [pfn, byte | length << 12, value] */
export const OP_FILL_BYTES = 3;
/** [first pfn, pages, value] */
export const OP_FILL_PAGES = 4;
/** [from pfn, to pfn, pages, index in COPY_REASONS] */
export const OP_COPY_RUN = 5;
/** [allocation id, first VRAM page, pages] */
export const OP_VRAM_ALLOC = 6;
/** [allocation id] */
export const OP_VRAM_FREE = 7;
/** [first entry, offset of the entries in `lists`, entries] */
export const OP_GART_WRITE = 8;
/** [ticket, pfn, byte] */
export const OP_LOAD_BYTE = 9;
/** [ticket, offset of the frames in `lists`, frames] */
export const OP_LOAD_WORDS = 10;
/** [ticket, offset of (pfn, pages) pairs in `lists`, pairs] */
export const OP_HASH_PAGES = 11;
/** [ticket, first entry, pages] */
export const OP_HASH_GART = 12;
/** [ticket, seqno] */
export const OP_MARK = 13;
/** Invert one byte: [pfn, byte]. Only sabotage makes it (hw/sabotage.ts). */
export const OP_FLIP_BYTE = 14;
/** Nothing. Only sabotage makes it. */
export const OP_NOTHING = 15;

/** One live VRAM allocation, in pages of the VRAM region. */
export interface VramAllocation {
  readonly firstPage: number;
  readonly nrPages: Pages;
}

const reasonIndex: Readonly<Record<CopyReason, number>> = Object.fromEntries(
  COPY_REASONS.map((reason, index) => [reason, index]),
) as Record<CopyReason, number>;

export class CommandQueue implements DataPlane {
  readonly contents: PageContents;
  /** The GART table as the model wrote it; a machine's table must equal it at every barrier. */
  readonly gart: Uint32Array;
  /** Live VRAM allocations by id. */
  readonly allocations = new Map<number, VramAllocation>();
  /** Entries that bind each RAM page through the mirror; empty on machines without a GART. */
  private readonly mirrorBinds: MirrorBinds;
  /** Since the last mark: commands, bytes copied, GART faults. Kept by machines, and part of snapshots. */
  commandsSinceMark = 0;
  bytesSinceMark = 0;
  faultsSinceMark = 0;
  /** Ticket of the next answer asked for. */
  private nextTicket: Ticket = 0;

  /** Commands appended since the last barrier; read by machines. */
  commands = new Uint32Array(4096 * COMMAND_WORDS);
  nrCommands = 0;
  /** Frames, runs and entries that commands name; read by machines. */
  lists = new Uint32Array(16_384);
  listLength = 0;

  /** Answer words; `answerStart[i]` is where the answer of ticket `firstTicket + i` begins. */
  private firstTicket: Ticket = 0;
  private settledTickets: Ticket = 0;
  private answerStart = new Uint32Array(1025);
  private answers = new Uint32Array(4096);

  constructor(readonly machine: MachineDescription) {
    this.contents = new PageContents(machine);
    this.gart = new Uint32Array(machine.gartEntries);
    this.mirrorBinds = new MirrorBinds(machine.ttBytes > 0 ? machine.ramBytes / PAGE_SIZE : 0);
  }

  private append(op: number, a: number, b: number, c: number, d: number): void {
    const base = this.nrCommands * COMMAND_WORDS;
    if (base === this.commands.length) this.growCommands();
    const commands = this.commands;
    commands[base] = op;
    commands[base + 1] = a;
    commands[base + 2] = b;
    commands[base + 3] = c;
    commands[base + 4] = d;
    this.nrCommands++;
  }

  private growCommands(): void {
    const larger = new Uint32Array(this.commands.length * 2);
    larger.set(this.commands);
    this.commands = larger;
  }

  /** Make room for `words` more list words and return where they start. */
  private listSpace(words: number): number {
    const start = this.listLength;
    this.listLength += words;
    if (this.listLength > this.lists.length) {
      const larger = new Uint32Array(Math.max(this.lists.length * 2, this.listLength));
      larger.set(this.lists);
      this.lists = larger;
    }
    return start;
  }

  private takeTicket(answerWords: number): Ticket {
    const index = this.nextTicket - this.firstTicket;
    if (index + 1 >= this.answerStart.length) {
      const larger = new Uint32Array(this.answerStart.length * 2);
      larger.set(this.answerStart);
      this.answerStart = larger;
    }
    const end = this.answerStart[index]! + answerWords;
    this.answerStart[index + 1] = end;
    if (end > this.answers.length) {
      const larger = new Uint32Array(Math.max(this.answers.length * 2, end));
      larger.set(this.answers);
      this.answers = larger;
    }
    this.answers.fill(0, end - answerWords, end);
    return this.nextTicket++;
  }

  storeByte(pfn: Pfn, byte: number, value: number): void {
    this.contents.fillBytes(pfn, byte, 1, value & 0xff);
    this.append(OP_STORE_BYTE, pfn, byte, value & 0xff, 0);
  }

  storeWord(pfn: Pfn, high: number, low: number): void {
    this.contents.storeWord(pfn, high, low);
    this.append(OP_STORE_WORD, pfn, low, high, 0);
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

  loadByte(pfn: Pfn, byte: number): Ticket {
    this.checkDefined(pfn);
    const ticket = this.takeTicket(1);
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
    const ticket = this.takeTicket(2 * nrPages);
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
    const ticket = this.takeTicket(2);
    this.append(OP_HASH_PAGES, ticket, start, nrRuns, 0);
    return ticket;
  }

  hashGart(firstEntry: number, nrPages: Pages): Ticket {
    invariant(
      firstEntry >= 0 && firstEntry + nrPages <= this.gart.length,
      () =>
        `GART entries ${firstEntry} to ${firstEntry + nrPages - 1} lie outside the table (${this.gart.length} entries).`,
    );
    const ticket = this.takeTicket(3);
    this.append(OP_HASH_GART, ticket, firstEntry, nrPages, 0);
    return ticket;
  }

  mark(seqno: number): Ticket {
    const ticket = this.takeTicket(3);
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
    return this.nextTicket;
  }

  /** True when a barrier has settled this ticket and its answer is still held. */
  isSettled(ticket: Ticket): boolean {
    return ticket < this.settledTickets && ticket >= this.firstTicket;
  }

  /**
   * The answer of a settled ticket, as DataPlane says for each question; a view into the answer columns, valid until
   * the next append or forgetAnswers().
   */
  answer(ticket: Ticket): Uint32Array {
    invariant(
      this.isSettled(ticket),
      () => `Ticket ${ticket} is not settled (held are ${this.firstTicket} to ${this.settledTickets - 1}).`,
    );
    const index = ticket - this.firstTicket;
    return this.answers.subarray(this.answerStart[index]!, this.answerStart[index + 1]!);
  }

  /** Drop the answers of all tickets taken before now; every one must be settled. */
  forgetAnswers(): void {
    invariant(
      this.nrCommands === 0,
      () => `Answers cannot be forgotten while ${this.nrCommands} commands wait.`,
    );
    this.firstTicket = this.nextTicket;
    this.settledTickets = this.nextTicket;
    this.answerStart[0] = 0;
  }

  /** For machines: where the answer of a ticket of this batch is to be written. */
  answerSlot(ticket: Ticket): Uint32Array {
    const index = ticket - this.firstTicket;
    return this.answers.subarray(this.answerStart[index]!, this.answerStart[index + 1]!);
  }

  /** For machines: every command has been executed and every answer written; the queue is empty again. */
  settle(): void {
    this.nrCommands = 0;
    this.listLength = 0;
    this.settledTickets = this.nextTicket;
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
  }

  /** Empty command and answer columns, as after a restore. */
  startEmpty(): void {
    this.commands = new Uint32Array(4096 * COMMAND_WORDS);
    this.nrCommands = 0;
    this.lists = new Uint32Array(16_384);
    this.listLength = 0;
    this.nextTicket = 0;
    this.firstTicket = this.nextTicket;
    this.settledTickets = this.nextTicket;
    this.answerStart = new Uint32Array(1025);
    this.answers = new Uint32Array(4096);
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
    'nextTicket',
    'firstTicket',
    'settledTickets',
    'answerStart',
    'answers',
  ] as unknown as readonly (keyof CommandQueue & string)[],
  rebuild: queue => queue.startEmpty(),
});

function undefinedRead(pfn: Pfn): string {
  return `Page ${pageOfPfn(pfn)} of region ${regionOfPfn(pfn)} is read, but nothing was written to it since it was allocated.`;
}
