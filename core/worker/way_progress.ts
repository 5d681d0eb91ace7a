/** Tells the window how far a way has come, once it takes long enough to be noticed. */
import type { FromLab } from '../public/protocol.ts';

/** Shorter ways show nothing. */
const NOTICED_MS = 300;
const TELL_EVERY_MS = 150;

export class WayProgress {
  private toldAt: number;
  private told = false;

  /** @param what for people: `Going back` */
  constructor(
    private readonly what: string,
    private readonly around: { readonly nowMs: () => number; readonly send: (message: FromLab) => void },
  ) {
    this.toldAt = around.nowMs() + NOTICED_MS - TELL_EVERY_MS;
  }

  /** @param part of the way, from 0 to 1 */
  tell(part: number): void {
    const now = this.around.nowMs();
    if (now - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = now;
    this.told = true;
    this.around.send({
      type: 'progress',
      progress: { what: this.what, part: Math.min(1, Math.max(0, part)) },
    });
  }

  end(): void {
    if (this.told) this.around.send({ type: 'progress', progress: null });
  }
}
