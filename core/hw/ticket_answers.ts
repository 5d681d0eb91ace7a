/**
 * Tickets and the words that machines answer to them. Tickets are dense and settled in order of asking at a barrier.
 */
import { invariant } from '../base/invariant.ts';
import type { Ticket } from './data_plane.ts';

export class TicketAnswers {
  /** Ticket of the next answer asked for. */
  next: Ticket = 0;
  /** `start[i]` is where the answer of ticket `first + i` begins in `words`. */
  private first: Ticket = 0;
  private settled: Ticket = 0;
  private start = new Uint32Array(1025);
  private words = new Uint32Array(4096);

  /** A new ticket whose answer has so many words, zeros until a machine writes them. */
  take(answerWords: number): Ticket {
    const index = this.next - this.first;
    if (index + 1 >= this.start.length) {
      const larger = new Uint32Array(this.start.length * 2);
      larger.set(this.start);
      this.start = larger;
    }
    const end = this.start[index]! + answerWords;
    this.start[index + 1] = end;
    if (end > this.words.length) {
      const larger = new Uint32Array(Math.max(this.words.length * 2, end));
      larger.set(this.words);
      this.words = larger;
    }
    this.words.fill(0, end - answerWords, end);
    return this.next++;
  }

  isSettled(ticket: Ticket): boolean {
    return ticket < this.settled && ticket >= this.first;
  }

  /** The words of a settled ticket; a view, valid until the next ticket is taken. */
  answer(ticket: Ticket): Uint32Array {
    invariant(
      this.isSettled(ticket),
      () => `Ticket ${ticket} is not settled (held are ${this.first} to ${this.settled - 1}).`,
    );
    return this.slot(ticket);
  }

  /** Where the answer of a ticket of this batch is to be written. */
  slot(ticket: Ticket): Uint32Array {
    const index = ticket - this.first;
    return this.words.subarray(this.start[index]!, this.start[index + 1]!);
  }

  /** Every ticket taken so far has its answer. */
  settle(): void {
    this.settled = this.next;
  }

  /** Drop the answers of all tickets taken before now. */
  forget(): void {
    this.first = this.next;
    this.settled = this.next;
    this.start[0] = 0;
  }
}
