/**
 * What is done when a batch's bytes have come back: an ordered list of deliveries and of host commands that had to wait
 * for them.
 */

import { PAGE_SIZE } from '../../base/units.ts';
import { COMMAND_WORDS, type CommandQueue } from '../command_queue.ts';
import { unmixA, unmixB } from '../content_hash.ts';
import { type Memories, memoryOf } from '../host/host_executor.ts';
import { pageOfPfn, regionOfPfn } from '../region.ts';
import { WordList } from './word_list.ts';

/** [kind, offset in the read-back buffer, frame, pages] */
export const DELIVER_PAGES = 1;
/** [kind, offset, ticket, word of the answer] a 64-bit word */
export const DELIVER_WORD = 2;
/** [kind, offset of the byte, ticket, 0] */
export const DELIVER_BYTE = 3;
/** [kind, result slot, ticket, 1 for a hash through the GART] */
export const DELIVER_HASH = 4;
/** [kind, word index of the command, 0, 0] a command on host memory */
export const RUN_ON_HOST = 5;
/** [kind, ticket, commands, bytes] */
export const ANSWER_MARK = 6;
/** [kind, result slot, ticket, word of the answer] the plain lanes of one page */
export const DELIVER_LANES = 7;

export class ReadBackList {
  readonly entries = new WordList();

  /**
   * Do everything in order.
   *
   * @param bytes   the mapped read-back buffer
   * @param results offset of the result slots in it
   * @param runOnHost executes the host part of the command that begins at a word of the queue
   */
  deliver(
    queue: CommandQueue,
    memories: Memories,
    bytes: ArrayBuffer,
    results: number,
    runOnHost: (at: number) => void,
  ): void {
    const all = new Uint8Array(bytes);
    const words = new Uint32Array(bytes);
    const list = this.entries.words;
    for (let i = 0; i < this.entries.length; i += 4) {
      const a = list[i + 1]!;
      const b = list[i + 2]!;
      const c = list[i + 3]!;
      switch (list[i]) {
        case DELIVER_PAGES:
          memoryOf(memories, regionOfPfn(b)).write(pageOfPfn(b), all.subarray(a, a + c * PAGE_SIZE));
          break;
        case DELIVER_WORD: {
          const answer = queue.answerSlot(b);
          answer[c] = words[a / 4]!;
          answer[c + 1] = words[a / 4 + 1]!;
          break;
        }
        case DELIVER_BYTE:
          queue.answerSlot(b)[0] = all[a]!;
          break;
        case DELIVER_HASH: {
          const answer = queue.answerSlot(b);
          const at = results / 4 + a * 4;
          answer[0]! += words[at]!;
          answer[1]! += words[at + 1]!;
          if (c === 1) {
            answer[2]! += words[at + 2]!;
            queue.faultsSinceMark += answer[2]!;
          }
          break;
        }
        case DELIVER_LANES: {
          const answer = queue.answerSlot(b);
          const at = results / 4 + a * 4;
          answer[c] = unmixA(words[at]!);
          answer[c + 1] = unmixB(words[at + 1]!);
          break;
        }
        case RUN_ON_HOST:
          runOnHost(a);
          break;
        default:
          answerMark(queue, a, b, c);
      }
    }
    this.entries.clear();
  }
}

/** Give a mark its answer: commands and bytes were counted when it was recorded, faults when the hashes came back. */
export function answerMark(queue: CommandQueue, ticket: number, commands: number, bytes: number): void {
  const answer = queue.answerSlot(ticket);
  answer[0] = commands;
  answer[1] = bytes;
  answer[2] = queue.faultsSinceMark;
  queue.faultsSinceMark = 0;
}

/** Command number of a word index; for messages. */
export function commandNumber(at: number): number {
  return at / COMMAND_WORDS;
}
