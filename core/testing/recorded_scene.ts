/** A scene played on the host and recorded in memory, with the model's own trace beside it. */
import { versionOf } from '../cli/app_version.ts';
import { loadMachine, loadScenario } from '../cli/assets.ts';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { bootKernel } from '../kernel/boot.ts';
import { sessionHeader } from '../lab/session_of_scenario.ts';
import '../session/calls/all.ts';
import { memorySource } from '../session/file/container_reader.ts';
import { Player } from '../session/player.ts';
import { RecordedSession } from '../session/recorded_session.ts';
import { recordedBy, SessionRecorder } from '../session/recorder.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';

export interface Recorded {
  readonly session: RecordedSession;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly trace: TraceBuffer;
}

export async function recordScene(id: string): Promise<Recorded> {
  const scenario = loadScenario(id);
  const machine = createHostMachine(loadMachine(scenario.machine));
  const parts: Uint8Array[] = [];
  let clock = 0;
  const recorder = new SessionRecorder(
    { write: bytes => void parts.push(bytes.slice()) },
    { header: sessionHeader(scenario, machine, versionOf(), []), nowMs: () => (clock += 20) },
  );
  for (const { position, text } of scenario.captions) recorder.say({ kind: 'caption', position, text });
  const player = new Player(bootKernel(machine.description), machine);
  await player.play(scenario.inputs, recordedBy(recorder, player));
  await recorder.finish(player);
  const bytes = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  return { session: await RecordedSession.open(memorySource(bytes)), bytes, trace: player.kernel.trace };
}
