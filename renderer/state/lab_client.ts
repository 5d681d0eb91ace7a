/**
 * The window's end of the message port: numbers commands, resolves them when the lab says done, and knows what is pending.
 */
import { fromPort } from '../../core/public/packed_objects.ts';
import type { FromLab, LabCommand, ToLab } from '../../core/public/protocol.ts';
import type { AnswerOf, Ask, QuestionName } from '../../core/public/questions.ts';

/** What the window needs of a worker; a test hands in its own. */
export interface LabPort {
  postMessage(message: ToLab): void;
  onmessage: ((event: { data: FromLab }) => void) | null;
  onerror?: ((event: { message?: string }) => void) | null;
  terminate?(): void;
}

/** Messages that are not answers to one command or question. */
export type LabNews = Exclude<FromLab, { type: 'done' | 'answer' | 'refused' | 'alive' }>;

/** Resolves when the holder of a lock has ended; never where there are no locks. */
async function endOfHolder(lock: string): Promise<void> {
  if (!globalThis.navigator?.locks) return new Promise(() => {});
  await navigator.locks.request(lock, () => {});
}

interface Asked {
  readonly answered: (answer: unknown) => void;
  readonly refused: (why: Error) => void;
}

export class LabClient {
  private nextNumber = 1;
  private readonly asked = new Map<number, Asked>();
  private readonly waiting = new Map<number, () => void>();
  private port: LabPort | null = null;
  /** Called when the worker ended by itself, with a phrase that says how; by then nothing is pending any more. */
  onEnd: (how: string) => void = () => {};

  /**
   * @param receive gets every message but `done` and answers
   */
  constructor(
    port: LabPort,
    private readonly receive: (message: LabNews) => void,
  ) {
    this.attach(port);
  }

  /** Talk to this worker from now on; what was pending at the one before is given up. */
  attach(port: LabPort): void {
    this.giveUp();
    this.port = port;
    port.onmessage = ({ data }) => {
      if (port === this.port) this.take(fromPort(data), port);
    };
    if ('onerror' in port) port.onerror = ({ message }) => this.end(port, message || 'no reason given');
  }

  /** End the worker; `onEnd` is called. */
  stop(how: string): void {
    if (this.port) this.end(this.port, how);
  }

  private take(data: FromLab, port: LabPort): void {
    if (data.type === 'answer' || data.type === 'refused') {
      const asked = this.asked.get(data.number);
      this.asked.delete(data.number);
      if (data.type === 'answer') asked?.answered(data.answer);
      else asked?.refused(new Error(data.sentence));
    } else if (data.type === 'done') {
      this.waiting.get(data.number)?.();
      this.waiting.delete(data.number);
    } else if (data.type === 'alive') {
      void endOfHolder(data.lock).then(() => this.end(port, 'it ended without a word'));
    } else this.receive(data);
  }

  private end(port: LabPort, how: string): void {
    if (port !== this.port) return;
    this.giveUp();
    port.terminate?.();
    this.onEnd(how);
  }

  private giveUp(): void {
    this.port = null;
    for (const done of this.waiting.values()) done();
    this.waiting.clear();
    for (const { refused } of this.asked.values()) refused(new Error("The lab's worker ended."));
    this.asked.clear();
  }

  /** Commands that the lab has not done yet. */
  get pending(): number {
    return this.waiting.size;
  }

  /** Send a command; resolves when the lab has done it, whether it succeeded or said `failed`, or its worker ended. */
  send(command: LabCommand): Promise<void> {
    const { port } = this;
    if (!port) return Promise.resolve();
    const number = this.nextNumber++;
    return new Promise(resolve => {
      this.waiting.set(number, resolve);
      port.postMessage({ type: 'command', number, command });
    });
  }

  /**
   * Ask the lab something; it changes nothing.
   *
   * @throws Error with the lab's sentence when there is no answer
   */
  ask<Name extends QuestionName>(name: Name, ask: Ask<Name>): Promise<AnswerOf<Name>> {
    const { port } = this;
    if (!port) return Promise.reject(new Error("The lab's worker ended."));
    const number = this.nextNumber++;
    return new Promise((resolve, reject) => {
      this.asked.set(number, { answered: answer => resolve(answer as AnswerOf<Name>), refused: reject });
      port.postMessage({ type: 'ask', number, name, ask });
    });
  }

  /** The picture of this view is complete; the lab may go on. */
  shown(view: number): void {
    this.port?.postMessage({ type: 'shown', view });
  }
}
