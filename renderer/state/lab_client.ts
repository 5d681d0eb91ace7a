/**
 * The window's end of the message port: numbers commands, resolves them when the lab says done, and knows what is pending.
 */
import type { FromLab, LabCommand, ToLab } from '../../core/public/protocol.ts';
import type { AnswerOf, Ask, QuestionName } from '../../core/public/questions.ts';

/** What the window needs of a worker; a test hands in its own. */
export interface LabPort {
  postMessage(message: ToLab): void;
  onmessage: ((event: { data: FromLab }) => void) | null;
  onerror?: ((event: { message?: string }) => void) | null;
}

/** Messages that are not answers to one command or question. */
export type LabNews = Exclude<FromLab, { type: 'done' | 'answer' | 'refused' }>;

interface Asked {
  readonly answered: (answer: unknown) => void;
  readonly refused: (why: Error) => void;
}

export class LabClient {
  private nextNumber = 1;
  private readonly asked = new Map<number, Asked>();
  private readonly waiting = new Map<number, () => void>();

  /**
   * @param receive gets every message but `done` and answers
   */
  constructor(
    private readonly port: LabPort,
    receive: (message: LabNews) => void,
  ) {
    port.onmessage = ({ data }) => {
      if (data.type === 'answer' || data.type === 'refused') {
        const asked = this.asked.get(data.number);
        this.asked.delete(data.number);
        if (data.type === 'answer') asked?.answered(data.answer);
        else asked?.refused(new Error(data.sentence));
      } else if (data.type === 'done') {
        this.waiting.get(data.number)?.();
        this.waiting.delete(data.number);
      } else receive(data);
    };
    if ('onerror' in port) {
      port.onerror = event => {
        receive({
          type: 'failed',
          sentence: `The lab's worker stopped: ${event.message ?? 'no reason given'}. Reload the window to start again.`,
        });
        for (const done of this.waiting.values()) done();
        this.waiting.clear();
        for (const { refused } of this.asked.values()) refused(new Error('The worker stopped.'));
        this.asked.clear();
      };
    }
  }

  /** Commands that the lab has not done yet. */
  get pending(): number {
    return this.waiting.size;
  }

  /** Send a command; resolves when the lab has done it, whether it succeeded or said `failed`. */
  send(command: LabCommand): Promise<void> {
    const number = this.nextNumber++;
    return new Promise(resolve => {
      this.waiting.set(number, resolve);
      this.port.postMessage({ type: 'command', number, command });
    });
  }

  /**
   * Ask the lab something; it changes nothing.
   *
   * @throws Error with the lab's sentence when there is no answer
   */
  ask<Name extends QuestionName>(name: Name, ask: Ask<Name>): Promise<AnswerOf<Name>> {
    const number = this.nextNumber++;
    return new Promise((resolve, reject) => {
      this.asked.set(number, { answered: answer => resolve(answer as AnswerOf<Name>), refused: reject });
      this.port.postMessage({ type: 'ask', number, name, ask });
    });
  }

  /** The picture of this view is complete; the lab may go on. */
  shown(view: number): void {
    this.port.postMessage({ type: 'shown', view });
  }
}
