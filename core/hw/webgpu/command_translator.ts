/**
 * Translates commands of the queue, one at a time, into recorded GPU work, host work done at once, and entries of the
 * read-back list.
 *
 * Order      host commands run at once, unless they touch a frame whose bytes are still on their way back from the GPU;
 *            then they wait in the read-back list. A command that would bring such a frame to the GPU again, or that
 *            finds the staging full, splits the batch: translate() answers false and is asked again after a flush
 */
import { invariant } from '../../base/invariant.ts';
import { type Bytes, PAGE_SIZE, type Pages, type Pfn } from '../../base/units.ts';
import * as Q from '../command_queue.ts';
import { mixA, mixB, ZERO_PAGE_A, ZERO_PAGE_B } from '../content_hash.ts';
import { pfnOfGartEntry } from '../gart_entry.ts';
import { type Memories, memoryOf } from '../host/host_executor.ts';
import { NO_RINGS } from '../host/host_machine.ts';
import { HostMemory } from '../host/host_memory.ts';
import { copyBetween } from '../host/page_memory.ts';
import type { MachineDescription } from '../machine_description.ts';
import { pageOfPfn, regionOfPfn } from '../region.ts';
import type { VramOwners } from '../vram_owners.ts';
import type { BatchRecorder } from './batch_recorder.ts';
import type { BusyFrames } from './busy_frames.ts';
import type { FlushSpace } from './flush_space.ts';
import type { GartTable } from './gart_table.ts';
import { type GpuMemory, type GpuPlace, isOnGpu } from './gpu_memory.ts';
import { runOnHost } from './host_commands.ts';
import * as R from './read_back.ts';
import type { Streamer } from './streamer.ts';
import { JOB_THROUGH_GART } from './wgsl.ts';

/** What the translator works on. */
export interface TranslatorParts {
  readonly machine: MachineDescription;
  readonly memories: Memories;
  readonly owners: VramOwners;
  readonly memory: GpuMemory;
  readonly gart: GartTable;
  readonly recorder: BatchRecorder;
  readonly space: FlushSpace;
  readonly busy: BusyFrames;
  readonly after: R.ReadBackList;
  /** Undefined on the dedicated layout. */
  readonly streamer: Streamer | undefined;
}

export class CommandTranslator {
  /** Bytes moved by copies since the caller last set it to zero. */
  movedBytes: Bytes = 0;
  /** Allocations whose buffers may be destroyed when the batch is done: recorded commands still name them. */
  readonly destroyLater: number[] = [];

  constructor(private readonly parts: TranslatorParts) {}

  readonly clearPlace = (place: GpuPlace): void => this.parts.recorder.clearPages(place);

  private locate(pfn: Pfn, nrPages: Pages): GpuPlace {
    return this.parts.memory.locate(pfn, nrPages, this.clearPlace);
  }

  /** Call `each` with the places of a run of frames; `done` pages of the run come before the place. */
  private forEachPlace(pfn: Pfn, nrPages: Pages, each: (place: GpuPlace, done: Pages) => void): void {
    for (let done = 0; done < nrPages; ) {
      const place = this.locate(pfn + done, nrPages - done);
      each(place, done);
      done += place.nrPages;
    }
  }

  /**
   * Translate the command that begins at a word of the queue.
   *
   * @returns false when the batch must be flushed first and the command tried again; nothing was done then
   */
  translate(queue: Q.CommandQueue, at: number): boolean {
    const { owners, memory, gart, after, recorder } = this.parts;
    const { commands, lists } = queue;
    const op = commands[at]!;
    const a = commands[at + 1]!;
    const b = commands[at + 2]!;
    const c = commands[at + 3]!;
    let done = true;
    switch (op) {
      case Q.OP_COPY_RUN:
        done = this.copy(at, a, b, c);
        if (done) {
          this.movedBytes += c * PAGE_SIZE;
          queue.bytesSinceMark += c * PAGE_SIZE;
        }
        break;
      case Q.OP_VRAM_ALLOC:
        owners.alloc(a, b, c);
        memory.created(a, c);
        break;
      case Q.OP_VRAM_FREE:
        owners.free(a);
        this.destroyLater.push(a);
        break;
      case Q.OP_GART_WRITE:
        for (let i = 0; i < c; i++) gart.write(a + i, lists[b + i]!, this.clearPlace);
        break;
      case Q.OP_LOAD_BYTE:
        done = this.loadByte(queue, at, a, b, c);
        break;
      case Q.OP_LOAD_WORDS:
        done = this.loadWords(queue, at, a, lists.subarray(b, b + c));
        break;
      case Q.OP_HASH_PAGES:
        done = this.hashPages(queue, at, a, lists.subarray(b, b + 2 * c));
        break;
      case Q.OP_HASH_GART:
        done = this.hashGart(queue, a, b, c);
        break;
      case Q.OP_MARK:
        after.entries.push4(R.ANSWER_MARK, a, queue.commandsSinceMark, queue.bytesSinceMark);
        queue.commandsSinceMark = 0;
        queue.bytesSinceMark = 0;
        return true;
      case Q.OP_LEARN_PAGE:
        return this.learnPage(queue, at, a, b);
      case Q.OP_RING_START:
        this.streamer.start(recorder, a, lists, b);
        break;
      case Q.OP_GART_FLUSH:
        gart.flush(recorder);
        gart.flushTlb(recorder);
        break;
      case Q.OP_NOTHING:
        break;
      default:
        this.write(queue, at, op, a, b, c);
    }
    if (done) queue.commandsSinceMark++;
    return done;
  }

  /** @throws ModelBug on the dedicated layout */
  get streamer(): Streamer {
    const { streamer } = this.parts;
    invariant(streamer, () => NO_RINGS);
    return streamer;
  }

  private wait(at: number): void {
    this.parts.after.entries.push4(R.RUN_ON_HOST, at, 0, 0);
  }

  private write(queue: Q.CommandQueue, at: number, op: number, pfn: Pfn, b: number, c: number): void {
    const { busy, memories, recorder } = this.parts;
    const nrPages = op === Q.OP_FILL_PAGES ? b : 1;
    if (!isOnGpu(pfn)) {
      if (!busy.has(pfn, nrPages)) runOnHost(queue, memories, at);
      else {
        busy.add(pfn, nrPages);
        this.wait(at);
      }
      return;
    }
    if (op === Q.OP_FILL_PAGES) {
      this.forEachPlace(pfn, nrPages, place => {
        if (c === 0) recorder.clearPages(place);
        else recorder.fillPages(place, c);
      });
      return;
    }
    const place = this.locate(pfn, 1);
    const patches = recorder.patchesOf(place);
    const base = place.offsetBytes;
    switch (op) {
      case Q.OP_STORE_WORD:
        patches.store(base / 4, -1, b);
        patches.store(base / 4 + 1, -1, c);
        return;
      case Q.OP_STORE_BYTE:
        patches.fillBytes(base + b, 1, c);
        return;
      case Q.OP_FILL_BYTES:
        patches.fillBytes(base + (b & 0xfff), b >>> 12, c);
        return;
      case Q.OP_STORE_WORDS:
        for (let i = 0; i < queue.commands[at + 4]!; i++)
          patches.store((base + b) / 4 + i, -1, queue.lists[c + i]!);
        return;
      default:
        invariant(op === Q.OP_FLIP_BYTE, () => `Command ${op} is unknown.`);
        patches.invert((base + (b & ~3)) / 4, 0xff << (8 * (b & 3)));
    }
  }

  private copy(at: number, from: Pfn, to: Pfn, nrPages: Pages): boolean {
    const { busy, memories, recorder, space, after } = this.parts;
    const bytes = nrPages * PAGE_SIZE;
    if (isOnGpu(from)) {
      if (isOnGpu(to)) {
        this.copyOnGpu(from, to, nrPages);
        return true;
      }
      const offset = space.takeRead(bytes);
      if (offset < 0) return false;
      this.forEachPlace(from, nrPages, (place, done) => {
        recorder.readBytes(place, 0, place.nrPages * PAGE_SIZE, space.readBuffer!, offset + done * PAGE_SIZE);
      });
      after.entries.push4(R.DELIVER_PAGES, offset, to, nrPages);
      busy.add(to, nrPages);
      return true;
    }
    const fromBusy = busy.has(from, nrPages);
    if (isOnGpu(to)) {
      if (fromBusy) return false;
      if (!recorder.prepareUpload(bytes)) return space.full(bytes) !== -1;
      this.upload(from, to, nrPages);
    } else if (fromBusy || busy.has(to, nrPages)) {
      busy.add(from, nrPages);
      busy.add(to, nrPages);
      this.wait(at);
    } else {
      const source = memoryOf(memories, regionOfPfn(from));
      copyBetween(source, pageOfPfn(from), memoryOf(memories, regionOfPfn(to)), pageOfPfn(to), nrPages);
    }
    return true;
  }

  private upload(from: Pfn, to: Pfn, nrPages: Pages): void {
    const { memories, recorder } = this.parts;
    const memory = memoryOf(memories, regionOfPfn(from));
    this.forEachPlace(to, nrPages, (place, done) => {
      const page = pageOfPfn(from) + done;
      if (memory instanceof HostMemory) {
        place.nrPages = memory.contiguous(page, place.nrPages);
        const view = memory.view(page, place.nrPages);
        if (view === undefined) recorder.clearPages(place);
        else recorder.uploadPages(place, into => into.set(view));
      } else recorder.uploadPages(place, into => memory.read(page, into));
    });
  }

  private copyOnGpu(from: Pfn, to: Pfn, nrPages: Pages): void {
    const distance = Math.abs(to - from);
    if (distance === 0) return;
    if (distance < nrPages) {
      // Overlapping runs: pieces no longer than the distance, in the order that reads before it overwrites.
      for (let done = 0; done < nrPages; ) {
        const step = Math.min(distance, nrPages - done);
        const at = to > from ? nrPages - done - step : done;
        this.copyOnGpu(from + at, to + at, step);
        done += step;
      }
      return;
    }
    this.forEachPlace(from, nrPages, (source, done) => {
      const target = this.locate(to + done, source.nrPages);
      source.nrPages = target.nrPages;
      this.parts.recorder.copyPages(source, target);
    });
  }

  private loadByte(queue: Q.CommandQueue, at: number, ticket: number, pfn: Pfn, byte: number): boolean {
    const { busy, memories, recorder, space, after } = this.parts;
    if (!isOnGpu(pfn)) {
      if (!busy.has(pfn, 1)) runOnHost(queue, memories, at);
      else this.wait(at);
      return true;
    }
    const offset = space.takeRead(4);
    if (offset < 0) return false;
    recorder.readBytes(this.locate(pfn, 1), byte & ~3, 4, space.readBuffer!, offset);
    after.entries.push4(R.DELIVER_BYTE, offset + (byte & 3), ticket, 0);
    return true;
  }

  private loadWords(queue: Q.CommandQueue, at: number, ticket: number, pfns: Uint32Array): boolean {
    const { busy, memories, recorder, space, after } = this.parts;
    let onGpu = 0;
    let mustWait = false;
    for (const pfn of pfns) {
      if (isOnGpu(pfn)) onGpu++;
      else mustWait ||= busy.has(pfn, 1);
    }
    let offset = space.takeRead(8 * onGpu);
    if (offset < 0) return false;
    pfns.forEach((pfn, i) => {
      if (!isOnGpu(pfn)) {
        if (mustWait) busy.add(pfn, 1);
        return;
      }
      recorder.readBytes(this.locate(pfn, 1), 0, 8, space.readBuffer!, offset);
      after.entries.push4(R.DELIVER_WORD, offset, ticket, 2 * i);
      offset += 8;
    });
    if (mustWait) this.wait(at);
    else runOnHost(queue, memories, at);
    return true;
  }

  private hashPages(queue: Q.CommandQueue, at: number, ticket: number, runs: Uint32Array): boolean {
    const { busy, memories, recorder, space, after } = this.parts;
    let onGpu = false;
    let mustWait = false;
    for (let run = 0; run < runs.length; run += 2) {
      if (isOnGpu(runs[run]!)) onGpu = true;
      else mustWait ||= busy.has(runs[run]!, runs[run + 1]!);
    }
    const slot = onGpu ? space.takeResult() : 0;
    if (slot < 0) return false;
    let index = 0;
    for (let run = 0; run < runs.length; run += 2) {
      const pfn = runs[run]!;
      const nrPages = runs[run + 1]!;
      const first = index;
      if (isOnGpu(pfn))
        this.forEachPlace(pfn, nrPages, (place, done) => recorder.hashPages(place, first + done, slot));
      else if (mustWait) busy.add(pfn, nrPages);
      index += nrPages;
    }
    if (onGpu) after.entries.push4(R.DELIVER_HASH, slot, ticket, 0);
    if (mustWait) this.wait(at);
    else runOnHost(queue, memories, at);
    return true;
  }

  /** The plain lanes of one page. */
  private learnPage(queue: Q.CommandQueue, at: number, ticket: number, pfn: Pfn): boolean {
    const { busy, memories, recorder, space, after } = this.parts;
    if (isOnGpu(pfn)) {
      const slot = space.takeResult();
      if (slot < 0) return false;
      recorder.hashPages(this.locate(pfn, 1), 0, slot);
      after.entries.push4(R.DELIVER_LANES, slot, ticket, 0);
    } else if (busy.has(pfn, 1)) this.wait(at);
    else runOnHost(queue, memories, at);
    return true;
  }

  /**
   * Paged: the shader translates. Dedicated: buffers cannot be reached through a table, so the table is walked here and
   * the pages are hashed where they lie; hash and faults are the same, and so are the digests of both layouts.
   */
  private hashGart(queue: Q.CommandQueue, ticket: number, firstEntry: number, nrPages: Pages): boolean {
    const { machine, memory, gart, recorder, space, after } = this.parts;
    const slot = space.takeResult();
    if (slot < 0) return false;
    const answer = queue.answerSlot(ticket);
    const throughTable = memory.layout === 'paged' && memory.mirrorHeap !== undefined;
    for (let i = 0; i < nrPages; i++) {
      const pfn = pfnOfGartEntry(machine, gart.entries[firstEntry + i]!);
      if (pfn >= 0) {
        const place = this.locate(pfn, 1);
        if (!throughTable) recorder.hashPages(place, i, slot);
      } else if (!throughTable) {
        if (machine.unboundEntry === 'invalid') answer[2]!++;
        answer[0]! += mixA(ZERO_PAGE_A, i);
        answer[1]! += mixB(ZERO_PAGE_B, i);
      }
    }
    if (throughTable) {
      gart.flush(recorder);
      recorder.hashEntries(JOB_THROUGH_GART, firstEntry, nrPages, slot);
    }
    after.entries.push4(R.DELIVER_HASH, slot, ticket, 1);
    return true;
  }
}
