/**
 * The player: executes inputs on a kernel, one after the other, and resolves the answers that need the machine at barriers.
 *
 * Rule       the model only ever sees inputs in order; slice length, barrier positions and the kind of machine never reach it
 * Waiting    a call that must wait names a fence (base/would_block.ts): the machine is drained, virtual time goes on to the
 *            signal, and the call runs again. An input boundary itself costs INPUT_NS of virtual time
 * Digest     the machine's answers are mixed into the trace's answer lanes in ticket order, whenever they arrive; the questions of
 *            a verification (lab/) go through `askOutside` and stay out of it
 */
import { KernelError } from '../base/errno.ts';
import type { Nanoseconds } from '../base/units.ts';
import { WouldBlock } from '../base/would_block.ts';
import type { CommandQueue } from '../hw/command_queue.ts';
import type { Ticket } from '../hw/data_plane.ts';
import type { DrainReport, Machine } from '../hw/machine.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { LAB_HW_DEVICE_LOST } from '../trace/events/hw.ts';
import { FullAnswer, findCall, Later } from './call_table.ts';
import { BadArgument } from './calls/arguments.ts';
import type { Answer, Input, Json } from './input.ts';
import { InputError } from './input_error.ts';
import { NameTable } from './name_table.ts';

/** Virtual time that passes at every input boundary. */
export const INPUT_NS: Nanoseconds = 1_000;

/** Inputs executed between two barriers when nobody asks for another number. */
export const DEFAULT_SLICE = 256;

/** One executed input: its answer, and the events it caused as [firstEvent, endEvent). */
export interface PlayedStep {
  readonly position: number;
  readonly input: Input;
  readonly answer: Answer;
  /** Why the call refused: the KernelError's operation, errno and sentence. Not part of the answer, whose log has the errno only. */
  readonly refused?: string;
  readonly firstEvent: number;
  readonly endEvent: number;
}

interface PendingStep {
  readonly position: number;
  readonly input: Input;
  readonly firstEvent: number;
  readonly endEvent: number;
  readonly ret: Json | Later | FullAnswer;
  readonly seen: Json | Later | FullAnswer | undefined;
  readonly refused: string | undefined;
}

export interface PlayOptions {
  /** Inputs per slice; never shows in a digest. */
  readonly slice?: number;
  /** Asked after every input: true ends the slice here, for those that must come to a barrier in good time. */
  readonly sliceEnds?: () => boolean;
  /**
   * Runs after every input, between the control plane's steps; must not wait. `ret` is what is known at once: the errno's
   * name of a refused call, null for an answer that needs the machine.
   */
  readonly afterInput?: (position: number, input: Input, ret: Json) => void;
  /** False: do not keep the steps, `afterBarrier` sees them all. */
  readonly collect?: boolean;
  /** Leave out inputs that name what does not exist, instead of throwing InputError. */
  readonly skipUnknown?: boolean;
  /** Runs after every barrier with the steps it completed. Return false to stop at this boundary. */
  readonly afterBarrier?: (steps: readonly PlayedStep[]) => boolean | Promise<boolean>;
}

export class Player {
  /** Inputs executed since boot. */
  position: number;
  /** Told about every barrier, whoever asked for it. */
  onBarrier: ((report: DrainReport) => void) | undefined;
  private readonly queue: CommandQueue;
  /** Tickets below this one are in the digest or were asked from outside. */
  private mixed: Ticket;
  /** First event of answers that were delivered before the next input. */
  private deliveredFrom: number | undefined;
  /** Executed inputs whose answers were not read yet. */
  private unread = 0;

  constructor(
    readonly kernel: Kernel,
    readonly machine: Machine,
    readonly names: NameTable = new NameTable(),
    position = 0,
  ) {
    this.position = position;
    this.queue = kernel.queue;
    this.mixed = this.queue.nrTickets;
  }

  /** Execute one input and wait for the machine's part of its answer. */
  async step(input: Input): Promise<PlayedStep> {
    const pending = await this.execute(input);
    await this.barrier();
    const step = this.finish(pending);
    this.queue.forgetAnswers();
    return step;
  }

  /**
   * Execute inputs in order. They are taken one by one, so a generator may decide on the next one after the last.
   *
   * @returns the executed steps; fewer than inputs only when `afterBarrier` stopped the run
   * @throws InputError for an input that no kernel could understand, naming its position
   */
  async play(inputs: Iterable<Input>, options: PlayOptions = {}): Promise<PlayedStep[]> {
    const slice = Math.max(1, options.slice ?? DEFAULT_SLICE);
    const played: PlayedStep[] = [];
    let pending: PendingStep[] = [];
    const settle = async (): Promise<boolean> => {
      await this.barrier();
      const steps = pending.map(step => this.finish(step));
      pending = [];
      this.queue.forgetAnswers();
      if (options.collect !== false) played.push(...steps);
      return (await options.afterBarrier?.(steps)) ?? true;
    };
    for (const input of inputs) {
      let step: PendingStep;
      try {
        if (this.kernel.answersDue) await this.deliver();
        const tried = this.tryExecute(input);
        step = tried instanceof WouldBlock ? await this.execute(input, tried) : tried;
      } catch (error) {
        if (options.skipUnknown && error instanceof InputError) continue;
        throw error;
      }
      pending.push(step);
      options.afterInput?.(step.position, input, knownAtOnce(step.ret));
      if ((pending.length >= slice || options.sliceEnds?.()) && !(await settle())) return played;
    }
    if (pending.length > 0) await settle();
    return played;
  }

  /** Drain the machine; afterwards every ticket is answered and the digest covers all answers. */
  async barrier(): Promise<void> {
    await this.drain();
    for (; this.mixed < this.queue.nrTickets; this.mixed++) {
      if (this.queue.isOwnTicket(this.mixed)) continue;
      const words = this.queue.answer(this.mixed);
      for (let i = 0; i < words.length; i++) this.kernel.trace.mixAnswer(words[i]!);
    }
    if (this.unread === 0) this.queue.forgetAnswers();
  }

  /**
   * Ask the machine something that is not part of the run: its answers stay out of the digest.
   *
   * @param ask appends questions to the data plane and returns their tickets
   * @returns the answers, in the order of the tickets
   */
  async askOutside(ask: () => readonly Ticket[]): Promise<Uint32Array[]> {
    await this.barrier();
    // What a mark answers must not know of these questions either.
    const { queue } = this;
    const { commandsSinceMark, bytesSinceMark, faultsSinceMark } = queue;
    const tickets = ask();
    await this.drain();
    Object.assign(queue, { commandsSinceMark, bytesSinceMark, faultsSinceMark });
    this.mixed = this.queue.nrTickets;
    const answers = tickets.map(ticket => this.queue.answer(ticket).slice());
    if (this.unread === 0) this.queue.forgetAnswers();
    return answers;
  }

  private async drain(): Promise<void> {
    const report = await this.machine.drain(this.queue);
    this.kernel.takeAnswers();
    const { loss } = report;
    if (loss) {
      const { lostAllocations, lostPages, failedMoves, now } = loss;
      const moved = now === 'host' ? 1 : 0;
      this.kernel.trace.emit(LAB_HW_DEVICE_LOST, lostAllocations.length, lostPages, failedMoves, moved);
    }
    this.onBarrier?.(report);
  }

  /** Execute an input, waiting for fences as often as the call asks for it. */
  private async execute(input: Input, blocked?: WouldBlock): Promise<PendingStep> {
    if (!blocked && this.kernel.answersDue) await this.deliver();
    let tried: PendingStep | WouldBlock = blocked ?? this.tryExecute(input);
    while (tried instanceof WouldBlock) {
      do await this.barrier();
      while (!this.kernel.waitForFence(tried.fence));
      tried = this.tryExecute(input);
    }
    return tried;
  }

  /** Virtual time waits for answers of engines: drain until they have been looked at. Their events belong to the next step. */
  private async deliver(): Promise<void> {
    this.deliveredFrom ??= this.kernel.trace.count;
    while (!this.kernel.deliverAnswers()) await this.barrier();
  }

  /** Run the call once; a call that must wait leaves the position where it was. */
  private tryExecute(input: Input): PendingStep | WouldBlock {
    const { kernel, names } = this;
    const firstEvent = this.deliveredFrom ?? kernel.trace.count;
    const call = findCall(input.call);
    if (!call) {
      throw new InputError(this.position, input, `There is no call ${JSON.stringify(input.call)}.`);
    }
    kernel.trace.currentTask = names.tasks.get(input.task) ?? 0;
    const context = { kernel, names, task: input.task, as: input.as };
    let ret: Json | Later | FullAnswer;
    let seen: Json | Later | FullAnswer | undefined;
    let refused: string | undefined;
    try {
      ret = call(context, input.args);
    } catch (error) {
      if (error instanceof WouldBlock) return error;
      if (error instanceof BadArgument) throw new InputError(this.position, input, error.message);
      if (!(error instanceof KernelError)) throw InputError.while(this.position, input, error);
      ret = error.errno;
      refused = error.message;
    }
    // A refused call is looked at too: what it leaves behind is part of its answer.
    const arena = input.args.obs;
    if (typeof arena === 'string') seen = findCall('observe')!(context, { map: arena });
    kernel.trace.currentTask = 0;
    kernel.advanceTime(INPUT_NS);
    this.unread++;
    this.deliveredFrom = undefined;
    const endEvent = kernel.trace.count;
    return { position: this.position++, input, firstEvent, endEvent, ret, seen, refused };
  }

  private finish(step: PendingStep): PlayedStep {
    const { position, input, firstEvent, endEvent, refused } = step;
    this.unread--;
    const ret = this.settle(step.ret);
    const seen = step.seen === undefined ? ret : this.settle(step.seen);
    const observed = step.seen !== undefined || input.call === 'observe';
    const more = step.ret instanceof FullAnswer ? step.ret.answer : {};
    const answer: Answer =
      observed && isObject(seen)
        ? { ...more, ...(seen as { readonly vmas?: Json }), ret: step.seen === undefined ? 0 : ret }
        : { ...more, ret };
    return { position, input, firstEvent, endEvent, answer, ...(refused !== undefined && { refused }) };
  }

  private settle(value: Json | Later | FullAnswer): Json {
    if (value instanceof FullAnswer) return value.answer.ret;
    if (!(value instanceof Later)) return value;
    return value.finish(value.tickets.map(ticket => this.queue.answer(ticket)));
  }
}

/** What is known of an answer before the machine has answered. */
function knownAtOnce(ret: Json | Later | FullAnswer): Json {
  if (ret instanceof FullAnswer) return ret.answer.ret;
  return ret instanceof Later ? null : ret;
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
