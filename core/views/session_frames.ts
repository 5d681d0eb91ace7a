/**
 * A session as a series of pictures: it is executed again on a machine, and after every step what the memory view needs is kept as
 * a difference to the step before.
 *
 * Memory  MOST_FRAMES differences; a longer session is shown in larger steps
 */

import type { Machine } from '../hw/machine.ts';
import { bootKernel } from '../kernel/boot.ts';
import { captionAt } from '../public/captions.ts';
import { formatInputLine } from '../public/input_line.ts';
import type { SessionFrame, SessionFrames } from '../public/player_types.ts';
import { diffView, EMPTY_VIEW } from '../public/view_delta.ts';
import type { LabView, StatusView } from '../public/view_types.ts';
import '../session/calls/all.ts';
import { ExportCancelled } from '../session/export/session_tables.ts';
import { Player } from '../session/player.ts';
import type { RecordedSession } from '../session/recorded_session.ts';
import { refuseImported } from '../session/replay.ts';
import { KernelNames } from './kernel_names.ts';
import { buildLabView } from './lab_view.ts';
import { TraceReader } from './trace_reader.ts';

export const MOST_FRAMES = 4_000;

export interface FramesOptions {
  /** A fresh machine of the recorded description; the caller disposes of it. */
  readonly machine: Machine;
  readonly onProgress?: (inputs: number) => void;
  readonly isCancelled?: () => boolean;
  /** Stop behind the first step at or after this virtual time, in ns. */
  readonly until?: number;
}

/** @throws ReplayError for an import, which has no inputs; ExportCancelled; InputError */
export async function sessionFrames(
  session: RecordedSession,
  options: FramesOptions,
): Promise<SessionFrames> {
  refuseImported(session);
  const { inputs, notes, header } = session;
  const captions = notes.filter(note => note.kind === 'caption').sort((a, b) => a.position - b.position);
  const player = new Player(bootKernel(options.machine.description), options.machine);
  const names = new KernelNames();
  const reader = new TraceReader(names);
  const frames: SessionFrame[] = [];
  const step = Math.max(1, Math.ceil(inputs.length / MOST_FRAMES));
  let sent: LabView = EMPTY_VIEW;
  const take = () => {
    const { kernel, position } = player;
    names.learn(kernel, player.names);
    const changes = reader.read(kernel.trace);
    const last = inputs[position - 1];
    const caption = captions[captionAt(captions, position, inputs.length)];
    const status: StatusView = {
      ...EMPTY_VIEW.status,
      number: frames.length + 1,
      time: kernel.trace.now,
      events: kernel.trace.count,
      newest: { time: kernel.trace.now, events: kernel.trace.count, inputsDone: position },
      inputsDone: position,
      inputs: inputs.length,
      lastInput: last ? formatInputLine(last) : '',
      caption: caption?.text ?? '',
      digest: kernel.trace.digest(),
    };
    const view = buildLabView(kernel, reader, names, status);
    frames.push({ delta: diffView(sent, view), changes });
    sent = view;
  };
  take();
  while (player.position < inputs.length) {
    if (options.isCancelled?.()) throw new ExportCancelled('The export was ended.');
    await player.play(inputs.slice(player.position, player.position + step), { collect: false });
    take();
    options.onProgress?.(player.position);
    if (options.until !== undefined && player.kernel.trace.now >= options.until) break;
  }
  return { title: header.title, appVersion: header.appVersion, machine: header.description.name, frames };
}
