/** Every call of an input with its arguments and a sentence, generated from the comments above the calls (`npm run docs:calls`). */
import entries from './call_reference.json' with { type: 'json' };

export interface CallArgument {
  readonly name: string;
  readonly optional?: true;
  /** Its values, or what it is. */
  readonly says?: string;
}

export interface CallEntry {
  readonly name: string;
  /** File of core/session/calls/ that has it. */
  readonly family: string;
  readonly args: readonly CallArgument[];
  readonly about: string;
}

/** In order of name. */
export const CALL_REFERENCE = entries as readonly CallEntry[];

/** The entry of a call, if there is one. */
export function callEntry(name: string): CallEntry | undefined {
  return CALL_REFERENCE.find(each => each.name === name);
}

/** `gpu.create fd= size= [domain=vram, tt, system]`: a call as a line of the console takes it. */
export function callUsage({ name, args }: CallEntry): string {
  return [name, ...args.map(arg => (arg.optional ? `[${arg.name}=]` : `${arg.name}=`))].join(' ');
}
