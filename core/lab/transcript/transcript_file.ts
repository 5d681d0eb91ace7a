/**
 * Transcripts: recordings of what a real kernel answered, one scenario a file (assets/transcripts/README.md).
 *
 * Left out   `setup` and `about` are for people; nothing here reads them
 */
import * as v from 'valibot';
import type { Input, Json } from '../../session/input.ts';

/** One traced kernel function that ran during a step. */
export interface KernelCall {
  readonly fn: string;
  /** Task name, `K`, or `-` for a task that is gone when the recording looked. */
  readonly by: string;
  /** How often the same entry repeats without another between; absent: once. */
  readonly times?: number;
  readonly [field: string]: Json | undefined;
}

/** One recorded step: an input and everything that was observed. */
export interface TranscriptStep extends Input {
  readonly ret: Json;
  readonly kernel?: readonly KernelCall[];
  readonly vmas?: Json;
  readonly pte?: string;
  readonly perm?: string;
  readonly event?: string;
  /** Functions that tracing could be switched on for. */
  readonly tracing?: readonly string[];
}

export interface Transcript {
  readonly name: string;
  readonly group: string;
  readonly kernel: string;
  readonly driver: string;
  readonly about: string;
  readonly steps: readonly TranscriptStep[];
}

const json = v.custom<Json>(() => true);

const schema = v.looseObject({
  name: v.string(),
  group: v.string(),
  kernel: v.string(),
  driver: v.string(),
  about: v.string(),
  steps: v.array(
    v.strictObject({
      task: v.string(),
      call: v.string(),
      args: v.record(v.string(), json),
      ret: json,
      as: v.optional(v.string()),
      kernel: v.optional(
        v.array(v.looseObject({ fn: v.string(), by: v.string(), times: v.optional(v.number()) })),
      ),
      vmas: v.optional(json),
      pte: v.optional(v.string()),
      perm: v.optional(v.string()),
      event: v.optional(v.string()),
      tracing: v.optional(v.array(v.string())),
    }),
  ),
});

/** A transcript that cannot be read. */
export class TranscriptError extends Error {
  override readonly name = 'TranscriptError';
}

/**
 * Read one transcript.
 *
 * @param from where the text came from, for the message
 * @throws TranscriptError naming the place and the reason
 */
export function parseTranscript(text: string, from: string): Transcript {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new TranscriptError(`${from} is not JSON: ${(error as Error).message}.`);
  }
  const parsed = v.safeParse(schema, document);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new TranscriptError(
      `${from} is not a transcript: ${v.getDotPath(issue) ?? 'document'}: ${issue.message}.`,
    );
  }
  return parsed.output as Transcript;
}
