/**
 * The call table: every call of an input by name, with what it does to the kernel. Families register themselves from
 * session/calls/<family>.ts through `session/calls/all.ts`; there is no other dispatch.
 *
 * A call is synchronous. It may answer at once, or answer with `Later`: the value depends on bytes that only the machine
 * knows, and is computed from the tickets' answers at the next barrier.
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import type { Ticket } from '../hw/data_plane.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Answer, Json } from './input.ts';
import type { NameTable } from './name_table.ts';

/** What a call works on. */
export interface CallContext {
  readonly kernel: Kernel;
  readonly names: NameTable;
  /** Name of the calling task, `K` for the system. */
  readonly task: string;
  /** The name that the input gives its result, if any. */
  readonly as: string | undefined;
}

/** An answer that needs bytes: computed by `finish` once the machine has answered the tickets, in their order. */
export class Later {
  constructor(
    readonly tickets: readonly Ticket[],
    readonly finish: (answers: readonly ArrayLike<number>[]) => Json,
  ) {}
}

/** An answer that is more than the value of `ret`. */
export class FullAnswer {
  constructor(readonly answer: Answer) {}
}

/** Arguments of a call, already checked against its schema. */
export type CallArgs = { readonly [name: string]: Json };

/** One call: does its work and gives the value of `ret`. Refuses with KernelError, which becomes the errno's name. */
export type Call = (context: CallContext, args: CallArgs) => Json | Later | FullAnswer;

const calls = new Map<string, Call>();

/** Register the calls of one family; names must be new. */
export function registerCalls(family: { readonly [name: string]: Call }): void {
  for (const [name, call] of Object.entries(family)) {
    invariant(!calls.has(name), () => `The call ${name} is registered twice.`);
    calls.set(name, call);
  }
}

/** The call of this name, or undefined. */
export function findCall(name: string): Call | undefined {
  return calls.get(name);
}

/** Names of all calls, in alphabetical order of code units. */
export function callNames(): string[] {
  return [...calls.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A whole number argument. @throws KernelError EINVAL naming the argument */
export function numberArg(args: CallArgs, name: string, otherwise?: number): number {
  const value = args[name] ?? otherwise;
  if (typeof value === 'number') return value;
  throw new KernelError(
    'EINVAL',
    'input',
    `Argument ${name} must be a number (it is ${JSON.stringify(value)}).`,
  );
}

/** A text argument. @throws KernelError EINVAL naming the argument */
export function textArg(args: CallArgs, name: string, otherwise?: string): string {
  const value = args[name] ?? otherwise;
  if (typeof value === 'string') return value;
  throw new KernelError('EINVAL', 'input', `Argument ${name} must be text (it is ${JSON.stringify(value)}).`);
}
