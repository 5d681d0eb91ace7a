/**
 * The window's end of the message port: numbers commands, resolves them when the lab says done, and knows what is pending.
 */
import type { FromLab, LabCommand, ToLab } from '../../core/public/protocol.ts';

/** What the window needs of a worker; a test hands in its own. */
export interface LabPort {
  postMessage(message: ToLab): void;
  onmessage: ((event: { data: FromLab }) => void) | null;
  onerror?: ((event: { message?: string }) => void) | null;
}

export class LabClient {
  private nextNumber = 1;
  private readonly waiting = new Map<number, () => void>();

  /**
   * @param receive gets every message but `done`
   */
  constructor(
    private readonly port: LabPort,
    receive: (message: FromLab) => void,
  ) {
    port.onmessage = ({ data }) => {
      if (data.type !== 'done') {
        receive(data);
        return;
      }
      this.waiting.get(data.number)?.();
      this.waiting.delete(data.number);
    };
    if ('onerror' in port) {
      port.onerror = event => {
        receive({
          type: 'failed',
          sentence: `The lab's worker stopped: ${event.message ?? 'no reason given'}. Reload the window to start again.`,
        });
        for (const done of this.waiting.values()) done();
        this.waiting.clear();
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

  /** The picture of this view is complete; the lab may go on. */
  shown(view: number): void {
    this.port.postMessage({ type: 'shown', view });
  }
}
