/**
 * A session: a log of inputs, a kernel somewhere along it, and snapshots to come back to any position.
 *
 * Seeking    the nearest snapshot at or before the wanted position, then re-execution; the digest proves that it is the same run
 * Keyframes  one every `keyframeEvery` inputs, at most `maxKeyframes`; when more would be held, every second one goes and the
 *            distance doubles
 */
import { invariant } from '../base/invariant.ts';
import type { Machine } from '../hw/machine.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Input } from './input.ts';
import { type PlayedStep, Player, type PlayOptions } from './player.ts';
import { restoreSessionImage, type SessionImage, takeSessionImage } from './session_image.ts';

/** What a session needs from its surroundings. */
export interface SessionPorts {
  /** A fresh machine of the session's description; the session disposes of it. */
  createMachine(): Promise<Machine>;
  /** A kernel on a fresh machine's queue, booted. */
  boot(machine: Machine): Kernel;
}

export interface SessionOptions {
  /** Inputs between two keyframes at first. */
  readonly keyframeEvery?: number;
  readonly maxKeyframes?: number;
}

export class Session {
  /** Inputs in order; those from `position` on are the future. */
  readonly inputs: Input[] = [];
  private keyframes: SessionImage[] = [];
  private keyframeEvery: number;
  private readonly maxKeyframes: number;

  private constructor(
    private readonly ports: SessionPorts,
    public player: Player,
    options: SessionOptions,
  ) {
    this.keyframeEvery = options.keyframeEvery ?? 64;
    this.maxKeyframes = options.maxKeyframes ?? 32;
  }

  /** Boot a machine and stand before the first input. */
  static async open(
    ports: SessionPorts,
    inputs: readonly Input[],
    options: SessionOptions = {},
  ): Promise<Session> {
    const machine = await ports.createMachine();
    const session = new Session(ports, new Player(ports.boot(machine), machine), options);
    session.inputs.push(...inputs);
    await session.keep();
    return session;
  }

  /** Inputs executed. */
  get position(): number {
    return this.player.position;
  }

  get kernel(): Kernel {
    return this.player.kernel;
  }

  get machine(): Machine {
    return this.player.machine;
  }

  /**
   * Execute the next inputs.
   *
   * @param count at most this many
   * @returns the executed steps
   */
  async run(count: number, options: PlayOptions = {}): Promise<PlayedStep[]> {
    const steps: PlayedStep[] = [];
    const end = Math.min(this.inputs.length, this.position + count);
    let goesOn = true;
    while (goesOn && this.position < end) {
      const next = Math.min(end, this.nextKeyframe());
      steps.push(
        ...(await this.player.play(this.inputs.slice(this.position, next), {
          ...options,
          afterBarrier: async played => (goesOn = (await options.afterBarrier?.(played)) ?? true),
        })),
      );
      if (this.position >= this.nextKeyframe()) await this.keep();
    }
    return steps;
  }

  /** Do something now: the input takes effect at this boundary, and the future that was there is replaced. */
  async act(input: Input): Promise<PlayedStep> {
    this.inputs.splice(this.position, this.inputs.length - this.position, input);
    this.keyframes = this.keyframes.filter(image => image.position <= this.position);
    const [step] = await this.run(1);
    invariant(step, () => 'The input was not executed.');
    return step;
  }

  /** Go to a position: back or forward. The trace keeps the rows up to there. */
  async seek(position: number): Promise<void> {
    invariant(
      position >= 0 && position <= this.inputs.length,
      () => `Position ${position} lies outside the log (${this.inputs.length} inputs).`,
    );
    if (position < this.position) await this.restore(this.nearest(position));
    await this.run(position - this.position);
  }

  /** One input back. */
  async stepBack(): Promise<void> {
    await this.seek(Math.max(0, this.position - 1));
  }

  /** Give the machine back. The kernel must have been shut down by whoever cares about leaks. */
  async close(): Promise<void> {
    await this.player.machine.dispose();
  }

  private nextKeyframe(): number {
    return (Math.floor(this.position / this.keyframeEvery) + 1) * this.keyframeEvery;
  }

  private nearest(position: number): SessionImage {
    let best = this.keyframes[0]!;
    for (const image of this.keyframes)
      if (image.position <= position && image.position > best.position) best = image;
    return best;
  }

  private async keep(): Promise<void> {
    if (this.keyframes.some(image => image.position === this.position)) return;
    this.keyframes.push(await takeSessionImage(this.player));
    if (this.keyframes.length <= this.maxKeyframes) return;
    this.keyframeEvery *= 2;
    this.keyframes = this.keyframes.filter(image => image.position % this.keyframeEvery === 0);
  }

  private async restore(image: SessionImage): Promise<void> {
    const old = this.player;
    const machine = await this.ports.createMachine();
    this.player = await restoreSessionImage(image, machine);
    this.player.onBarrier = old.onBarrier;
    this.player.kernel.trace.adoptRows(old.kernel.trace);
    await old.machine.dispose();
  }
}
