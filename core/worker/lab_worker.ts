/** The worker: the lab on one side, the window's port on the other. */
import { toPort } from '../public/packed_objects.ts';
import type { FromLab } from '../public/protocol.ts';
import type { ToLabWorker } from '../public/recording.ts';
import { LabHost } from './lab_host.ts';
import { type RecordingPort, RemoteRecording } from './recording/remote_recording.ts';
import { SceneRecording } from './recording/scene_recording.ts';
import { readSceneFiles } from './scene_files.ts';
import { makeWebMachine } from './web_machine.ts';

interface WorkerPort {
  postMessage(message: FromLab, transfer: Transferable[]): void;
  onmessage: ((event: { data: ToLabWorker }) => void) | null;
}

const port = self as unknown as WorkerPort;
const send = (message: FromLab) => port.postMessage(...toPort(message));
// Held until this worker ends, which tells no other way when it is killed or closes itself.
const lock = `gart-lab-worker-${crypto.randomUUID()}`;
navigator.locks
  ?.request(lock, () => {
    send({ type: 'alive', lock });
    return new Promise<never>(() => {});
  })
  .catch(() => {});
const { library, problems } = readSceneFiles();

// A message to ourselves comes back after those that the port holds already, and unlike a timer it is not throttled.
const bell = new MessageChannel();
let wake: (() => void) | null = null;
bell.port1.onmessage = () => wake?.();
const breathe = () =>
  new Promise<void>(resolve => {
    wake = resolve;
    bell.port2.postMessage(null);
  });

const nowMs = () => performance.now();
const recordings: { to?: RemoteRecording; appVersion: string } = { appVersion: '' };
const lab = new LabHost({
  send,
  makeMachine: makeWebMachine,
  library,
  nowMs,
  breathe,
  record: (scenario, machine) =>
    recordings.to ? new SceneRecording(recordings.to, scenario, machine, recordings.appVersion, nowMs) : null,
});
port.onmessage = ({ data }) => {
  if (data.type !== 'record') lab.receive(data);
  else {
    recordings.to = new RemoteRecording(data.port as unknown as RecordingPort);
    recordings.appVersion = data.appVersion;
  }
};
self.addEventListener('unhandledrejection', event => {
  send({ type: 'failed', sentence: `The lab failed: ${String(event.reason)}.` });
});
for (const sentence of problems) send({ type: 'failed', sentence });
