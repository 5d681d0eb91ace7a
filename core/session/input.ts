/**
 * Inputs: the one typed log that scenarios, fuzz scripts, transcripts and the log in out/ are written in, one JSON object a line.
 *
 * An input is a call of a task on things that earlier inputs named with `as`. Everything that a run depends on is in its
 * inputs, the machine description and the seed; nothing else may influence the model.
 */

/** A JSON value as it stands in an input or an answer. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One line of an input log. */
export interface Input {
  /** `A`, `B`, ...: a process by name; `K`: the system from outside. */
  readonly task: string;
  /** A name of the call table, `mmap` or `drm.createDumb`. */
  readonly call: string;
  /** Arguments by name; sizes and offsets are plain numbers in bytes unless the call says otherwise. */
  readonly args: { readonly [name: string]: Json };
  /** What the result is called from here on; only if the call succeeds. */
  readonly as?: string;
}

/**
 * The model's answer to one input: the value in `ret` as the transcripts write it ("EINVAL" for an error), and, when the
 * call looked at an arena, its state.
 */
export interface Answer {
  readonly ret: Json;
  /** State of the arena named by `args.obs`. */
  readonly vmas?: Json;
  readonly pte?: string;
  readonly perm?: string;
  /** What the task could read from the descriptor afterwards, `flipComplete`. */
  readonly event?: string;
}
