/** Plays the inputs that an importer made and records them: the result replays like any session. */
import type { Machine } from '../../hw/machine.ts';
import { bootKernel } from '../../kernel/boot.ts';
import '../../session/calls/all.ts';
import type { ByteSink } from '../../session/file/container_writer.ts';
import type { SessionHeader } from '../../session/file/session_header.ts';
import { ImportCancelled } from '../../session/import/capture_stream.ts';
import type { Input } from '../../session/input.ts';
import { Player } from '../../session/player.ts';
import { type NoteLine, SessionRecorder } from '../../session/recorder.ts';

const MAX_LISTED = 20;

export interface RecordInputsOptions {
  readonly header: SessionHeader;
  readonly notes: readonly NoteLine[];
  readonly nowMs: () => number;
  readonly onProgress?: ((inputsDone: number) => void) | undefined;
  readonly isCancelled?: (() => boolean) | undefined;
}

export interface RecordedInputs {
  readonly inputs: number;
  readonly events: number;
  readonly digest: string;
  /** Calls that were refused, by errno. */
  readonly refused: Readonly<Record<string, number>>;
  /** The first of them: `position call name: errno`. */
  readonly firstRefused: readonly string[];
  /** Inputs on things that an earlier refusal left without existence; they are not part of the session. */
  readonly leftOut: number;
}

/** @param machine a fresh one; the caller disposes of it @throws ImportCancelled */
export async function recordInputs(
  inputs: readonly Input[],
  machine: Machine,
  to: ByteSink,
  options: RecordInputsOptions,
): Promise<RecordedInputs> {
  const player = new Player(bootKernel(machine.description), machine);
  const recorder = new SessionRecorder(to, { header: options.header, nowMs: options.nowMs });
  for (const note of options.notes) recorder.say(note);
  const refused = new Map<string, number>();
  const firstRefused: string[] = [];
  let taken = 0;
  await player.play(inputs, {
    collect: false,
    skipUnknown: true,
    afterInput: (position, input, ret) => {
      recorder.took(input);
      taken++;
      if (typeof ret !== 'string') return;
      refused.set(ret, (refused.get(ret) ?? 0) + 1);
      if (firstRefused.length < MAX_LISTED)
        firstRefused.push(`${position} ${input.call} ${String(input.as ?? input.args.bo ?? '')}: ${ret}`);
    },
    afterBarrier: async () => {
      await recorder.boundary(player);
      options.onProgress?.(player.position);
      return !options.isCancelled?.();
    },
  });
  if (options.isCancelled?.()) throw new ImportCancelled();
  await recorder.finish(player);
  const { trace } = player.kernel;
  return {
    inputs: taken,
    events: trace.count,
    digest: trace.digest(),
    refused: Object.fromEntries([...refused].sort(([a], [b]) => (a < b ? -1 : 1))),
    firstRefused,
    leftOut: inputs.length - taken,
  };
}
