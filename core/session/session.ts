/**
 * A session: a log of inputs, a kernel somewhere along it, and snapshots to come back to any position.
 *
 * Seeking    the nearest snapshot at or before the wanted position, then re-execution; the digest proves that it is the same run
 * Keyframes  with a clock, where executing again would take longer than KEYFRAME_MS; without one every `keyframeEvery` inputs, at
 *            most `maxKeyframes`: when more would be held, every second one goes and the distance doubles
 * Rows       of the trace are kept for the whole run that is known, also where the kernel stands before its end
 */
import { invariant } from '../base/invariant.ts';
import type { Machine } from '../hw/machine.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import type { Input } from './input.ts';
import { type Keyframe, KeyframeStore } from './keyframe_store.ts';
import { type PlayedStep, Player, type PlayOptions } from './player.ts';
import { restoreSessionImage, takeSessionImage } from './session_image.ts';

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
  /** Wall time in ms: keyframes are spaced by what executing again costs. It never reaches the model. */
  readonly nowMs?: () => number;
  /** What is known of the run before it is executed here: keyframes and rows of a recording. */
  readonly recorded?: { readonly keyframes: KeyframeStore; readonly rows?: TraceBuffer };
}

/** A keyframe pays when executing again from the one before takes so long, */
const KEYFRAME_MS = 40;
/** and so many times what it costs itself. */
const KEYFRAME_COST_RATIO = 20;
/**
 * A keyframe holds up everything else, so none is made that would take longer; there, going back executes again from an older
 * one. What it will take is told from the first one and from how much more there is now.
 */
const KEYFRAME_MOST_MS = 80;

/** How much a keyframe has to write, in things; what every kernel has counts as some. */
function weightOf({ devices, tasks }: Kernel): number {
  let weight = 200;
  for (const { device } of devices.values())
    weight += (device as { objects?: { size: number } }).objects?.size ?? 0;
  for (const { mm } of tasks.values()) weight += mm.vmas.length;
  return weight;
}

export class Session {
  /** Inputs in order; those from `position` on are the future. */
  readonly inputs: Input[] = [];
  readonly keyframes: KeyframeStore;
  private keyframeEvery: number;
  private readonly maxKeyframes: number;
  /** Rows of the newest trace that is known. */
  private rows: TraceBuffer;
  private readonly nowMs: (() => number) | undefined;
  /** Wall time of execution since the last keyframe before here, and what one costs. */
  private ranMs = 0;
  private keyframeMs = 0;
  private keyframeWeight = 0;

  private constructor(
    private readonly ports: SessionPorts,
    public player: Player,
    options: SessionOptions,
  ) {
    this.keyframeEvery = options.keyframeEvery ?? 64;
    this.maxKeyframes = options.maxKeyframes ?? 32;
    this.nowMs = options.nowMs;
    this.keyframes = options.recorded?.keyframes ?? new KeyframeStore();
    this.rows = options.recorded?.rows ?? player.kernel.trace;
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
    if (this.nowMs) return this.runByTime(count, options, this.nowMs);
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
    this.knowRows();
    return steps;
  }

  private async runByTime(count: number, options: PlayOptions, nowMs: () => number): Promise<PlayedStep[]> {
    const inputs = this.inputs.slice(this.position, this.position + count);
    let began = nowMs();
    const since = () => this.ranMs + nowMs() - began;
    const willTake = () =>
      this.keyframeWeight === 0 ? 0 : (this.keyframeMs * weightOf(this.kernel)) / this.keyframeWeight;
    const isDue = () => {
      const ran = since();
      if (ran < KEYFRAME_MS) return false;
      const ms = willTake();
      return ms <= KEYFRAME_MOST_MS && ran >= KEYFRAME_COST_RATIO * ms;
    };
    const steps = await this.player.play(inputs, {
      ...options,
      sliceEnds: () => isDue() || options.sliceEnds?.() === true,
      afterBarrier: async played => {
        if (isDue()) await this.keep();
        this.ranMs = since();
        const goesOn = (await options.afterBarrier?.(played)) ?? true;
        began = nowMs();
        return goesOn;
      },
    });
    this.knowRows();
    return steps;
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
    const near = this.keyframes.nearest(position);
    if (near && (position < this.position || this.isShortcut(near.position))) await this.restore(near);
    await this.run(position - this.position);
  }

  /** Another keyframe lies between here and there: executing all of it takes longer than a restore. */
  private isShortcut(position: number): boolean {
    const between = this.keyframes.nearest(position - 1);
    return between !== undefined && between.position > this.position;
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

  private async keep(): Promise<void> {
    this.ranMs = 0;
    if (this.keyframes.has(this.position)) return;
    const began = this.nowMs?.() ?? 0;
    const image = await takeSessionImage(this.player);
    const { trace } = this.kernel;
    const { count: events, now: time } = trace;
    this.keyframes.add(image, { position: image.position, events, time, digest: trace.digest() });
    if (this.nowMs) {
      this.keyframeMs = this.nowMs() - began;
      this.keyframeWeight = weightOf(this.kernel);
    }
    if (this.nowMs || this.keyframes.all().length <= this.maxKeyframes) return;
    this.keyframeEvery *= 2;
    this.keyframes.filter(each => each.position % this.keyframeEvery === 0);
  }

  private async restore(keyframe: Keyframe): Promise<void> {
    const old = this.player;
    const image = await this.keyframes.image(keyframe);
    const machine = await this.ports.createMachine();
    this.player = await restoreSessionImage(image, machine, { checkBytes: this.nowMs === undefined });
    this.player.onBarrier = old.onBarrier;
    this.player.kernel.trace.adoptRows(this.rows);
    this.ranMs = 0;
    await old.machine.dispose();
  }
}
