/**
 * The rest of a batch after the device is gone: what host memory can do is done, what needed the GPU fails, and the
 * symbolic contents are brought back to what is really there.
 *
 * Models     the driver's side of a device reset: moves in flight fail with ECANCELED, VRAM contents are lost
 */
import { PAGE_SIZE, type Pages, type Pfn } from '../../base/units.ts';
import type { CommandQueue } from '../command_queue.ts';
import * as Q from '../command_queue.ts';
import { mixA, mixB } from '../content_hash.ts';
import type { Ticket } from '../data_plane.ts';
import { GART_PAGE_SHIFT } from '../gart_entry.ts';
import {
  copyOnHost,
  learnOnHost,
  type Memories,
  memoryOf,
  storeWordsOnHost,
  writeOnHost,
} from '../host/host_executor.ts';
import { isMirrorEntry } from '../mirror_binds.ts';
import { CONTENT_UNDEFINED } from '../page_contents.ts';
import { pageOfPfn, pfnOf, REGION_MIRROR, REGION_RAM, REGION_VRAM, regionOfPfn } from '../region.ts';
import type { VramOwners } from '../vram_owners.ts';
import { isOnGpu } from './gpu_memory.ts';
import { ANSWER_MARK, answerMark, DELIVER_PAGES, type ReadBackList, RUN_ON_HOST } from './read_back.ts';

export class LostBatch {
  /** Frames of RAM and SWAP that wait for bytes which will never come. */
  private readonly lostFrames = new Set<Pfn>();
  private readonly failedTickets = new Set<Ticket>();
  failedMoves = 0;
  lostPages: Pages = 0;
  movedBytes = 0;

  constructor(
    private readonly queue: CommandQueue,
    private readonly memories: Memories,
    private readonly owners: VramOwners,
  ) {}

  get tickets(): Ticket[] {
    return [...this.failedTickets].sort((a, b) => a - b);
  }

  /**
   * Finish the batch.
   *
   * @param undelivered what waited for the read-back when the device went
   * @param from        word index of the first command that was not recorded
   */
  finish(undelivered: ReadBackList, from: number): void {
    const list = undelivered.entries.words;
    for (let i = 0; i < undelivered.entries.length; i += 4) {
      const b = list[i + 2]!;
      const c = list[i + 3]!;
      if (list[i] === DELIVER_PAGES) {
        this.failedMoves++;
        this.loseFrames(b, c);
      } else if (list[i] === RUN_ON_HOST) this.run(list[i + 1]!);
      else if (list[i] === ANSWER_MARK) answerMark(this.queue, list[i + 1]!, b, c);
      else this.fail(b);
    }
    undelivered.entries.clear();
    const end = this.queue.nrCommands * Q.COMMAND_WORDS;
    for (let at = from; at < end; at += Q.COMMAND_WORDS) {
      if (this.queue.commands[at] === Q.OP_MARK) this.queue.answerMark(this.queue.commands[at + 1]!);
      else {
        if (this.queue.commands[at] !== Q.OP_LEARN_PAGE) this.queue.commandsSinceMark++;
        this.run(at);
      }
    }
    this.correctContents();
  }

  private fail(ticket: Ticket): void {
    this.failedTickets.add(ticket);
    this.queue.answerSlot(ticket).fill(0);
  }

  private loseFrames(pfn: Pfn, nrPages: Pages): void {
    for (let i = 0; i < nrPages; i++) this.lostFrames.add(pfn + i);
  }

  private isLost(pfn: Pfn, nrPages: Pages): boolean {
    if (isOnGpu(pfn)) return true;
    for (let i = 0; i < nrPages; i++) if (this.lostFrames.has(pfn + i)) return true;
    return false;
  }

  private run(at: number): void {
    const { commands, lists } = this.queue;
    const op = commands[at]!;
    const a = commands[at + 1]!;
    const b = commands[at + 2]!;
    const c = commands[at + 3]!;
    switch (op) {
      case Q.OP_COPY_RUN:
        this.runCopy(a, b, c);
        return;
      case Q.OP_VRAM_ALLOC:
        this.owners.alloc(a, b, c);
        return;
      case Q.OP_VRAM_FREE:
        this.owners.free(a);
        return;
      case Q.OP_GART_WRITE:
      case Q.OP_NOTHING:
        return;
      case Q.OP_RING_START:
      case Q.OP_GART_FLUSH:
        return;
      case Q.OP_STORE_WORDS:
        if (!isOnGpu(a)) storeWordsOnHost(this.memories, a, b, lists.subarray(c, c + commands[at + 4]!));
        return;
      case Q.OP_LEARN_PAGE:
        if (this.isLost(b, 1)) this.fail(a);
        else learnOnHost(this.memories, b, this.queue.answerSlot(a));
        return;
      case Q.OP_RING_RUN:
      case Q.OP_HASH_GART:
        this.fail(a);
        return;
      case Q.OP_LOAD_BYTE:
        if (this.isLost(b, 1)) this.fail(a);
        else this.queue.answerSlot(a)[0] = memoryOf(this.memories, regionOfPfn(b)).readByte(pageOfPfn(b), c);
        return;
      case Q.OP_LOAD_WORDS:
        this.runLoadWords(a, lists.subarray(b, b + c));
        return;
      case Q.OP_HASH_PAGES:
        this.runHash(a, lists.subarray(b, b + 2 * c));
        return;
      default:
        if (isOnGpu(a)) return;
        writeOnHost(this.memories, op, a, b, c);
        if (op === Q.OP_FILL_PAGES) for (let i = 0; i < b; i++) this.lostFrames.delete(a + i);
    }
  }

  private runCopy(from: Pfn, to: Pfn, nrPages: Pages): void {
    if (isOnGpu(to)) return;
    if (isOnGpu(from)) {
      this.failedMoves++;
      this.loseFrames(to, nrPages);
      return;
    }
    const lost = Array.from({ length: nrPages }, (_, i) => this.lostFrames.has(from + i));
    copyOnHost(this.memories, from, to, nrPages);
    this.queue.bytesSinceMark += nrPages * PAGE_SIZE;
    this.movedBytes += nrPages * PAGE_SIZE;
    lost.forEach((isLost, i) => {
      if (isLost) this.lostFrames.add(to + i);
      else this.lostFrames.delete(to + i);
    });
  }

  private runLoadWords(ticket: Ticket, pfns: Uint32Array): void {
    const answer = this.queue.answerSlot(ticket);
    for (const pfn of pfns) {
      if (this.isLost(pfn, 1)) {
        this.fail(ticket);
        return;
      }
    }
    pfns.forEach((pfn, i) => {
      const memory = memoryOf(this.memories, regionOfPfn(pfn));
      answer[2 * i] = memory.readWord(pageOfPfn(pfn), 0);
      answer[2 * i + 1] = memory.readWord(pageOfPfn(pfn), 1);
    });
  }

  private runHash(ticket: Ticket, runs: Uint32Array): void {
    let lane0 = 0;
    let lane1 = 0;
    let index = 0;
    for (let run = 0; run < runs.length; run += 2) {
      const pfn = runs[run]!;
      const nrPages = runs[run + 1]!;
      if (this.isLost(pfn, nrPages)) {
        this.fail(ticket);
        return;
      }
      const memory = memoryOf(this.memories, regionOfPfn(pfn));
      for (let i = 0; i < nrPages; i++, index++) {
        lane0 = (lane0 + mixA(memory.pageLaneA(pageOfPfn(pfn) + i), index)) | 0;
        lane1 = (lane1 + mixB(memory.pageLaneB(pageOfPfn(pfn) + i), index)) | 0;
      }
    }
    const answer = this.queue.answerSlot(ticket);
    answer[0] = lane0;
    answer[1] = lane1;
  }

  /** Lost pages read as zeros from now on; mirror pages that equal their RAM page are filled from it again. */
  private correctContents(): void {
    const { contents } = this.queue;
    for (const pfn of this.lostFrames) {
      memoryOf(this.memories, regionOfPfn(pfn)).fillPages(pageOfPfn(pfn), 1, 0);
      contents.fillPages(pfn, 1, 0);
      this.lostPages++;
    }
    for (const { firstPage, nrPages } of this.queue.allocations.values()) {
      for (let page = firstPage; page < firstPage + nrPages; page++) {
        if (contents.idOf(pfnOf(REGION_VRAM, page)) !== CONTENT_UNDEFINED) this.lostPages++;
      }
      contents.fillPages(pfnOf(REGION_VRAM, firstPage), nrPages, 0);
    }
    for (const entry of this.queue.gart) {
      if (!isMirrorEntry(entry)) continue;
      const page = entry >>> GART_PAGE_SHIFT;
      const copy = pfnOf(REGION_MIRROR, page);
      if (contents.idOf(copy) === contents.idOf(pfnOf(REGION_RAM, page))) continue;
      contents.fillPages(copy, 1, 0);
      this.lostPages++;
    }
  }
}
