/** The recording worker: packs and writes recordings beside the lab. */
import type { FromRecording, ToRecording } from '../../public/recording.ts';
import { whyNoFile } from '../swap_file_opfs.ts';
import { openOpfsFolder } from './opfs_folder.ts';
import { RecordingHost } from './recording_host.ts';

interface RecordingPort {
  postMessage(message: FromRecording): void;
  onmessage: ((event: { data: ToRecording }) => void) | null;
}

const port = self as unknown as RecordingPort;

/** Held until this worker ends. */
function own(id: string): Promise<boolean> {
  return new Promise(resolve => {
    navigator.locks
      .request(`gart-lab-recording-${id}`, { ifAvailable: true }, lock => {
        resolve(lock !== null);
        return lock ? new Promise<never>(() => {}) : undefined;
      })
      .catch(() => resolve(false));
  });
}

const host = new RecordingHost({
  send: message => port.postMessage(message),
  openFolder: openOpfsFolder,
  sentenceOf: error =>
    `Recordings stay in memory: ${whyNoFile(error)}. The newest events are kept, 320 MiB of them; they are gone when this window ends or crashes, so save what you need.`,
  newId: () => crypto.randomUUID(),
  own,
  nowMs: () => performance.now(),
  delay: ms => new Promise(resolve => setTimeout(resolve, ms)),
});
port.onmessage = ({ data }) => host.receive(data);
