/** The worker of long jobs: they have a thread and a GPU device of their own, so the lab goes on beside them. */
import { createWebGpuProvider } from '../../hw/webgpu/gpu_provider_web.ts';
import type { TranscriptSource } from '../../lab/transcript/run_transcript.ts';
import type { FromJobs, ToJobs } from '../../public/jobs.ts';
import { readSceneFiles } from '../scene_files.ts';
import { makeWebMachine, webClock } from '../web_machine.ts';
import { JobHost } from './job_host.ts';

interface JobPort {
  postMessage(message: FromJobs): void;
  onmessage: ((event: { data: ToJobs }) => void) | null;
}

const transcriptTexts = import.meta.glob<string>('../../../assets/transcripts/**/*.json', {
  query: '?raw',
  import: 'default',
});

async function transcripts(): Promise<TranscriptSource[]> {
  const paths = Object.keys(transcriptTexts).sort((a, b) => (a < b ? -1 : 1));
  return Promise.all(
    paths.map(async path => ({
      path: path.replace(/^.*assets\/transcripts\//, ''),
      text: await transcriptTexts[path]!(),
    })),
  );
}

const { library } = readSceneFiles();
const port = self as unknown as JobPort;
const host = new JobHost(
  {
    clock: webClock,
    provider: createWebGpuProvider(navigator.gpu),
    makeMachine: makeWebMachine,
    description: id => {
      const found = library.machine(id);
      if (!found) throw new Error(`There is no machine ${JSON.stringify(id)}.`);
      return found;
    },
    transcripts,
    date: () => new Date().toISOString(),
    versions: { browser: navigator.userAgent },
  },
  message => port.postMessage(message),
);
port.onmessage = ({ data }) => host.receive(data);
