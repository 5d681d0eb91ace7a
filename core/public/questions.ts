/**
 * Questions that the window asks the lab, each with its answer: for what a panel needs only while somebody looks at it.
 *
 * Rule    a question changes nothing: it is no input, leaves no event, and the digest after it is the digest before it
 * To add one write its two types here, its answer in core/worker/questions/, and ask it with `ask()` of the window
 */

/** A file of the modelled machine, or a folder of them. */
export interface FileEntry {
  readonly path: string;
  /** What a link leads to. */
  readonly target?: string;
}

/** A word that the console completes. */
export interface WordEntry {
  readonly word: string;
  /** `call`, `task`, or what a name stands for: `fd`, `map`, `bo`. */
  readonly kind: string;
}

/** Questions by name: what is asked, and what is answered. */
export interface Questions {
  /** Calls, tasks and the names that inputs gave. */
  readonly words: { readonly ask: Record<never, never>; readonly answer: readonly WordEntry[] };
  /** Every file below /proc, /sys and /dev of the modelled machine, in order of path. */
  readonly files: { readonly ask: Record<never, never>; readonly answer: readonly FileEntry[] };
  /** The text of one; `error` is the sentence with the errno of a file that cannot be read. */
  readonly readFile: {
    readonly ask: { readonly path: string };
    readonly answer: { readonly text: string } | { readonly error: string };
  };
}

export type QuestionName = keyof Questions;
export type Ask<Name extends QuestionName> = Questions[Name]['ask'];
export type AnswerOf<Name extends QuestionName> = Questions[Name]['answer'];
