/** The worker: the lab on one side, the window's port on the other. */
import type { FromLab, ToLab } from '../public/protocol.ts';
import { LabHost } from './lab_host.ts';
import { readSceneFiles } from './scene_files.ts';
import { makeWebMachine } from './web_machine.ts';

interface WorkerPort {
  postMessage(message: FromLab): void;
  onmessage: ((event: { data: ToLab }) => void) | null;
}

const port = self as unknown as WorkerPort;
const send = (message: FromLab) => port.postMessage(message);
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

const lab = new LabHost({
  send,
  makeMachine: makeWebMachine,
  library,
  nowMs: () => performance.now(),
  breathe,
});
port.onmessage = ({ data }) => lab.receive(data);
self.addEventListener('unhandledrejection', event => {
  send({ type: 'failed', sentence: `The lab failed: ${String(event.reason)}.` });
});
for (const sentence of problems) send({ type: 'failed', sentence });
