/**
 * The host part of a command of the queue: what it does to RAM and SWAP. Frames on the GPU are left to the recorder.
 */
import * as Q from '../command_queue.ts';
import {
  copyOnHost,
  hashOnHost,
  learnOnHost,
  type Memories,
  memoryOf,
  storeWordsOnHost,
  writeOnHost,
} from '../host/host_executor.ts';
import { pageOfPfn, regionOfPfn } from '../region.ts';
import { isOnGpu } from './gpu_memory.ts';

/** Execute the host part of the command that begins at a word of the queue. */
export function runOnHost(queue: Q.CommandQueue, memories: Memories, at: number): void {
  const { commands, lists } = queue;
  const op = commands[at]!;
  const a = commands[at + 1]!;
  const b = commands[at + 2]!;
  const c = commands[at + 3]!;
  switch (op) {
    case Q.OP_COPY_RUN:
      copyOnHost(memories, a, b, c);
      return;
    case Q.OP_LOAD_BYTE:
      queue.answerSlot(a)[0] = memoryOf(memories, regionOfPfn(b)).readByte(pageOfPfn(b), c);
      return;
    case Q.OP_LOAD_WORDS: {
      const answer = queue.answerSlot(a);
      for (let i = 0; i < c; i++) {
        const pfn = lists[b + i]!;
        if (isOnGpu(pfn)) continue;
        const memory = memoryOf(memories, regionOfPfn(pfn));
        answer[2 * i] = memory.readWord(pageOfPfn(pfn), 0);
        answer[2 * i + 1] = memory.readWord(pageOfPfn(pfn), 1);
      }
      return;
    }
    case Q.OP_HASH_PAGES: {
      let index = 0;
      for (let run = 0; run < c; run++) {
        const pfn = lists[b + 2 * run]!;
        const nrPages = lists[b + 2 * run + 1]!;
        if (!isOnGpu(pfn)) hashOnHost(memories, pfn, nrPages, index, queue.answerSlot(a));
        index += nrPages;
      }
      return;
    }
    case Q.OP_STORE_WORDS:
      storeWordsOnHost(memories, a, b, lists.subarray(c, c + commands[at + 4]!));
      return;
    case Q.OP_LEARN_PAGE:
      learnOnHost(memories, b, queue.answerSlot(a));
      return;
    default:
      writeOnHost(memories, op, a, b, c);
  }
}
