/**
 * A session: a log of inputs, a kernel somewhere along it, and snapshots to come back to any position.
 *
 * Seeking    the nearest snapshot at or before the wanted position, then re-execution; the digest proves that it is the same run
 * Keyframes  where executing again would take long (keyframe_pace.ts), or every `keyframeEvery` inputs; the store holds as many
 *            as it has bytes for
 * Rows       of the trace are kept for the whole run that is known, also where the kernel stands before its end
 */
import { invariant } from '../base/invariant.ts';
import { GpuError } from '../hw/gpu_error.ts';
import type { Machine } from '../hw/machine.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import type { Input } from './input.ts';
import { KeyframePace, WATCHED_COST } from './keyframe_pace.ts';
import { type Keyframe, KeyframeStore } from './keyframe_store.ts';
import { type PlayedStep, Player, type PlayOptions } from './player.ts';
import { type RestorableImage, restorable, restoreOnMachine, takeSessionImage } from './session_image.ts';

/** What a session needs from its surroundings. */
export interface SessionPorts {
  /** A fresh machine of the session's description; the session disposes of it. */
  createMachine(): Promise<Machine>;
  /** A kernel on a fresh machine's queue, booted. */
  boot(machine: Machine): Kernel;
}

export interface SessionOptions {
  /** Inputs between two keyframes; without it they stand where they pay. */
  readonly keyframeEvery?: number;
  /** False: bytes are not checked after a restore; for who asks about them where somebody looks (lab/verify_objects.ts). */
  readonly checkBytes?: boolean;
  /** What is known of the run before it is executed here: keyframes and rows of a recording. */
  readonly recorded?: { readonly keyframes: KeyframeStore; readonly rows?: TraceBuffer };
}

export class Session {
  /** Inputs in order; those from `position` on are the future. */
  readonly inputs: Input[] = [];
  readonly keyframes: KeyframeStore;
  private readonly pace = new KeyframePace(WATCHED_COST);
  /** What the machine was when it was made; one that lost its device has become another. */
  private kind: Machine['kind'];
  /** Rows of the newest trace that is known. */
  private rows: TraceBuffer;

  private constructor(
    private readonly ports: SessionPorts,
    public player: Player,
    private readonly options: SessionOptions,
  ) {
    this.keyframes = options.recorded?.keyframes ?? new KeyframeStore();
    this.rows = options.recorded?.rows ?? player.kernel.trace;
    this.kind = player.machine.kind;
  }

  /** Boot a machine and stand before the first input. */
  static async open(
    ports: SessionPorts,
    inputs: readonly Input[],
    options: SessionOptions = {},
  ): Promise<Session> {
    const machine = await ports.createMachine();
    const session = new Session(ports, new Player(ports.boot(machine), machine), options);
    // Not spread: a worker's stack holds no hundred thousand arguments.
    for (const input of inputs) session.inputs.push(input);
    // The first one is always one of this program.
    session.keyframes.filter(each => each.position > 0);
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
    const inputs = this.inputs.slice(this.position, this.position + count);
    const steps = await this.player.play(inputs, {
      ...options,
      sliceEnds: () => this.isKeyframeDue() || options.sliceEnds?.() === true,
      afterBarrier: async played => {
        if (this.isKeyframeDue()) await this.keep();
        return (await options.afterBarrier?.(played)) ?? true;
      },
    });
    this.knowRows();
    return steps;
  }

  private isKeyframeDue(): boolean {
    const { keyframeEvery } = this.options;
    return keyframeEvery === undefined ? this.pace.isDue(this.player) : this.position % keyframeEvery === 0;
  }

  private knowRows(): void {
    const { trace } = this.kernel;
    if (trace.count >= this.rows.count) this.rows = trace;
  }

  /** Do something now: the input takes effect at this boundary, and the future that was there is replaced. */
  async act(input: Input): Promise<PlayedStep> {
    this.inputs.splice(this.position, this.inputs.length - this.position, input);
    this.keyframes.filter(image => image.position <= this.position);
    this.rows = this.kernel.trace;
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
    for (;;) {
      const near = this.keyframes.nearest(position);
      if (!near || !(position < this.position || this.isShortcut(near))) break;
      const image = await this.readable(near);
      if (!image) continue;
      await this.restore(image);
      break;
    }
    invariant(position >= this.position, () => `There is no keyframe before position ${position}.`);
    await this.run(position - this.position, { collect: false });
  }

  /** The keyframe lies so far ahead that executing up to it takes longer than a restore, which is about half of what lies between two. */
  isShortcut({ position }: Keyframe): boolean {
    if (position <= this.position) return false;
    const before = this.keyframes.nearest(position - 1)?.position ?? 0;
    return this.position < (before + position) / 2;
  }

  /** Its image and graph; one that is damaged, or of another version of this program, is forgotten: null. */
  private async readable(keyframe: Keyframe): Promise<RestorableImage | null> {
    try {
      return restorable(await this.keyframes.image(keyframe), this.machine.description);
    } catch (error) {
      if (keyframe.position === 0) throw error;
      this.keyframes.filter(each => each !== keyframe);
      return null;
    }
  }

  /** One input back. */
  async stepBack(): Promise<void> {
    await this.seek(Math.max(0, this.position - 1));
  }

  /** Give the machine back. The kernel must have been shut down by whoever cares about leaks. */
  async close(): Promise<void> {
    await this.player.machine.dispose();
  }

  private async keep(): Promise<void> {
    this.pace.restart(this.player);
    if (this.keyframes.has(this.position)) return;
    const image = await takeSessionImage(this.player, { hashes: false });
    const { trace } = this.kernel;
    const { count: events, now: time } = trace;
    this.keyframes.add(image, { position: image.position, events, time, digest: trace.digest() });
  }

  /** Go on right here on another machine of the same description, fresh; after an error the old one goes on. */
  async moveTo(machine: Machine): Promise<void> {
    try {
      const image = await takeSessionImage(this.player);
      await this.restoreOn(machine, restorable(image, machine.description));
    } catch (error) {
      await machine.dispose().catch(() => {});
      throw error;
    }
  }

  /** On the machine that is there: another one would take its memory a second time. Where that one fails, on a fresh one. */
  private async restore(image: RestorableImage): Promise<void> {
    const { machine } = this;
    if (machine.kind === this.kind) {
      try {
        return await this.restoreOn(machine, image);
      } catch (error) {
        if (!(error instanceof GpuError)) throw error;
      }
    }
    await this.restoreOn(await this.ports.createMachine(), image);
  }

  private async restoreOn(machine: Machine, image: RestorableImage): Promise<void> {
    const old = this.player;
    const { checkBytes = true } = this.options;
    this.player = await restoreOnMachine(image, machine, { checkBytes });
    this.kind = machine.kind;
    this.player.onBarrier = old.onBarrier;
    this.player.kernel.trace.adoptRows(this.rows);
    this.pace.restart(this.player);
    if (old.machine !== machine) await old.machine.dispose();
  }
}
